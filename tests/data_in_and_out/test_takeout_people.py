"""What people did and are called leaves with a store: names, notes, adjustments, exclusions, the brand."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.db import members, tables
from core.domain.adjusting import Notes, adjust_key
from core.domain.staff import operator
from core.domain.stores import Store
from core.jobs.replay import replay_store
from core.services.adjusting import notes_of, public_notes
from core.services.branding import brand_of, logo_content
from core.services.erasing import erase
from core.services.excluding import exclude
from core.services.finding import find
from core.services.identifying import person_of
from core.services.terms import Sealing
from tests.adjusting import adjusted, undone
from tests.data_files import as_objects, confirmed, csv_of, differences, exported, taken_in, upload
from tests.data_in_and_out.lives import a_full_life, balances, handled, member_id
from tests.payloads import an_order, gmt
from tests.world import World


def moved_to(elsewhere: World, world: World, store: Store, *, is_same_store: bool = True) -> Store:
    """The same store at another installation, which has numbered rows of its own before."""
    other = elsewhere.connect("Acorn")
    elsewhere.tell(other, an_order())
    adjusted(elsewhere, other, 1)
    elsewhere.moment[0] = world.now
    moved = elsewhere.connect(url=store.url)
    taken_in(elsewhere, moved, exported(world, store), is_same_store=is_same_store)
    return moved


def made(world: World, store: Store) -> list[Any]:
    """The adjustments of a store."""
    of_store = tables.adjustments.c.store_id == store.store_id
    with world.database.read(store.store_id) as db:
        return list(db.execute(select(tables.adjustments).where(of_store).order_by(tables.adjustments.c.id)))


@pytest.mark.parametrize("is_same_store", [True, False])
def test_names_are_found_where_the_store_went_and_forgotten_there(
    world: World, elsewhere: World, is_same_store: bool
) -> None:
    birch = world.connect()
    billed = {"email": "ana@example.com", "first_name": "Ana María", "last_name": "O’Hara"}
    world.tell(birch, an_order(billing=billed))
    world.tell(birch, an_order(2, customer_id=8, billing={"email": "finn@example.com"}))
    file = exported(world, birch)
    names = [(o["given_name"], o["family_name"]) for o in as_objects(file) if o["type"] == "member"]
    assert names == [("Ana María", "O’Hara"), (None, None)]
    moved = moved_to(elsewhere, world, birch, is_same_store=is_same_store)
    sealing = Sealing(elsewhere.env.secrets)
    with elsewhere.database.write(moved.store_id) as db:
        (ana,) = find(db, moved.store_id, "maria ohara", sealing).member_ids
        sealed = members.sealed_name(db, moved.store_id, ana)
        assert sealed is not None
        assert sealing.open_name(sealed).full == "Ana María O’Hara"
        person = person_of(db, moved, ana, sealing)
        assert person is not None
        erase(db, moved, person, elsewhere.now, sealing)
        assert find(db, moved.store_id, "maria", sealing).member_ids == frozenset()
    assert b"Ana" not in exported(elsewhere, moved)


def test_the_same_name_told_again_is_not_sealed_anew_after_the_move(world: World, elsewhere: World) -> None:
    birch = world.connect()
    billed = {"email": "ana@example.com", "first_name": "Ana", "last_name": "O’Hara"}
    world.tell(birch, an_order(billing=billed))
    moved = moved_to(elsewhere, world, birch)

    def kept() -> Any:
        with elsewhere.database.read(moved.store_id) as db:
            of_store = tables.persons.c.store_id == moved.store_id
            return tuple(db.execute(select(tables.persons).where(of_store)).one())

    before = kept()
    elsewhere.tell(moved, an_order(2, billing=billed))
    assert kept() == before


def test_an_adjustment_is_undone_after_the_move_to_the_very_sum(world: World, elsewhere: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(status="completed"))
    world.mature(birch)
    given, taken, both = (adjusted(world, birch, points) for points in (30, -20, 7))
    undone(world, birch, both.id)
    assert differences(world, birch) == []
    moved = moved_to(elsewhere, world, birch)
    there = made(elsewhere, moved)
    assert [(row.points, row.who, row.staff_id) for row in there] == [
        (row.points, row.who, None) for row in made(world, birch)
    ]
    assert there[0].id != given.id
    for place, store, ids in (
        (world, birch, (given.id, taken.id, both.id)),
        (elsewhere, moved, [row.id for row in there]),
    ):
        for adjustment_id in ids:
            undone(place, store, adjustment_id)
            undone(place, store, adjustment_id)
        assert differences(place, store) == []
    assert balances(elsewhere, moved) == balances(world, birch) == [("7", 49, 0, 0)]
    assert replay_store(elsewhere.env, moved, lambda _done: None).differing == 0


def test_notes_stand_beside_their_entries_after_the_move_and_the_form_still_counts_once(
    world: World, elsewhere: World
) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    adjusted(world, birch, 12, token="a form", note="Für „dich“")
    moved = moved_to(elsewhere, world, birch)
    (row,) = made(elsewhere, moved)
    sealing = Sealing(elsewhere.env.secrets)
    assert notes_of(row, sealing) == Notes("Für „dich“", "Carrier held it")
    key = adjust_key(row.id)
    with elsewhere.database.read(moved.store_id) as db:
        assert public_notes(db, moved.store_id, [key], sealing) == {key: "Für „dich“"}
    assert adjusted(elsewhere, moved, 12, token="a form").id == row.id


def test_no_note_about_the_forgotten_leaves(world: World, elsewhere: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    adjusted(world, birch, 12, note="Sorry, Ana")
    sealing = Sealing(world.env.secrets)
    with world.database.write(birch.store_id) as db:
        person = person_of(db, birch, 1, sealing)
        assert person is not None
        erase(db, birch, person, world.now, sealing)
    assert b"Ana" not in exported(world, birch)
    moved = moved_to(elsewhere, world, birch)
    (row,) = made(elsewhere, moved)
    assert (row.points, row.notes) == (12, None)


def test_who_was_excluded_stays_so_and_for_the_same_orders(world: World, elsewhere: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    handled(world, birch)
    moved = moved_to(elsewhere, world, birch)
    for place, store in ((world, birch), (elsewhere, moved)):
        place.tell(store, an_order(61, "70.00", 9, date_created_gmt=gmt(place.now)))
        # Told anew, it is of the time in which it was placed.
        place.tell(store, an_order(60, "70.00", 9, date_created_gmt="2026-12-02T13:00:00"))
        assert differences(place, store) == []
        assert replay_store(place.env, store, lambda _done: None).differing == 0
    assert balances(elsewhere, moved) == balances(world, birch)
    # Once more means nothing: she is excluded.
    with elsewhere.database.write(moved.store_id) as db:
        sealing = Sealing(elsewhere.env.secrets)
        exclude(db, moved, member_id(elsewhere, moved, "7"), operator(), "", elsewhere.now, sealing=sealing)


def test_how_points_are_called_and_look_goes_along_over_what_was_chosen_here(
    world: World, elsewhere: World
) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    handled(world, birch)
    moved = moved_to(elsewhere, world, birch)
    with world.database.read(birch.store_id) as db:
        before = brand_of(db, birch.store_id)
        assert before.logo is not None
        picture = logo_content(db, birch.store_id, before.logo.digest)
    with elsewhere.database.read(moved.store_id) as db:
        assert brand_of(db, moved.store_id) == before
        assert logo_content(db, moved.store_id, before.logo.digest) == picture


def test_a_file_of_balances_in_each_place_keeps_keys_apart_however_often_a_store_moves(
    world: World, elsewhere: World
) -> None:
    store, places = world.connect(), (world, elsewhere)
    world.tell(store, an_order())
    for number in range(4):
        here, there = places[number % 2], places[1 - number % 2]
        confirmed(here, store, upload(here, store, csv_of(["ana@example.com,5"])), "Birch")
        file, balance = exported(here, store), balances(here, store)
        there.moment[0] = here.now
        store = there.connect(f"Birch {number}")
        taken_in(there, store, file)
        assert balances(there, store) == balance
        assert differences(there, store) == []
    keys = [one.key for one in world.entries(store)]
    assert sum(key.startswith("moved:") for key in keys) == 4
    assert len(set(keys)) == len(keys)


def test_rows_are_listed_portion_by_portion_without_loss(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    birch = a_full_life(world)
    whole = exported(world, birch)
    monkeypatch.setattr("core.db.takeouts.PORTION", 1)
    assert as_objects(exported(world, birch))[1:-1] == as_objects(whole)[1:-1]


def test_the_note_of_a_line_of_balances_is_nowhere_in_the_ledger(world: World) -> None:
    birch = world.connect()
    file = csv_of(["ana@example.com,5,Ana moved house"], "email,points,note")
    task_id = upload(world, birch, file)
    confirmed(world, birch, task_id)
    (entry,) = world.entries(birch)
    assert entry.reason == "brought over in a file of balances"
