"""The load generator, a process of its own: posts prepared requests over connections that are kept alive.

`python -m benchmarks.load REQUESTS RESULT PORT CONNECTIONS RATE`. With RATE 0 every connection posts its next
request as soon as the last one is answered. Otherwise requests fall due RATE times a second whatever the
answers do, and one that has to wait for a connection counts from when it was due. Ends with exit code 1 at
the first answer that is not 200.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import uvloop

LENGTH_BYTES = 4
LOOK_AGAIN_S = 0.0005


def write_requests(path: Path, requests: Sequence[bytes]) -> None:
    """Put requests where the generator reads them from."""
    with path.open("wb") as file:
        for request in requests:
            file.write(len(request).to_bytes(LENGTH_BYTES, "big"))
            file.write(request)


def read_requests(path: Path) -> list[bytes]:
    """What `write_requests` wrote."""
    data, at, requests = path.read_bytes(), 0, []
    while at < len(data):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(data[at:begin], "big")
        requests.append(data[begin:at])
    return requests


class Load:
    """One run over all requests. Times are of the monotonic clock, which all processes share."""

    def __init__(self, requests: Sequence[bytes], rate: float) -> None:
        self.requests = requests
        self._rate = rate
        self.sent_ns = [0] * len(requests)
        self.answered_ns = [0] * len(requests)
        self.refusal: str | None = None
        self._next = 0
        self._open = len(requests)
        self._done = asyncio.Event()
        self._free: list[Connection] = []

    async def run(self, port: int, connections: int) -> None:
        """Post everything; returns once all is answered or one answer is not 200."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, connection = await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
            self._free.append(connection)
        if self._rate:
            await self._post_when_due()
        else:
            for connection in list(self._free):
                self._post_next(connection)
        await self._done.wait()

    async def _post_when_due(self) -> None:
        began_ns = time.monotonic_ns()
        while self._next < len(self.requests) and not self.refusal:
            due_ns = sent_ns = began_ns + int(self._next / self._rate * 1e9)
            if (early_ns := due_ns - time.monotonic_ns()) > 0:
                await asyncio.sleep(early_ns / 1e9)
                # The timer is late by up to a millisecond, which is not the server's doing.
                sent_ns = time.monotonic_ns()
            while not self._free and not self.refusal:
                sent_ns = due_ns
                await asyncio.sleep(LOOK_AGAIN_S)
            if self._free:
                self._free.pop().post(self._next, sent_ns)
                self._next += 1

    def _post_next(self, connection: Connection) -> None:
        if self._next < len(self.requests):
            number, self._next = self._next, self._next + 1
            connection.post(number, time.monotonic_ns())

    def answered(self, connection: Connection, number: int) -> None:
        """Note an answer and give the connection its next request."""
        self.answered_ns[number] = time.monotonic_ns()
        self._open -= 1
        if not self._open:
            self._done.set()
        elif self._rate:
            self._free.append(connection)
        else:
            self._post_next(connection)

    def refused(self, what: str) -> None:
        """Give up."""
        self.refusal = self.refusal or what
        self._done.set()


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._transport: asyncio.WriteTransport
        self._number: int | None = None
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's are no subclass of it

    def post(self, number: int, sent_ns: int) -> None:
        """Send one request, which counts as sent at `sent_ns`."""
        self._number = number
        self._load.sent_ns[number] = sent_ns
        self._transport.write(self._load.requests[number])

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if b"\r\n\r\n" not in self._answer:
            return
        answer, self._answer = self._answer, b""
        number, self._number = self._number, None
        if number is None or not answer.startswith(b"HTTP/1.1 200"):
            self._load.refused(answer[:300].decode("latin-1"))
        else:
            self._load.answered(self, number)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._number is not None:
            self._load.refused(f"the server closed a connection before it answered ({exc})")


def main(requests: str, result: str, port: str, connections: str, rate: str) -> None:
    """Post what is in one file and write to another when each was sent and answered."""
    load = Load(read_requests(Path(requests)), float(rate))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(load.run(int(port), int(connections)))
    if load.refusal:
        sys.exit(f"an answer that is not 200: {load.refusal}")
    Path(result).write_text(json.dumps({"sent_ns": load.sent_ns, "answered_ns": load.answered_ns}))


if __name__ == "__main__":
    main(*sys.argv[1:])
