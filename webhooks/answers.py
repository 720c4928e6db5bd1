"""What receivers answer: nothing when all is well, one small JSON problem otherwise."""

from __future__ import annotations

import secrets

from flask import Response, jsonify


def answer() -> Response:
    """200 with an empty body."""
    return Response(status=200, content_type="text/plain; charset=utf-8")


def problem(status: int, code: str, message: str) -> Response:
    """An error as `{"error": {code, message, request_id}}`. Never echoes what was sent."""
    response = jsonify({"error": {"code": code, "message": message, "request_id": secrets.token_hex(8)}})
    response.status_code = status
    return response
