"""Schema changes, numbered, forward only. A released migration is never edited."""
