"""Senders that are gone before their body is here."""

from __future__ import annotations

import io
import socket
import struct

import pytest

from webhooks.requests import Unreadable, read_delivery


@pytest.mark.parametrize("length", ["12", ""])
def test_a_connection_that_is_reset_within_the_body_is_a_body_cut_off(length: str) -> None:
    near, far = _connected()
    far.sendall(b"{")
    # Closing with a linger of zero resets the connection.
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    far.close()
    with near, io.BufferedReader(socket.SocketIO(near, "r")) as body, pytest.raises(Unreadable) as refused:
        read_delivery({"CONTENT_LENGTH": length, "wsgi.input": body})
    assert (refused.value.answer.status, b"cut_off" in refused.value.answer.body) == (400, True)


def _connected() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        far = socket.create_connection(listening.getsockname())
        near, _ = listening.accept()
    return near, far
