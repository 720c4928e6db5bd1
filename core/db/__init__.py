"""Tables, migrations and queries as plain functions. Decides nothing."""
