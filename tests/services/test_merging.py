"""Two members become one, and two again: by their numbers."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row

from core.db import members
from core.domain.errors import Refused
from core.domain.merging import Source
from core.domain.stores import Store
from core.jobs.audit import audit_store
from core.jobs.replay import replay_store
from core.services import merging
from core.services.cancelling import cancel
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce.adapter import WooCommerce
from tests.payloads import an_order, gmt
from tests.spending import spend
from tests.world import NOW, SMALLEST_PROGRAM, World

ANA, BEA, CLEO = 7, 8, 9
PENDING = SMALLEST_PROGRAM.replace('"pending_days": 0', '"pending_days": 14')
FIXED = SMALLEST_PROGRAM.replace(
    '"pending_days": 0', '"pending_days": 0, "expiry": {"kind": "fixed", "days": 30}'
)
REWARDING = """{"earning": [{"kind": "points_per_unit"}], "pending_days": 0, "rewards": [
  {"id": "one", "kind": "amount_off", "cost_points": 10, "amount_minor": 100}]}"""
SPENT, KEPT = (0, 0, 0), Source.OPERATOR


def placed(world: World, order_id: int, net: str, customer: int = BEA, **changes: Any) -> dict[str, Any]:
    """An order placed, paid and told just now."""
    now = gmt(world.now)
    dates = {"date_created_gmt": now, "date_modified_gmt": now, "date_paid_gmt": now}
    billing = {"email": f"shopper{customer}@example.com"}
    who: dict[str, Any] = {"customer_id": customer, "billing": billing}
    return an_order(order_id, net, **(dates | who | changes))


def order(world: World, store: Store, order_id: int, net: str, customer: int = BEA, **changes: Any) -> None:
    """Have an order told a second after whatever was told before."""
    world.wait(seconds=1)
    world.tell(store, placed(world, order_id, net, customer, **changes))


def id_of(world: World, store: Store, customer: int) -> int:
    """The member made for a customer."""
    with world.database.read(store.store_id) as db:
        row = members.own_by_customer_ref(db, store.store_id, str(customer))
    assert row is not None
    return int(row.id)


def own(world: World, store: Store, customer: int) -> tuple[int, int, int]:
    """(available, pending, debt) of the member made for a customer, merged or not."""
    with world.database.read(store.store_id) as db:
        row = members.own_by_customer_ref(db, store.store_id, str(customer))
    return (0, 0, 0) if row is None else (row.available_points, row.pending_points, row.debt_points)


def merge(world: World, store: Store, source: int = BEA, into: int = ANA) -> Row[Any]:
    """Merge the members of two customers."""
    ids = id_of(world, store, source), id_of(world, store, into)
    with world.database.write(store.store_id) as db:
        return merging.merge(db, store, *ids, KEPT, world.now)


def undo(world: World, store: Store, merge_id: int) -> Row[Any]:
    """Undo a merge."""
    with world.database.write(store.store_id) as db:
        return merging.undo(db, store, merge_id, world.now)


def two(world: World, ana: str = "10.00", bea: str = "49.00", program: str = SMALLEST_PROGRAM) -> Store:
    """A store in which Ana has order 1 and Bea order 2."""
    store = world.birch(program=program)
    order(world, store, 1, ana, ANA)
    order(world, store, 2, bea, BEA)
    return store


def clean(world: World, store: Store) -> None:
    """The ledger adds up and every order's points follow from its tellings."""
    audited = audit_store(world.database, store.store_id, lambda _name, _done: None)
    assert audited.differences == []
    assert replay_store(world.env, store, lambda _done: None).mismatches == []


def test_s17_points_go_over_in_a_pair_of_entries(installation: World) -> None:
    store = two(installation)
    done = merge(installation, store)

    assert own(installation, store, ANA) == (59, 0, 0)
    assert own(installation, store, BEA) == SPENT
    assert [(entry.key, entry.kind, entry.points) for entry in installation.entries(store)[-2:]] == [
        (f"merge:{done.id}:out", "adjust", -49),
        (f"merge:{done.id}:in", "adjust", 49),
    ]
    assert installation.balance(store, str(BEA)) == (59, 0, 0)
    clean(installation, store)


def test_pending_points_stay_pending_until_the_day_they_had(sqlite_installation: World) -> None:
    store = two(sqlite_installation, program=PENDING)
    merge(sqlite_installation, store)
    assert own(sqlite_installation, store, ANA) == (0, 59, 0)

    sqlite_installation.wait(days=14)
    sqlite_installation.mature(store)

    assert own(sqlite_installation, store, ANA) == (59, 0, 0)
    clean(sqlite_installation, store)


def test_points_end_when_they_would_have_ended(sqlite_installation: World) -> None:
    store = two(sqlite_installation, program=FIXED)
    sqlite_installation.wait(days=10)
    merge(sqlite_installation, store)
    sqlite_installation.wait(days=22)
    sqlite_installation.mature(store)

    assert own(sqlite_installation, store, ANA) == SPENT
    clean(sqlite_installation, store)


def test_a_debt_comes_along_and_is_paid_by_what_the_survivor_has(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    spend(sqlite_installation, store, 49, str(BEA))
    order(sqlite_installation, store, 2, "49.00", status="cancelled")
    assert own(sqlite_installation, store, BEA) == (0, 0, 49)

    merge(sqlite_installation, store)

    assert own(sqlite_installation, store, BEA) == SPENT
    assert own(sqlite_installation, store, ANA) == (0, 0, 39)
    clean(sqlite_installation, store)


def test_what_comes_over_pays_the_survivors_debt(sqlite_installation: World) -> None:
    store = two(sqlite_installation, ana="30.00")
    spend(sqlite_installation, store, 30, str(ANA))
    order(sqlite_installation, store, 1, "30.00", ANA, status="cancelled")
    merge(sqlite_installation, store)

    assert own(sqlite_installation, store, ANA) == (19, 0, 0)
    clean(sqlite_installation, store)


def test_a_refund_after_the_merge_takes_what_that_order_had_earned(installation: World) -> None:
    store = two(installation)
    done = merge(installation, store)
    order(installation, store, 2, "49.00", refunds=[{"id": 900, "total": "-20.00", "total_tax": "0.00"}])

    assert own(installation, store, ANA) == (39, 0, 0)
    assert own(installation, store, BEA) == SPENT
    assert installation.total(store, "2") == 29
    assert [entry.key for entry in installation.entries(store)[-3:]] == [
        "order:2:2",
        f"merge:{done.id}:carry:1:out",
        f"merge:{done.id}:carry:1:in",
    ]
    clean(installation, store)


def test_a_pending_order_cancelled_after_the_merge_leaves_no_debt(sqlite_installation: World) -> None:
    store = two(sqlite_installation, program=PENDING)
    merge(sqlite_installation, store)
    order(sqlite_installation, store, 2, "49.00", status="cancelled")

    assert own(sqlite_installation, store, ANA) == (0, 10, 0)
    clean(sqlite_installation, store)


def test_what_had_ended_before_a_refund_is_not_taken_twice(sqlite_installation: World) -> None:
    store = two(sqlite_installation, program=FIXED)
    merge(sqlite_installation, store)
    sqlite_installation.wait(days=32)
    sqlite_installation.mature(store)
    order(sqlite_installation, store, 2, "49.00", status="cancelled")

    assert own(sqlite_installation, store, ANA) == SPENT
    clean(sqlite_installation, store)


def test_an_old_order_that_is_worth_more_again_counts_for_the_survivor(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    order(sqlite_installation, store, 2, "49.00", status="cancelled")
    merge(sqlite_installation, store)
    order(sqlite_installation, store, 2, "49.00")

    assert own(sqlite_installation, store, ANA) == (59, 0, 0)
    clean(sqlite_installation, store)


def test_an_old_order_told_with_the_survivors_name_moves_nothing(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    merge(sqlite_installation, store)
    order(sqlite_installation, store, 2, "49.00", ANA)

    assert own(sqlite_installation, store, ANA) == (59, 0, 0)
    assert sqlite_installation.points(store, "2") == [49]
    clean(sqlite_installation, store)


def test_an_old_order_deleted_after_the_merge_takes_its_points_from_the_survivor(
    sqlite_installation: World,
) -> None:
    store = two(sqlite_installation)
    merge(sqlite_installation, store)
    sqlite_installation.wait(seconds=1)
    sqlite_installation.tell(store, {"id": 2}, "order.deleted")

    assert own(sqlite_installation, store, ANA) == (10, 0, 0)
    clean(sqlite_installation, store)


def test_a_new_order_of_the_merged_customer_is_the_survivors(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    merge(sqlite_installation, store)
    order(sqlite_installation, store, 3, "5.00", BEA)

    assert own(sqlite_installation, store, ANA) == (64, 0, 0)
    assert own(sqlite_installation, store, BEA) == SPENT
    clean(sqlite_installation, store)


def test_undone_each_has_what_was_hers(installation: World) -> None:
    store = two(installation)
    done = merge(installation, store)
    undo(installation, store, done.id)

    assert own(installation, store, ANA) == (10, 0, 0)
    assert own(installation, store, BEA) == (49, 0, 0)
    assert installation.balance(store, str(BEA)) == (49, 0, 0)
    clean(installation, store)


def test_undone_after_spending_gives_back_what_is_left(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    done = merge(sqlite_installation, store)
    spend(sqlite_installation, store, 25, str(ANA))
    undo(sqlite_installation, store, done.id)

    left = own(sqlite_installation, store, ANA)[0], own(sqlite_installation, store, BEA)[0]
    assert sum(left) == 34
    assert left == (0, 34)
    clean(sqlite_installation, store)


def test_undone_a_debt_that_still_is_one_goes_back(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    spend(sqlite_installation, store, 49, str(BEA))
    order(sqlite_installation, store, 2, "49.00", status="cancelled")
    done = merge(sqlite_installation, store)
    undo(sqlite_installation, store, done.id)

    assert own(sqlite_installation, store, ANA) == SPENT
    assert own(sqlite_installation, store, BEA) == (0, 0, 39)
    clean(sqlite_installation, store)


def test_undone_points_that_were_released_meanwhile_come_back_released(sqlite_installation: World) -> None:
    store = two(sqlite_installation, program=PENDING)
    done = merge(sqlite_installation, store)
    sqlite_installation.wait(days=14)
    sqlite_installation.mature(store)
    undo(sqlite_installation, store, done.id)

    assert own(sqlite_installation, store, BEA) == (49, 0, 0)
    clean(sqlite_installation, store)


def test_after_the_undoing_a_refund_is_the_first_members_own_again(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    done = merge(sqlite_installation, store)
    order(sqlite_installation, store, 3, "5.00", BEA)
    undo(sqlite_installation, store, done.id)
    order(sqlite_installation, store, 2, "49.00", status="cancelled")
    order(sqlite_installation, store, 3, "5.00", BEA)

    assert own(sqlite_installation, store, ANA) == (10, 0, 0)
    assert own(sqlite_installation, store, BEA) == (5, 0, 0)
    clean(sqlite_installation, store)


def test_a_merge_stays_after_thirty_days_and_is_undone_once(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    done = merge(sqlite_installation, store)
    sqlite_installation.wait(days=30, seconds=1)
    with pytest.raises(Refused, match="more than 30 days"):
        undo(sqlite_installation, store, done.id)
    sqlite_installation.wait(days=-1)
    undo(sqlite_installation, store, done.id)
    with pytest.raises(Refused, match="undone already"):
        undo(sqlite_installation, store, done.id)


def test_who_was_merged_can_be_merged_on_and_the_merges_come_apart_again(sqlite_installation: World) -> None:
    store = two(sqlite_installation)
    order(sqlite_installation, store, 3, "5.00", CLEO)
    first = merge(sqlite_installation, store, BEA, ANA)
    second = merge(sqlite_installation, store, ANA, CLEO)
    assert own(sqlite_installation, store, CLEO) == (64, 0, 0)
    order(sqlite_installation, store, 2, "48.00")
    assert own(sqlite_installation, store, CLEO) == (63, 0, 0)
    with pytest.raises(Refused, match="undo that first"):
        undo(sqlite_installation, store, first.id)

    undo(sqlite_installation, store, second.id)
    undo(sqlite_installation, store, first.id)

    assert [own(sqlite_installation, store, who)[0] for who in (ANA, BEA, CLEO)] == [10, 48, 5]
    clean(sqlite_installation, store)


def test_nobody_is_merged_twice_with_oneself_or_across_stores(sqlite_installation: World) -> None:
    store, elsewhere = two(sqlite_installation), two(sqlite_installation)
    with pytest.raises(Refused, match="already"):
        merge(sqlite_installation, store, ANA, ANA)
    stranger, ours = (id_of(sqlite_installation, one, ANA) for one in (elsewhere, store))
    with (
        sqlite_installation.database.write(store.store_id) as db,
        pytest.raises(Refused, match=f"has no member {stranger}"),
    ):
        merging.merge(db, store, stranger, ours, KEPT, NOW)
    merge(sqlite_installation, store)
    with pytest.raises(Refused, match="merged into"):
        merge(sqlite_installation, store)
    with pytest.raises(Refused, match="already"):
        merge(sqlite_installation, store, ANA, BEA)


def test_a_redemption_taken_back_after_the_merge_gives_its_points_to_the_survivor(
    installation: World,
) -> None:
    store = installation.birch(program=REWARDING, is_offline=False)
    order(installation, store, 1, "10.00", ANA)
    order(installation, store, 2, "49.00", BEA)
    making = Making(WooCommerce(), Sealing(installation.env.secrets), "a" * 32)
    wish = Wish(id_of(installation, store, BEA), "one", None, "k")
    with installation.database.write(store.store_id) as db:
        made = redeem(db, load_terms(db, store), wish, making, installation.now)
    done = merge(installation, store)
    assert own(installation, store, ANA) == (49, 0, 0)

    with installation.database.write(store.store_id) as db:
        cancel(db, store, made.id, installation.now)

    assert own(installation, store, ANA) == (59, 0, 0)
    assert own(installation, store, BEA) == SPENT
    clean(installation, store)
    undo(installation, store, done.id)
    assert own(installation, store, BEA) == (49, 0, 0)
    clean(installation, store)


def test_who_was_merged_redeems_nothing_in_the_old_name(sqlite_installation: World) -> None:
    store = sqlite_installation.birch(program=REWARDING, is_offline=False)
    order(sqlite_installation, store, 1, "10.00", ANA)
    order(sqlite_installation, store, 2, "49.00", BEA)
    merge(sqlite_installation, store)
    making = Making(WooCommerce(), Sealing(sqlite_installation.env.secrets), "a" * 32)
    wish = Wish(id_of(sqlite_installation, store, BEA), "one", None, "k")
    with (
        sqlite_installation.database.write(store.store_id) as db,
        pytest.raises(Refused, match="was merged into"),
    ):
        redeem(db, load_terms(db, store), wish, making, sqlite_installation.now)
