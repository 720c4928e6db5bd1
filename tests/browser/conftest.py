"""The product's pages on a free port."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from tests.world import World


@pytest.fixture
def site(sqlite_world: World) -> Iterator[str]:
    """The address of the product's pages."""
    server = make_server("127.0.0.1", 0, sqlite_world.client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
