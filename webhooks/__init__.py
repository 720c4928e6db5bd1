"""Receivers: verify the raw bytes, store them, ring the bell. Nothing is parsed here."""
