"""The stand-in stores: that they are as odd as the real ones."""
