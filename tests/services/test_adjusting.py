"""Points by hand: once for each form, within bounds, and undone to the very sum."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.db.tables import lots
from core.domain.errors import Refused
from core.domain.staff import Role, Who, operator
from core.domain.stores import Store
from core.services.adjusting import TokenTaken, TooMany, notes_of, public_notes
from core.services.terms import Sealing
from tests.adjusting import adjusted, differences, undone
from tests.payloads import a_refund, an_order
from tests.spending import spend
from tests.world import SMALLEST_PROGRAM, World

YEARLY = SMALLEST_PROGRAM[:-1] + ', "expiry": {"kind": "fixed", "days": 365}}'
DAILY = SMALLEST_PROGRAM[:-1] + ', "expiry": {"kind": "fixed", "days": 1}}'
ED = Who("Ed", Role.SUPPORT, staff_id=3, most_points=500)


def anas_store(world: World, program: str = SMALLEST_PROGRAM) -> Store:
    """A store in which Ana has 49 points."""
    store = world.connect(program=program)
    world.tell(store, an_order())
    return store


def sound(world: World, store: Store) -> bool:
    return differences(world, store) == []


def test_points_given_can_be_spent_at_once_and_end_as_the_program_in_force_says(world: World) -> None:
    store = anas_store(world, YEARLY)
    row = adjusted(world, store, 25)
    assert world.balance(store) == (74, 0, 0)
    entry = world.entries(store)[-1]
    assert (entry.kind, entry.points, entry.reason) == ("adjust", 25, "25 points added by hand")
    with world.database.read(store.store_id) as db:
        lot = db.execute(select(lots).where(lots.c.entry_key == f"adjust:{row.id}")).one()
    assert lot.available_at == world.now
    assert timedelta(days=365) < lot.expires_at - world.now < timedelta(days=366)
    assert sound(world, store)


def test_the_note_stands_beside_the_entry_and_not_in_it(world: World) -> None:
    store = anas_store(world)
    row = adjusted(world, store, 25)
    key, sealing = f"adjust:{row.id}", Sealing(world.env.secrets)
    with world.database.read(store.store_id) as db:
        assert public_notes(db, store.store_id, [key, "order:1042:1"], sealing) == {
            key: "Sorry for the late parcel"
        }
    notes = notes_of(row, sealing)
    assert notes is not None
    assert notes.private == "Carrier held it"
    assert b"parcel" not in row.notes
    assert all("parcel" not in entry.reason for entry in world.entries(store))


def test_the_same_form_sent_twice_is_one_adjustment(world: World) -> None:
    store = anas_store(world)
    first = adjusted(world, store, 25, token="form")
    again = adjusted(world, store, 25, token="form")
    assert again.id == first.id
    assert world.balance(store) == (74, 0, 0)
    with pytest.raises(TokenTaken) as caught:
        adjusted(world, store, 30, token="form")
    assert caught.value.row.points == 25


@pytest.mark.parametrize("points", [10**12, 1_000_001, -1_000_001, 0])
def test_one_adjustment_is_bounded(sqlite_world: World, points: int) -> None:
    store = anas_store(sqlite_world)
    with pytest.raises(TooMany):
        adjusted(sqlite_world, store, points, may_owe=True)
    assert sqlite_world.balance(store) == (49, 0, 0)


@pytest.mark.parametrize("note", ["", "x" * 121])
def test_the_member_is_told_why_in_a_sentence(sqlite_world: World, note: str) -> None:
    with pytest.raises(Refused):
        adjusted(sqlite_world, anas_store(sqlite_world), 1, note=note)


def test_no_more_is_taken_than_there_is_and_the_refusal_says_what_works(world: World) -> None:
    store = anas_store(world)
    with pytest.raises(TooMany, match=r"There are 49 points that can be taken\. Enter −49 or more"):
        adjusted(world, store, -50)
    adjusted(world, store, -49)
    assert world.balance(store) == (0, 0, 0)
    assert sound(world, store)


def test_who_runs_the_program_may_take_what_is_not_there_and_support_may_not(world: World) -> None:
    store = anas_store(world)
    with pytest.raises(Refused, match="Only a manager"):
        adjusted(world, store, -60, who=ED, may_owe=True)
    row = adjusted(world, store, -60, may_owe=True)
    assert world.balance(store) == (0, 0, 11)
    assert sound(world, store)
    undone(world, store, row.id)
    assert world.balance(store) == (49, 0, 0)
    assert sound(world, store)


def test_what_ends_today_anyhow_is_not_what_is_taken(world: World) -> None:
    store = anas_store(world, DAILY)
    world.wait(days=3)
    with pytest.raises(TooMany, match="There are 0 points"):
        adjusted(world, store, -10)
    adjusted(world, store, -60, may_owe=True)
    assert world.balance(store) == (0, 0, 11)
    world.mature(store)
    assert sound(world, store)


def test_points_given_pay_a_debt_first_and_undoing_brings_it_back(world: World) -> None:
    store = anas_store(world)
    spend(world, store, 49)
    world.tell(store, an_order(minute=1, refunds=[a_refund("30.00")]))
    assert world.balance(store) == (0, 0, 30)
    row = adjusted(world, store, 50)
    assert world.balance(store) == (20, 0, 0)
    undone(world, store, row.id)
    assert world.balance(store) == (0, 0, 30)
    assert sound(world, store)


def test_undoing_takes_the_rest_of_the_lot_then_other_points_then_makes_a_debt(world: World) -> None:
    store = anas_store(world)
    row = adjusted(world, store, 25)
    spend(world, store, 60)
    assert world.balance(store) == (14, 0, 0)
    undone(world, store, row.id)
    assert world.balance(store) == (0, 0, 11)
    assert world.total(store) == -11
    assert sound(world, store)


def test_undoing_takes_its_own_lot_and_leaves_the_others_alone(world: World) -> None:
    store = anas_store(world)
    row = adjusted(world, store, 25)
    adjusted(world, store, 5)
    undone(world, store, row.id)
    with world.database.read(store.store_id) as db:
        left = db.execute(select(lots.c.remaining_points).order_by(lots.c.id)).scalars().all()
    assert left == [49, 0, 5]


def test_what_had_expired_is_not_taken_twice(world: World) -> None:
    store = anas_store(world, DAILY)
    row = adjusted(world, store, 25)
    world.wait(days=3)
    world.mature(store)
    assert world.balance(store) == (0, 0, 0)
    undone(world, store, row.id)
    assert world.balance(store) == (0, 0, 0)
    assert [(one.kind, one.points) for one in world.entries(store)[-2:]] == [
        ("adjust", -25),
        ("restore", 25),
    ]
    assert sound(world, store)


def test_what_was_taken_goes_back_into_the_very_lots(world: World) -> None:
    store = anas_store(world)
    adjusted(world, store, 25)
    row = adjusted(world, store, -60)
    undone(world, store, row.id)
    with world.database.read(store.store_id) as db:
        left = db.execute(select(lots.c.remaining_points).order_by(lots.c.id)).scalars().all()
    assert left == [49, 25]
    assert sound(world, store)


def test_what_goes_back_after_its_lot_ended_lives_a_month(world: World) -> None:
    store = anas_store(world, DAILY)
    world.wait(days=-11)
    row = adjusted(world, store, -9)
    world.wait(days=14)
    world.mature(store)
    undone(world, store, row.id)
    assert world.balance(store) == (9, 0, 0)
    world.wait(days=32)
    world.mature(store)
    assert world.balance(store) == (0, 0, 0)
    assert sound(world, store)


def test_a_debt_that_was_paid_since_comes_back_as_points(world: World) -> None:
    store = anas_store(world)
    row = adjusted(world, store, -60, may_owe=True)
    adjusted(world, store, 20)
    assert world.balance(store) == (9, 0, 0)
    undone(world, store, row.id)
    assert world.balance(store) == (69, 0, 0)
    assert sound(world, store)


def test_undoing_pays_a_debt_that_came_meanwhile(world: World) -> None:
    store = anas_store(world)
    row = adjusted(world, store, -40)
    world.tell(store, an_order(minute=1, refunds=[a_refund("30.00")]))
    assert world.balance(store) == (0, 0, 21)
    undone(world, store, row.id)
    assert world.balance(store) == (19, 0, 0)
    assert sound(world, store)


def test_undone_twice_is_undone_once(world: World) -> None:
    store = anas_store(world)
    row = adjusted(world, store, 25)
    first = undone(world, store, row.id)
    assert undone(world, store, row.id) == first
    assert world.balance(store) == (49, 0, 0)


def test_after_thirty_days_it_stays(sqlite_world: World) -> None:
    store = anas_store(sqlite_world)
    row = adjusted(sqlite_world, store, 25)
    sqlite_world.wait(days=30)
    sqlite_world.wait(seconds=1)
    with pytest.raises(Refused, match="more than 30 days old"):
        undone(sqlite_world, store, row.id)


def test_support_undoes_their_own_and_who_runs_the_program_anybodys(sqlite_world: World) -> None:
    store = anas_store(sqlite_world)
    mine, olives = adjusted(sqlite_world, store, 5, who=ED), adjusted(sqlite_world, store, 5)
    with pytest.raises(Refused, match="made this adjustment"):
        undone(sqlite_world, store, olives.id, who=ED)
    undone(sqlite_world, store, mine.id, who=ED)
    undone(sqlite_world, store, olives.id, who=operator())


def test_a_limit_counts_all_members_and_both_directions_until_the_stores_day_is_over(world: World) -> None:
    store = anas_store(world)
    world.tell(store, an_order(2, customer_id=8))
    adjusted(world, store, 300, who=ED)
    adjusted(world, store, -20, who=ED, to="8")
    with pytest.raises(TooMany, match="500 points a day, and 180 of today's are left"):
        adjusted(world, store, 181, who=ED)
    adjusted(world, store, 500, who=replace(ED, staff_id=4))
    adjusted(world, store, 180, who=ED)
    # 12:00 in London's time is 13:00 in Berlin, where the day is over eleven hours later.
    world.wait(hours=10, minutes=59)
    with pytest.raises(TooMany):
        adjusted(world, store, 1, who=ED)
    world.wait(minutes=2)
    adjusted(world, store, 500, who=ED)


def test_what_was_undone_before_anything_was_spent_counts_no_more(world: World) -> None:
    store = anas_store(world)
    undone(world, store, adjusted(world, store, 400, who=ED).id, who=ED)
    spent = adjusted(world, store, 500, who=ED)
    spend(world, store, 300)
    undone(world, store, spent.id, who=ED)
    with pytest.raises(TooMany, match="0 of today's"):
        adjusted(world, store, 1, who=ED)


def test_nobody_adjusts_who_is_no_member_of_the_store(sqlite_world: World) -> None:
    store = anas_store(sqlite_world)
    elsewhere = sqlite_world.connect("Acorn")
    row = adjusted(sqlite_world, store, 5)
    with pytest.raises(Refused, match="no adjustment"):
        undone(sqlite_world, elsewhere, row.id)
