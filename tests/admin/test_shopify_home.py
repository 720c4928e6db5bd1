"""From the first click in Shopify's admin to the first points, and how the store stays connected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.domain.stores import StoreState
from tests.shopify_install import DOMAIN, Acorn, acorn
from tests.world import SMALLEST_PROGRAM, World


@pytest.fixture
def shop(sqlite_world: World) -> Iterator[Acorn]:
    """Acorn with an app of ours, not opened yet."""
    with acorn(sqlite_world) as opened:
        yield opened


def test_one_click_connects_the_store_and_its_next_order_earns_points(shop: Acorn) -> None:
    page = shop.visit()
    assert page.status_code == 200
    store = shop.store
    assert (store.name, store.currency, store.zone.key, store.state) == (
        "acorn",
        "EUR",
        "Europe/Berlin",
        StoreState.CONNECTED,
    )
    assert page.headers["Content-Security-Policy"].startswith(
        f"frame-ancestors https://{DOMAIN} https://admin.shopify.com;"
    )
    shop.world.apply(store, SMALLEST_PROGRAM)
    shop.order()
    assert set(shop.send()) == {200}
    shop.work()
    assert shop.world.total(store) > 0
    assert "Order #1001" in shop.visit().text
