"""Members who are excluded: the order's own time decides, however it is told, and a replay says the same."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from core.db import changes, effects, members
from core.domain.errors import Refused
from core.domain.merging import Source
from core.domain.personal import Person
from core.domain.staff import operator
from core.domain.stores import Store
from core.services import merging
from core.services.erasing import erase
from core.services.excluding import exclude, include, why_excluded
from core.services.explaining import explain_order
from core.services.redeeming import EXCLUDED, Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce.adapter import WooCommerce
from tests.payloads import a_refund, an_order, gmt
from tests.privacy.acorn import assert_sound
from tests.services.test_merging import REWARDING, id_of, placed
from tests.world import NOW, SMALLEST_PROGRAM, World

ANA, BEA = 7, 8


def out(world: World, store: Store, customer: int = ANA, why: str = "") -> None:
    """Exclude the member of a customer."""
    with world.database.write(store.store_id) as db:
        exclude(
            db,
            store,
            id_of(world, store, customer),
            operator(),
            why,
            world.now,
            sealing=Sealing(world.env.secrets),
        )


def back(world: World, store: Store, customer: int = ANA) -> None:
    """Take her in again."""
    with world.database.write(store.store_id) as db:
        include(
            db,
            store,
            id_of(world, store, customer),
            operator(),
            "",
            world.now,
            sealing=Sealing(world.env.secrets),
        )


def ordered(world: World, order_id: int, net: str = "10.00", **changes: Any) -> dict[str, Any]:
    """An order of Ana's, placed now."""
    return placed(world, order_id, net, ANA, **changes)


def again(order: dict[str, Any], minutes: int, **changes: Any) -> dict[str, Any]:
    """The same order, modified so many minutes after now."""
    return order | {"date_modified_gmt": gmt(NOW + timedelta(minutes=minutes))} | changes


def explained(world: World, store: Store, order_ref: str) -> str:
    """Why an order has its points."""
    with world.database.read(store.store_id) as db:
        return explain_order(db, load_terms(db, store), order_ref).sentence


@pytest.fixture
def birch(world: World) -> Store:
    """A store in which Ana has 49 points."""
    store = world.connect(program=REWARDING)
    world.tell(store, an_order())
    return store


def test_orders_placed_while_excluded_earn_nothing_then_or_ever(world: World, birch: Store) -> None:
    before = ordered(world, 1)
    world.wait(minutes=1)
    out(world, birch)
    world.wait(minutes=1)
    meanwhile = ordered(world, 2)
    world.tell(birch, meanwhile)
    world.tell(birch, before)
    assert (world.total(birch, "1"), world.total(birch, "2")) == (10, 0)
    world.wait(minutes=1)
    back(world, birch)
    world.tell(birch, again(meanwhile, 10, status="completed"))
    world.tell(birch, again(before, 10, status="completed"))
    world.wait(minutes=1)
    world.tell(birch, ordered(world, 3))
    late = gmt(NOW + timedelta(minutes=2, seconds=30))
    world.tell(birch, an_order(4, date_created_gmt=late, date_modified_gmt=late))
    assert [world.total(birch, ref) for ref in "1234"] == [10, 0, 10, 0]
    assert world.balance(birch) == (69, 0, 0)
    assert_sound(world, birch)


def test_what_was_earned_before_stays_and_refunds_still_take_it_back(world: World, birch: Store) -> None:
    out(world, birch)
    world.tell(birch, an_order(minute=5, refunds=[a_refund("10.00")]))
    assert world.balance(birch) == (39, 0, 0)
    world.tell(birch, an_order(minute=6, status="cancelled"))
    assert world.balance(birch) == (0, 0, 0)
    assert_sound(world, birch)


def test_pending_points_are_released_to_somebody_who_was_excluded_meanwhile(world: World) -> None:
    store = world.connect(program=SMALLEST_PROGRAM.replace('"pending_days": 0', '"pending_days": 14'))
    world.tell(store, ordered(world, 1))
    world.wait(minutes=1)
    out(world, store)
    world.wait(days=15)
    world.mature(store)
    assert world.balance(store) == (10, 0, 0)


@pytest.mark.parametrize("turn", list(itertools.permutations(range(3))))
def test_whatever_order_it_is_told_in_the_points_end_the_same(
    sqlite_installation: World, turn: tuple[int, ...]
) -> None:
    world = sqlite_installation
    store = world.birch(program=REWARDING)
    world.tell(store, an_order())
    out(world, store)
    world.wait(minutes=1)
    first = ordered(world, 2, "20.00")
    tellings = [first, again(first, 5, refunds=[a_refund("5.00")]), again(first, 9, status="completed")]
    for number in turn[:2]:
        world.tell(store, tellings[number])
    back(world, store)
    world.tell(store, tellings[turn[2]])
    assert world.total(store, "2") == 0
    assert world.balance(store) == (49, 0, 0)
    assert_sound(world, store)


def test_explain_says_since_when_and_until_when(world: World, birch: Store) -> None:
    out(world, birch)
    world.wait(hours=1)
    world.tell(birch, ordered(world, 2))
    assert explained(world, birch, "2") == "excluded since 2026-12-01: 0 points"
    world.wait(days=1)
    back(world, birch)
    assert explained(world, birch, "2") == "excluded from 2026-12-01 until 2026-12-02: 0 points"
    assert explained(world, birch, "1042").startswith("49.95 net")


def test_an_order_that_goes_over_to_somebody_excluded_takes_its_points_with_it(
    world: World, birch: Store
) -> None:
    world.tell(birch, placed(world, 5, "5.00", BEA))
    out(world, birch, BEA)
    world.wait(minutes=1)
    order = ordered(world, 2)
    world.tell(birch, order)
    assert world.total(birch, "2") == 10
    who = {"customer_id": BEA, "billing": {"email": "shopper8@example.com"}}
    world.tell(birch, again(order, 5, **who))
    assert (world.total(birch, "2"), world.balance(birch, "8")) == (0, (5, 0, 0))
    world.tell(birch, again(order, 6))
    assert world.total(birch, "2") == 10
    assert_sound(world, birch)


def test_an_order_in_another_currency_does_not_wait_for_a_rate(world: World, birch: Store) -> None:
    out(world, birch)
    world.wait(minutes=1)
    world.tell(birch, ordered(world, 2, currency="USD"))
    assert world.inbox(birch) == {"done": 2}


def test_points_cannot_be_spent_meanwhile_and_can_be_afterwards(world: World) -> None:
    store = world.connect(program=REWARDING, is_offline=False)
    world.tell(store, an_order())

    def spend(key: str) -> Any:
        with world.database.write(store.store_id) as db:
            wish = Wish(id_of(world, store, ANA), "one", None, key)
            making = Making(WooCommerce(), Sealing(world.env.secrets), world.env.token())
            return redeem(db, load_terms(db, store), wish, making, world.now)

    first = spend("a")
    out(world, store)
    with pytest.raises(Refused, match=EXCLUDED[:40]):
        spend("b")
    assert spend("a").id == first.id
    assert world.balance(store) == (39, 0, 0)
    world.wait(minutes=1)
    back(world, store)
    assert spend("b").id != first.id


def test_doing_it_twice_is_as_good_as_once_and_the_history_has_each_once(world: World, birch: Store) -> None:
    for _ in range(2):
        out(world, birch, why="cheats, see ana@example.com or +49 170 1234567")
    for _ in range(2):
        back(world, birch)
    with world.database.read(birch.store_id) as db:
        noted = changes.newest(db, birch.store_id, 10)
        row = members.by_customer_ref(db, birch.store_id, "7")
    assert [note.action for note in noted] == ["member.included", "member.excluded"]
    assert "cheats" not in noted[1].after
    assert row is not None
    assert row.excluded_at is None


def test_why_is_kept_beside_the_exclusion_and_goes_when_the_member_is_forgotten(
    world: World, birch: Store
) -> None:
    out(world, birch, why="Ana Baker of ana@example.com")
    ana, sealing = id_of(world, birch, ANA), Sealing(world.env.secrets)
    with world.database.write(birch.store_id) as db:
        assert why_excluded(db, birch.store_id, ana, sealing) == "Ana Baker of (an address)"
        erase(db, birch, Person("7", None), world.now, sealing)
        assert why_excluded(db, birch.store_id, ana, sealing) == ""
        assert "Ana" not in str(changes.newest(db, birch.store_id, 10))


def test_out_in_and_out_at_the_same_moment_is_out(world: World, birch: Store) -> None:
    out(world, birch)
    back(world, birch)
    out(world, birch)
    world.wait(minutes=1)
    world.tell(birch, ordered(world, 2))
    assert world.total(birch, "2") == 0
    assert_sound(world, birch)


def test_a_stores_clock_that_is_ahead_takes_nothing_from_what_was_settled(world: World, birch: Store) -> None:
    ahead = gmt(world.now + timedelta(minutes=10))
    world.tell(birch, an_order(2, "10.00", date_created_gmt=ahead, date_modified_gmt=ahead))
    out(world, birch)
    assert_sound(world, birch)
    world.wait(minutes=11)
    world.tell(birch, ordered(world, 3))
    assert (world.total(birch, "2"), world.total(birch, "3")) == (10, 0)
    for act in (back, out, back):
        act(world, birch)
    assert_sound(world, birch)


def test_an_order_dated_far_ahead_does_not_put_off_the_exclusion_and_is_settled_anew(world: World) -> None:
    store = world.connect(program=REWARDING, is_offline=False)
    ahead = gmt(world.now + timedelta(days=400))
    order = an_order(2, date_created_gmt=ahead, date_modified_gmt=ahead)
    world.tell(store, order)
    out(world, store)
    world.wait(minutes=1)
    world.tell(store, ordered(world, 3))
    assert world.total(store, "3") == 0
    with world.database.read(store.store_id) as db:
        waiting = effects.due(db, store.store_id, world.now, 10)
    assert "2" in {row.subject for row in waiting}
    world.tell(store, order | {"date_modified_gmt": gmt(world.now + timedelta(days=401))})
    assert world.total(store, "2") == 0
    assert_sound(world, store)


def test_nobody_comes_back_in_by_being_merged_into_somebody_else(world: World, birch: Store) -> None:
    world.tell(birch, placed(world, 5, "5.00", BEA))
    out(world, birch, BEA)
    world.wait(minutes=1)
    with world.database.write(birch.store_id) as db:
        merging.merge(db, birch, id_of(world, birch, BEA), id_of(world, birch, ANA), Source.CLAIM, world.now)
    world.wait(minutes=1)
    world.tell(birch, ordered(world, 2))
    world.tell(birch, placed(world, 6, "6.00", BEA))
    assert (world.total(birch, "2"), world.total(birch, "6")) == (0, 0)
    assert world.balance(birch) == (54, 0, 0)
    assert_sound(world, birch)


def test_who_is_merged_or_forgotten_or_not_there_cannot_be_excluded(world: World, birch: Store) -> None:
    world.tell(birch, placed(world, 5, "5.00", BEA))
    ana, bea = id_of(world, birch, ANA), id_of(world, birch, BEA)
    with world.database.write(birch.store_id) as db:
        merging.merge(db, birch, bea, ana, Source.OPERATOR, world.now)
    with world.database.write(birch.store_id) as db:
        for act in (exclude, include):
            with pytest.raises(Refused, match="was merged into member"):
                act(db, birch, bea, operator(), "", world.now, sealing=Sealing(world.env.secrets))
            with pytest.raises(Refused, match="has no member 99999"):
                act(db, birch, 99999, operator(), "", world.now, sealing=Sealing(world.env.secrets))
    with world.database.write(birch.store_id) as db:
        erase(db, birch, Person("7", None), world.now, Sealing(world.env.secrets))
        with pytest.raises(Refused, match="Nobody knows any more"):
            exclude(db, birch, ana, operator(), "", world.now, sealing=Sealing(world.env.secrets))
