"""Answers of ours as Flask wants them."""

from __future__ import annotations

from flask import Response

from webhooks.answers import Answer


def response_of(answer: Answer) -> Response:
    """The same answer for Flask to send."""
    return Response(answer.body, answer.status, answer.headers, content_type=answer.content_type)
