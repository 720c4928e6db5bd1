"""An end to a whole HTTP call. Socket time-outs give none: a byte now and then never trips them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_running = threading.local()
"""The deadline of the call each thread is in."""


class Deadline:
    """Around one call over a `DeadlineAdapter`: cuts its connection when the time is up."""

    def __init__(self, within_s: float) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(within_s, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        _running.deadline = self
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _running.deadline = None
        with self._lock:
            self._socket = None

    def watch(self, opened: socket.socket) -> None:
        """From now on this is the socket to cut."""
        with self._lock:
            self._socket = opened
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        self.is_over = True
        with self._lock:
            held = self._socket
        if held is not None:
            # Not `held.shutdown`: of a TLS socket that would pull the encryption from under a reading thread.
            with suppress(OSError):
                socket.socket.shutdown(held, socket.SHUT_RDWR)


class DeadlineAdapter(HTTPAdapter):
    """Connections that the `Deadline` of the calling thread can cut."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False) -> None:  # type: ignore[override]
        """Called by the library for its pools."""
        super().init_poolmanager(connections, maxsize, block)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _watch(connection: HTTPConnection) -> None:
    deadline: Deadline | None = getattr(_running, "deadline", None)
    # The socket, for an answer without a length outlives the connection it came over.
    if deadline is not None and connection.sock is not None:
        deadline.watch(connection.sock)


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)

    def putrequest(
        self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False
    ) -> None:
        _watch(self)
        super().putrequest(method, url, skip_host, skip_accept_encoding)


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
