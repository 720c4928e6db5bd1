"""The product's pages on a free port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.world import World


@contextmanager
def serving(application: Flask) -> Iterator[str]:
    """The address at which an application answers until the block ends."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site(sqlite_world: World) -> Iterator[str]:
    """The address of the product's pages."""
    with serving(sqlite_world.client.application) as url:
        yield url
