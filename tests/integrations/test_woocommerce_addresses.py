"""Which addresses a store's client calls, whatever its name resolves to."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.domain.addresses import Network, read_networks
from core.domain.errors import PlatformUnavailable
from integrations.outgoing.session import open_session
from sandbox.woocommerce.serving import Serving
from tests.fakes.birch import Hands, birch, served
from tests.fakes.certificates import make_certificates
from tests.integrations.callers import LOOPBACK, a_client


@pytest.mark.parametrize("allowed", [(), read_networks("10.0.0.0/8")])
def test_private_addresses_are_not_called(store: Serving, allowed: Sequence[Network]) -> None:
    store.url = store.url.replace("127.0.0.1", "localhost")
    with open_session(allowed) as session, pytest.raises(PlatformUnavailable, match="leads to"):
        a_client(store.url, session).currency()
    assert store.connections == 0


class Names:
    """A name server that may change its mind."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.asked = 0
        self._addresses = addresses
        self._ask = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.answer)

    def answer(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        if host == "shop.example":
            host = self._addresses[min(self.asked, len(self._addresses) - 1)]
            self.asked += 1
        return self._ask(host, *args, **kwargs)


def test_a_public_name_for_a_private_address_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, "10.0.0.5")
    with open_session() as session, pytest.raises(PlatformUnavailable, match=r"leads to 10\.0\.0\.5"):
        a_client("https://shop.example", session).currency()


@pytest.mark.parametrize("address", ["64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:127.0.0.1"])
def test_a_name_for_an_address_that_leads_to_a_private_one_is_not_called(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    Names(monkeypatch, address)
    with open_session() as session, pytest.raises(PlatformUnavailable, match="leads to"):
        a_client("https://shop.example", session).currency()


def test_a_public_address_is_called_over_https_at_its_usual_ports_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Names(monkeypatch, "1.1.1.1")
    with open_session(LOOPBACK) as session:
        for url in ("http://shop.example", "https://shop.example:6379"):
            with pytest.raises(PlatformUnavailable, match=r"leads to 1\.1\.1\.1"):
                a_client(url, session).currency()


def test_the_address_a_name_had_when_it_was_checked_is_the_one_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = Names(monkeypatch, "127.0.0.1", "10.0.0.5")
    authority, server = make_certificates(tmp_path, ["shop.example"])
    with served(birch(), Hands(), server) as store, open_session(LOOPBACK, authority) as session:
        store.url = store.url.replace("127.0.0.1", "shop.example")
        assert a_client(store.url, session).currency() == "JPY"
    assert names.asked == 1
    assert store.headers[0]["Host"].startswith("shop.example:")
