"""The page at `/`: tells whoever opens the server's address that it runs, and what to do next. No data."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

blueprint = Blueprint("landing", __name__)

_CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"


@blueprint.get("/")
def landing() -> Response:
    """A page for people; stores and shoppers never come here."""
    response = make_response(render_template("landing.html"))
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
    return response
