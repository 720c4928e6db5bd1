"""The loyalty program. Knows no store platform: adapters are handed in by the entry points."""
