"""Clients of stand-in stores on this machine."""

from __future__ import annotations

from typing import Any

from core.domain.addresses import read_address, read_networks
from integrations.outgoing.session import Patience
from integrations.woocommerce.client import WooCommerceClient
from tests.fakes.birch import KEY, SECRET

LOOPBACK = read_networks("127.0.0.0/8")
SHORT = Patience(connect_s=0.5, read_s=0.3, total_s=0.8)


def a_client(url: str, session: Any, **changes: str) -> WooCommerceClient:
    """A client with the right keys."""
    keys = {"consumer_key": KEY, "consumer_secret": SECRET} | changes
    return WooCommerceClient(read_address(url), keys, session)
