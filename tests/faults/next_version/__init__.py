"""What the next version might bring to a table that readers write to all the time."""
