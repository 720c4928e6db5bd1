"""Calls to addresses that merchants typed: private networks refused, no redirects, nothing without an end."""
