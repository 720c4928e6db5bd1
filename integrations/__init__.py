"""One package per store platform, found by discovery. Platforms do not know each other.

`outgoing` is no platform: it is how all of them call out.
"""
