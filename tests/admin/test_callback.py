"""What anybody may send to where stores bring their keys."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.admin.merchant import HERE, Merchant


class Endless(io.RawIOBase):
    """A body in chunks whose end never comes, and how much of it was read."""

    taken_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        self.taken_bytes += len(into)
        assert self.taken_bytes < 1_000_000
        into[:] = b"a" * len(into)
        return len(into)


@pytest.mark.parametrize("chunked", [True, False])
def test_more_than_keys_are_is_not_read_however_it_is_sent(her: Merchant, chunked: bool) -> None:
    body = Endless()
    length = {} if chunked else {"CONTENT_LENGTH": "300000000"}
    environ = {
        **EnvironBuilder("/connect/woocommerce/callback", method="POST", base_url=HERE).get_environ(),
        **length,
        "wsgi.input": io.BufferedReader(body),
        "wsgi.input_terminated": chunked,
    }
    answer = run_wsgi_app(her.world.client.application, environ)
    assert answer[1] == "413 REQUEST ENTITY TOO LARGE"
    assert body.taken_bytes < 100_000
