"""The whole of production on loopback, and what happens to it: `make faults`."""
