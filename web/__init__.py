"""Builds the Flask application from the pages and receivers."""
