"""The settings pages over HTTP."""
