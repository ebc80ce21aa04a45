"""Django's PostgreSQL backend, made impatient (docs/decisions.md, “Nobody waits for a database”)."""
