"""A stand-in store over real HTTPS, and its client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.outgoing.session import open_session
from integrations.woocommerce.client import WooCommerceClient
from tests.fakes.certificates import make_certificates
from tests.fakes.woocommerce import FakeStore, fake_store
from tests.integrations.callers import LOOPBACK, SHORT, a_client


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(authority, server) certificate files."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def store(certificates: tuple[Path, Path]) -> Iterator[FakeStore]:
    """A store over https."""
    with fake_store(certificates[1]) as opened:
        yield opened


@pytest.fixture
def client(store: FakeStore, certificates: tuple[Path, Path]) -> Iterator[WooCommerceClient]:
    """Its client, short of patience."""
    with open_session(LOOPBACK, certificates[0], SHORT) as session:
        yield a_client(store, session)
