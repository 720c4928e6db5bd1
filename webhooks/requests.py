"""A WSGI request as a delivery: the raw bytes under a cap, and the headers as they were sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from core.domain.platform import Delivery
from webhooks.answers import Answer, problem

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LARGEST_BODY_BYTES = 5 * 1024 * 1024

_HEADER = "HTTP_"


class Unreadable(Exception):
    """The request is none we read; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


class Headers(Mapping[str, str]):
    """The request's headers, names in lower case, looked up where the server put them."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[_HEADER + name.upper().replace("-", "_")]
        return value

    def __iter__(self) -> Iterator[str]:
        for key in self._environ:
            if key.startswith(_HEADER):
                yield key.removeprefix(_HEADER).replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)


def read_delivery(environ: WSGIEnvironment) -> Delivery:
    """The request's body and headers. Raises Unreadable: 413 over the cap, 415 compressed, 400 cut off."""
    headers = Headers(environ)
    if headers.get("content-encoding", "identity").lower() != "identity":
        # A small body may unpack to a huge one, so none is ever unpacked.
        raise Unreadable(problem(415, "compressed", "Send the body as it is, not compressed."))
    return Delivery(read_body(environ, LARGEST_BODY_BYTES), headers)


def read_body(environ: WSGIEnvironment, most_bytes: int) -> bytes:
    """The raw bytes, never more than the cap of them. Raises Unreadable: 413 over it, 400 cut off."""
    length = environ.get("CONTENT_LENGTH") or ""
    # No length given: the body comes in chunks, whose end the server marks.
    expected = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None
    if expected is not None and expected > most_bytes:
        raise _too_large(most_bytes)
    try:
        body: bytes = environ["wsgi.input"].read(most_bytes + 1 if expected is None else expected)
    except OSError as error:
        raise _cut_off() from error
    if len(body) > most_bytes:
        raise _too_large(most_bytes)
    if expected is not None and len(body) < expected:
        raise _cut_off()
    return body


def _cut_off() -> Unreadable:
    return Unreadable(problem(400, "cut_off", "The body ended before its length was reached."))


def _too_large(most_bytes: int) -> Unreadable:
    sentence = f"What is sent here has at most {most_bytes:,} bytes."
    return Unreadable(problem(413, "request_entity_too_large", sentence))
