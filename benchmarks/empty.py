"""A view that does nothing: the most the web server and Flask leave to anybody."""

from __future__ import annotations

from flask import Flask

app = Flask("empty")


@app.post("/<path:_anything>")
def nothing(_anything: str) -> str:
    """200 and no body."""
    return ""
