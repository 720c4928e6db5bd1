"""The file of a bulk operation is read in pieces, and where there is none orders are listed by pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from core.domain.catching_up import Glimpse, Mark, Walk
from core.domain.errors import PlatformRefused, PlatformUnavailable
from integrations.shopify import bulk
from integrations.shopify.shop import ShopifyShop
from sandbox.shopify.bulk import FIRST_NUMBER
from tests.contract.rig import Cart
from tests.contract.shopify import MUG, ShopifyRig, opened
from tests.world import NOW

ORDERS = 12


@pytest.fixture
def rig() -> Iterator[ShopifyRig]:
    """Acorn with some orders of an hour each."""
    with opened() as made:
        for _ in range(ORDERS):
            made.order(Cart("ana", "", (MUG, MUG)))
            made.wait(hours=1)
        yield made


def walked(rig: ShopifyRig, walk: Walk) -> Iterator[tuple[Glimpse, Walk]]:
    """Every order, and where the walk stands behind its page."""
    for _ in range(50):
        try:
            page = rig.shop().list_past_orders("any", walk.mark, rig.moment[0])
        except PlatformUnavailable as trouble:
            rig.wait(hours=(trouble.retry_after_s or 0) / 3600)
            continue
        walk = walk.beyond(page, 1)
        yield from ((one, walk) for one in page.orders)
        if walk.is_over:
            return


def refs(rig: ShopifyRig, since: datetime = NOW) -> list[str]:
    return [glimpse.order_ref for glimpse, _ in walked(rig, Walk.beginning(since))]


def all_refs(rig: ShopifyRig) -> list[str]:
    return [str(number) for number in sorted(rig.store.orders)]


@pytest.mark.parametrize("piece_bytes", [1, 700, 1500, 4000])
def test_however_the_file_is_cut_every_order_is_read_once(
    rig: ShopifyRig, monkeypatch: pytest.MonkeyPatch, piece_bytes: int
) -> None:
    monkeypatch.setattr(bulk, "PIECE_BYTES", piece_bytes)
    monkeypatch.setattr(bulk, "LONGEST_ORDER_BYTES", 5000)
    assert sorted(refs(rig)) == all_refs(rig)
    assert len(rig.skin.admin.bulk.operations) == 1


def test_a_reader_that_was_killed_goes_on_in_the_same_file(
    rig: ShopifyRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ORDERS_MOST", 5)
    reading = walked(rig, Walk.beginning(NOW))
    first = [next(reading) for _ in range(5)]
    rest = [glimpse.order_ref for glimpse, _ in walked(rig, first[-1][1])]
    assert sorted([glimpse.order_ref for glimpse, _ in first] + rest) == all_refs(rig)
    assert list(rig.skin.admin.bulk.operations) == [FIRST_NUMBER]


def test_only_orders_placed_since_the_day_are_in_it(rig: ShopifyRig) -> None:
    assert len(refs(rig, NOW + timedelta(hours=ORDERS - 2))) == 2


@pytest.mark.parametrize("trouble", ["refused", "failed", "gone"])
def test_where_there_is_no_file_orders_are_listed_by_pages(rig: ShopifyRig, trouble: str) -> None:
    desk = rig.skin.admin.bulk
    if trouble == "refused":
        desk.refuses = "No."
    if trouble == "failed":
        # An app that may not read addresses: the operation, which asks for them, fails as a whole.
        rig.skin.admin.approved.clear()
    reading = walked(rig, Walk.beginning(NOW))
    if trouble == "gone":
        rig.shop().list_past_orders("any", Mark(NOW), NOW)
        desk.operations.clear()
        place = Mark(NOW, f"bulk:gid://shopify/BulkOperation/{FIRST_NUMBER}@0")
        reading = walked(rig, Walk(NOW, place))
    assert [glimpse.order_ref for glimpse, _ in reading] == all_refs(rig)


def test_the_token_is_shown_to_nobody_who_keeps_the_file_and_the_file_must_lie_in_a_safe_place(
    rig: ShopifyRig,
) -> None:
    shop = rig.shop()
    assert isinstance(shop, ShopifyShop)
    for url in ("http://169.254.169.254/latest", "file:///etc/passwd", f"{rig.url}.evil.example/x"):
        with pytest.raises(PlatformRefused, match="trusted"):
            shop._api.download(url, 0, 10)
