"""One package per store platform, found by discovery. Platforms do not know each other."""
