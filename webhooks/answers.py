"""What the web answers without a page: nothing when all is well, one small JSON problem otherwise."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from core.db.engine import is_passing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

RETRY_AFTER_S = "30"

HARDENING = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
"""Headers every answer carries."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is whole and small."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    def send(self, start_response: StartResponse) -> list[bytes]:
        """As a WSGI server wants it."""
        length = ("Content-Length", str(len(self.body)))
        head = [("Content-Type", self.content_type), length, *HARDENING, *self.headers]
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", head)
        return [self.body]


WELL = Answer()


def problem(status: int, code: str, message: str, *headers: tuple[str, str]) -> Answer:
    """An error as `{"error": {code, message, request_id}}`. Never echoes what was sent."""
    told = {"error": {"code": code, "message": message, "request_id": secrets.token_hex(8)}}
    return Answer(status, json.dumps(told).encode() + b"\n", "application/json", headers)


def trouble(error: Exception) -> Answer:
    """503 for trouble that passes, so that the platform sends again; 500 for our own mistakes. Logs it."""
    if is_passing(error):
        log.warning("web.database_out_of_reach", error=str(error).splitlines()[0][:200])
        message = "The database does not answer just now. Send it again."
        return problem(503, "try_again", message, ("Retry-After", RETRY_AFTER_S))
    log.error("web.failed", exc_info=error)
    return problem(500, "our_mistake", "Something broke here. It was written to the log.")
