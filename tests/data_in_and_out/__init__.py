"""Taking data out of a store and in."""
