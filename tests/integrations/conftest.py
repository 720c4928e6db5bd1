"""A stand-in store over real HTTPS, and its client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.clock import utc_now
from integrations.outgoing.session import open_session
from integrations.woocommerce.client import WooCommerceClient
from sandbox.woocommerce.serving import Serving
from tests.fakes.birch import Birch, Hands, birch, served
from tests.fakes.certificates import make_certificates
from tests.integrations.callers import LOOPBACK, SHORT, a_client


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(authority, server) certificate files."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def opened() -> Birch:
    """What the store holds."""
    return birch()


@pytest.fixture
def store(opened: Birch, certificates: tuple[Path, Path]) -> Iterator[Serving]:
    """The store over https."""
    with served(opened, Hands(utc_now()), certificates[1]) as running:
        yield running


@pytest.fixture
def client(store: Serving, certificates: tuple[Path, Path]) -> Iterator[WooCommerceClient]:
    """Its client, short of patience."""
    with open_session(LOOPBACK, certificates[0], SHORT) as session:
        yield a_client(store.url, session)
