"""A deadline for whole answers.

Time-outs of sockets start anew with every byte, so a server that sends one byte a second is never too slow
for them. Here the bytes of an answer, its headers included, stop coming at a moment fixed with the request.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class TooLate(TimeoutError):
    """The answer was not complete at its moment, though bytes of it may still have come."""


def is_too_late(error: BaseException | None) -> bool:
    """Whether a deadline is what an error of the HTTP library comes from, however often it was wrapped."""
    while error is not None:
        if isinstance(error, TooLate):
            return True
        error = error.__cause__ or error.__context__
    return False


def bounded_pools(total_s: float) -> Mapping[str, Callable[..., HTTPConnectionPool]]:
    """What makes urllib3's connection pools, by scheme, so that each answer is complete in `total_s`."""
    return {
        "http": partial(_pool, HTTPConnectionPool, partial(_BoundedHTTP, total_s=total_s)),
        "https": partial(_pool, HTTPSConnectionPool, partial(_BoundedHTTPS, total_s=total_s)),
    }


def _pool(kind: type[HTTPConnectionPool], connection: Any, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
    pool = kind(*args, **kwargs)
    pool.ConnectionCls = connection
    return pool


class _Bounded(HTTPConnection):
    """A connection whose answers end in time. Carries one request after the other, never two at once."""

    def __init__(self, *args: Any, total_s: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._total_s = total_s
        self._ends_s = float("inf")

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._ends_s = time.monotonic() + self._total_s
        super().request(*args, **kwargs)

    def response_class(  # type: ignore[override]  # a class there, called alike
        self, sock: socket.socket, *args: Any, **kwargs: Any
    ) -> HTTPResponse:
        """Called by http.client where it would make an HTTPResponse."""
        response = HTTPResponse(sock, *args, **kwargs)
        response.fp.close()
        response.fp = io.BufferedReader(_Bytes(sock, self._ends_s))
        return response


class _BoundedHTTP(_Bounded):
    """Over http."""


class _BoundedHTTPS(_Bounded, HTTPSConnection):
    """Over https."""


class _Bytes(io.RawIOBase):
    """What a socket sends until a moment of the monotonic clock; TooLate from then on."""

    def __init__(self, sock: socket.socket, ends_s: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._ends_s = ends_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._ends_s - time.monotonic()
        if left_s <= 0:
            raise TooLate("the answer is not complete in time")
        patience_s = self._sock.gettimeout()
        self._sock.settimeout(left_s if patience_s is None else min(left_s, patience_s))
        try:
            return self._raw.readinto(buffer)
        except TimeoutError as error:
            if time.monotonic() < self._ends_s:
                raise
            raise TooLate("the answer is not complete in time") from error
        finally:
            self._sock.settimeout(patience_s)

    def close(self) -> None:
        self._raw.close()
        super().close()
