"""Everything of a store leaves as a file and comes in elsewhere with identical balances."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core.db import effects, tables, tasks
from core.db.takeouts import KINDS, STAYS
from core.domain.errors import Refused
from core.domain.staff import operator
from core.jobs.replay import replay_store
from core.jobs.tasks import work_on_tasks
from core.services.data_tasks import IMPORT, ask_export, confirm
from core.services.erasing import erase
from core.services.identifying import person_of
from core.services.merging import undo as unmerge
from core.services.terms import Sealing
from tests.data_files import (
    as_objects,
    confirmed,
    differences,
    exported,
    result,
    taken_in,
    task,
    upload,
    without_ids,
)
from tests.data_in_and_out.lives import (
    a_full_life,
    balances,
    merged,
)
from tests.payloads import a_refund, an_order
from tests.workplace import ROOT
from tests.world import World


def test_everything_comes_in_as_it_left_member_by_member_and_line_by_line(
    world: World, elsewhere: World
) -> None:
    birch = a_full_life(world)
    assert differences(world, birch) == []
    file = exported(world, birch)
    elsewhere.connect("Acorn")
    elsewhere.tell(elsewhere.connect("Cedar"), an_order())
    elsewhere.moment[0] = world.now
    moved = elsewhere.connect("Birch again", url=birch.url, is_offline=False)
    told = taken_in(elsewhere, moved, file)
    assert told["check"]["points"] == told["taken_in"]["points"]
    assert told["check"]["is_same_place"]

    assert balances(elsewhere, moved) == balances(world, birch)
    assert without_ids(exported(elsewhere, moved)) == without_ids(file)
    assert differences(elsewhere, moved) == []
    replayed = replay_store(elsewhere.env, moved, lambda _done: None)
    assert (replayed.orders, replayed.differing) == (7, 0)
    with elsewhere.database.read(moved.store_id) as db:
        of_store = tables.effects.c.store_id == moved.store_id
        asked = list(db.execute(select(tables.effects.c.kind).where(of_store)).scalars())
    wanted = {effects.MAKE_CODE, effects.FETCH_ORDER}
    assert set(asked) == wanted, "what was on its way is asked for again"


def test_life_goes_on_after_the_move_as_it_would_have_gone_on_before(world: World, elsewhere: World) -> None:
    birch = a_full_life(world)
    file = exported(world, birch)
    moved = elsewhere.connect(url=birch.url, is_offline=False)
    elsewhere.moment[0] = world.now
    taken_in(elsewhere, moved, file)
    for place, store in ((world, birch), (elsewhere, moved)):
        place.tell(store, an_order(minute=9, refunds=[a_refund("49.95")]))
        place.tell(store, an_order(3, "30.00", minute=9, status="cancelled", customer_id=9))
        place.tell(store, an_order(77, "200.00", date_created_gmt="2027-01-10T12:00:00", customer_id=9))
        gus: dict[str, Any] = {"customer_id": 0, "billing": {"email": "gus@example.com"}}
        place.tell(store, an_order(78, "80.00", date_created_gmt="2027-01-10T12:00:00", **gus))
        place.wait(days=5)
        place.mature(store)
        assert differences(place, store) == []
    assert balances(elsewhere, moved) == balances(world, birch)


def test_a_merge_that_moved_with_the_store_is_undone_there(world: World, elsewhere: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    world.tell(birch, an_order(2, "20.00", customer_id=8, billing={"email": "finn@example.com"}))
    merged(world, birch, "8", "7")
    acorn = elsewhere.connect("Acorn")
    elsewhere.tell(acorn, an_order())
    elsewhere.tell(acorn, an_order(2, customer_id=8))
    merged(elsewhere, acorn, "8", "7")
    moved = elsewhere.connect(url=birch.url)
    taken_in(elsewhere, moved, exported(world, birch))
    with elsewhere.database.write(moved.store_id) as db:
        merge_id = db.execute(
            select(tables.member_merges.c.id).where(tables.member_merges.c.store_id == moved.store_id)
        ).scalar_one()
        unmerge(db, moved, merge_id, elsewhere.now)
    assert balances(elsewhere, moved) == [("7", 49, 0, 0), ("8", 20, 0, 0)]
    assert differences(elsewhere, moved) == []


def test_another_store_takes_points_by_address_and_no_numbers(world: World, elsewhere: World) -> None:
    birch = a_full_life(world)
    file = exported(world, birch)
    oak = elsewhere.connect("Oak", is_offline=False)
    elsewhere.moment[0] = world.now
    task_id = upload(elsewhere, oak, file, IMPORT)
    check = result(elsewhere, oak, task_id)["check"]
    assert (check["is_same_place"], check["is_same_platform"]) == (False, True)
    confirmed(elsewhere, oak, task_id, is_same_store=False)
    assert [row[1:] for row in balances(elsewhere, oak)] == [row[1:] for row in balances(world, birch)]
    assert {row[0] for row in balances(elsewhere, oak)} == {None}
    assert differences(elsewhere, oak) == []
    # Its own order 1042 has nothing to do with the other store's, and its customer 7 is whoever that is.
    before = elsewhere.total(oak)
    new = {"email": "new@example.com"}
    elsewhere.tell(oak, an_order(date_created_gmt="2027-01-10T12:00:00", billing=new))
    assert elsewhere.total(oak) - before == 49
    assert elsewhere.balance(oak, "7") == (49, 0, 0)
    assert differences(elsewhere, oak) == []
    assert replay_store(elsewhere.env, oak, lambda _done: None).differing == 0


def test_the_file_is_of_one_moment_and_says_what_it_holds(world: World) -> None:
    birch = a_full_life(world)
    file = exported(world, birch)
    lines = as_objects(file)
    closing = lines[-1]
    body = file[: file.rindex(b'{"type":"end"')]
    assert closing["sha256"] == hashlib.sha256(body).hexdigest()
    assert closing["lines"] == len(lines) - 1
    points = closing["points"]
    assert points["entries"] == points["available"] + points["pending"] - points["debt"]
    emails = {line["email"] for line in lines if line["type"] == "member"}
    assert emails == {f"{name}@example.com" for name in ("ana", "finn", "bea", "gus")}
    assert b"webhook-secret" not in file


def test_what_was_forgotten_leaves_without_a_name(world: World, elsewhere: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    sealing = Sealing(world.env.secrets)
    with world.database.write(birch.store_id) as db:
        ana = person_of(db, birch, 1, sealing)
        assert ana is not None
        erase(db, birch, ana, world.now, sealing)
    file = exported(world, birch)
    assert b"ana@example.com" not in file
    moved = elsewhere.connect(url=birch.url)
    taken_in(elsewhere, moved, file)
    assert balances(elsewhere, moved) == [(None, 49, 0, 0)]


def test_a_store_at_work_is_not_filled_and_another_currency_is_refused(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    file = exported(world, birch)
    task_id = upload(world, birch, file, IMPORT)
    assert "only while a store is empty" in task(world, birch, task_id).problem
    yen = world.connect("Yen", "JPY")
    task_id = upload(world, yen, file, IMPORT)
    assert "counts in JPY" in task(world, yen, task_id).problem

    # What came between the look and the click is seen, too.
    oak = world.connect("Oak")
    task_id = upload(world, oak, file, IMPORT)
    world.tell(oak, an_order())
    confirmed(world, oak, task_id, is_same_store=True)
    row = task(world, oak, task_id)
    assert row.state == "failed"
    assert "only while a store is empty" in row.problem
    assert world.points(oak) == [49]


class Died(BaseException):
    """The worker was killed."""


def test_a_worker_that_dies_while_taking_in_leaves_nothing_and_the_next_one_does_all(
    world: World, elsewhere: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    birch = a_full_life(world)
    file = exported(world, birch)
    moved = elsewhere.connect(url=birch.url)
    task_id = upload(elsewhere, moved, file, IMPORT)
    with elsewhere.database.write(moved.store_id) as db:
        confirm(db, moved, task_id, "", operator(), elsewhere.now, chosen={"is_same_store": True})
    true_change, deaths = tasks.change, [1]

    def dying(db: Any, *of: Any, **values: Any) -> None:
        true_change(db, *of, **values)
        if values.get("state") == "done" and deaths:
            deaths.pop()
            raise Died

    monkeypatch.setattr(tasks, "change", dying)
    with pytest.raises(Died):
        work_on_tasks(elsewhere.env, moved.store_id)
    assert balances(elsewhere, moved) == []
    elsewhere.wait(minutes=3)
    work_on_tasks(elsewhere.env, moved.store_id)
    assert task(elsewhere, moved, task_id).state == "done"
    assert balances(elsewhere, moved) == balances(world, birch)
    assert differences(elsewhere, moved) == []


def test_an_export_that_was_interrupted_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    birch = a_full_life(world)
    true_add, deaths = tasks.add_part, [1]

    def dying(*of: Any) -> None:
        true_add(*of)
        if deaths and of[3] == 1:
            deaths.pop()
            raise Died

    monkeypatch.setattr("core.jobs.takeout_tasks.AT_ONCE", 1)
    monkeypatch.setattr("core.jobs.takeout_tasks.in_parts", lambda pieces: pieces)
    monkeypatch.setattr(tasks, "add_part", dying)
    with world.database.write(birch.store_id) as db:
        task_id = ask_export(db, birch, operator(), world.now)
    with pytest.raises(Died):
        work_on_tasks(world.env, birch.store_id)
    with pytest.raises(Refused, match="being made already"):
        exported(world, birch)
    world.wait(minutes=3)
    work_on_tasks(world.env, birch.store_id)
    assert task(world, birch, task_id).state == "done"
    assert without_ids(exported(world, birch))


def test_a_store_too_large_for_a_worker_is_told_what_to_do(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    with sqlite_world.database.write(birch.store_id) as db:
        task_id = ask_export(db, birch, operator(), sqlite_world.now)

    def now() -> Any:
        sqlite_world.wait(seconds=100)
        return sqlite_world.now

    work_on_tasks(replace(sqlite_world.env, now=now), birch.store_id)
    row = task(sqlite_world, birch, task_id)
    assert (row.state, "bin/regulars store export" in row.problem) == ("failed", True)


def test_every_table_of_a_store_leaves_with_it_or_stays_for_a_reason() -> None:
    leaving = {kind.table.name for kind in KINDS}
    of_a_store = {table.name for table in tables.metadata.sorted_tables if "store_id" in table.c}
    assert of_a_store - leaving - STAYS.keys() == set()
    assert leaving & STAYS.keys() == set()


def test_no_column_that_is_sealed_or_keyed_with_a_secret_of_ours_leaves() -> None:
    leaving = [column for kind in KINDS for column in kind.columns]
    assert [str(column) for column in leaving if column.info.get("is_sealed")] == []
    assert not {"guest_key", "email_key"} & {column.name for column in leaving}


def test_every_field_of_the_file_is_documented() -> None:
    rows = dict(
        line.removeprefix("| `").split("` |", 1)
        for line in (ROOT / "docs" / "export.md").read_text("utf-8").splitlines()
        if line.startswith("| `")
    )
    missing = [
        f"{kind.name}.{name}"
        for kind in KINDS
        for name in (*(column.name for column in kind.columns), *kind.beside)
        if f"`{name}`" not in rows[kind.name]
    ]
    assert missing == []
