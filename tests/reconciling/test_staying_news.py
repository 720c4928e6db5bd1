"""An order that stays another there than here, whatever we read, is read once and then left in peace."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from core.db.tables import inbox, order_snapshots
from core.domain.completeness import Completeness
from core.domain.errors import PlatformRefused
from core.jobs.completeness import UNREADABLE, measure
from tests.reconciling.shopfront import Shopfront
from tests.reconciling.test_deletions import a_settled_order


class Garbling:
    """The store's orders come without a currency."""

    def __init__(self, shop: object) -> None:
        self._shop = shop

    def __getattr__(self, name: str) -> object:
        return getattr(self._shop, name)

    def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:
        body: bytes = self._shop.fetch_order(order_ref, asked_at)  # type: ignore[attr-defined]
        return body.replace(b'"currencyCode"', b'"currencz"')


class Blocking(Garbling):
    """The store refuses to show an order."""

    def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:
        super().fetch_order(order_ref, asked_at)
        raise PlatformRefused("blocked by a plugin")


def in_a_status_of_its_own(birch: Shopfront) -> tuple[str, int]:
    """A settled order that the merchant gave a status nobody knows, unpaid."""
    ordered, full = a_settled_order(birch)
    one = birch.rig.store.orders[int(ordered)]  # type: ignore[attr-defined]
    one.status, one.modified_at, one.paid_at = "quote-sent", birch.world.now, None
    return ordered, full


def written(at: Shopfront) -> tuple[int, int]:
    """How many rows the inbox has, and how many tellings are kept."""
    with at.world.database.read(at.store.store_id) as db:
        rows = db.execute(select(func.count()).select_from(inbox)).scalar_one()
        return rows, db.execute(select(func.count()).select_from(order_snapshots)).scalar_one()


def look_often(at: Shopfront) -> None:
    for _ in range(5):
        at.wait(minutes=30)
        at.look()
    at.wait(days=1)
    at.look_again()


def audited(at: Shopfront) -> Completeness:
    return measure(at.world.env, at.store, at.world.now - timedelta(days=3), lambda _: None)


def test_an_order_in_a_status_we_do_not_know_is_read_once_and_no_drift(birch: Shopfront) -> None:
    ordered, full = in_a_status_of_its_own(birch)
    birch.wait(hours=1)
    assert [one.order_ref for one in audited(birch).missing] == [ordered]
    birch.look()
    before, walk = written(birch), birch.walk()
    look_often(birch)
    assert (written(birch), birch.walk()) == (before, walk)
    found = audited(birch)
    assert (found.is_complete, found.unclear) == (True, 1)
    assert birch.points(ordered) == [full]


def test_once_it_is_moved_on_it_is_read_again(birch: Shopfront) -> None:
    ordered, full = in_a_status_of_its_own(birch)
    birch.wait(hours=1)
    birch.look()
    birch.rig.cancel(ordered)
    birch.lose_the_post()
    birch.look()
    assert birch.points(ordered) == [0]
    assert full > 0


def test_an_order_that_cannot_be_understood_is_read_once_and_the_audit_says_so(acorn: Shopfront) -> None:
    acorn.order()
    acorn.lose_the_post()
    acorn.wait(hours=1)
    acorn.between(Garbling)
    acorn.look()
    before = written(acorn)
    calls = len([call for call in acorn.calls if call.startswith("fetch_order")])
    look_often(acorn)
    assert written(acorn) == before
    assert len([call for call in acorn.calls if call.startswith("fetch_order")]) == calls
    assert [one.why for one in audited(acorn).missing] == [UNREADABLE]


def test_a_cancelled_order_that_cannot_be_understood_is_drift(acorn: Shopfront) -> None:
    ordered, full = a_settled_order(acorn)
    acorn.rig.cancel(ordered)
    acorn.lose_the_post()
    acorn.wait(hours=1)
    acorn.between(Garbling)
    acorn.look()
    assert acorn.points(ordered) == [full]
    found = audited(acorn)
    assert ([one.why for one in found.missing], found.unclear) == ([UNREADABLE], 0)


def test_an_order_the_store_refuses_to_show_is_left_to_the_effect_that_asks_for_it(acorn: Shopfront) -> None:
    ordered = acorn.order()
    acorn.lose_the_post()
    acorn.wait(hours=1)
    acorn.between(Blocking)
    acorn.look()
    before, calls = written(acorn), acorn.calls.count(f"fetch_order {ordered}")
    look_often(acorn)
    assert written(acorn) == before
    assert acorn.calls.count(f"fetch_order {ordered}") == calls == 2
    acorn.between(lambda shop: shop)
    acorn.rig.refund_half(ordered)
    acorn.lose_the_post()
    acorn.look()
    assert acorn.points(ordered) != [0]
