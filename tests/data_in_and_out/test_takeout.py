"""Everything of a store leaves as a file and comes in elsewhere with identical balances."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.db import effects, members, tables, tasks
from core.db.takeouts import KINDS, STAYS
from core.domain.errors import Refused
from core.domain.merging import Source
from core.domain.staff import operator
from core.domain.stores import Store
from core.jobs.replay import replay_store
from core.jobs.tasks import work_on_tasks
from core.services.data_tasks import IMPORT, ask_export, confirm
from core.services.erasing import erase
from core.services.identifying import person_of
from core.services.merging import merge
from core.services.merging import undo as unmerge
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.data_files import (
    as_objects,
    confirmed,
    csv_of,
    differences,
    exported,
    result,
    taken_in,
    task,
    upload,
    without_ids,
)
from tests.payloads import a_refund, an_order
from tests.workplace import ROOT
from tests.world import World

REWARDING = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}],
        "pending_days": 3,
        "expiry": {"kind": "fixed", "days": 30},
        "rewards": [{"id": "one", "kind": "amount_off", "cost_points": 10, "amount_minor": 100, "stock": 9}],
    }
)


def member_id(world: World, store: Store, ref: str) -> int:
    with world.database.read(store.store_id) as db:
        row = members.own_by_customer_ref(db, store.store_id, ref)
    assert row is not None
    return int(row.id)


def merged(world: World, store: Store, one: str, other: str) -> int:
    ids = [member_id(world, store, ref) for ref in (one, other)]
    with world.database.write(store.store_id) as db:
        return int(merge(db, store, ids[0], ids[1], Source.OPERATOR, world.now).id)


def redeemed(world: World, store: Store, ref: str, key: str) -> int:
    owner = member_id(world, store, ref)
    with world.database.write(store.store_id) as db:
        making = Making(PLATFORM, Sealing(world.env.secrets), world.env.token() + "0" * 20)
        wish = Wish(owner, "one", None, key)
        return int(redeem(db, load_terms(db, store), wish, making, world.now).id)


def a_full_life(world: World, **changes: Any) -> Store:
    """A store in which everything has happened once."""
    birch = world.connect(is_offline=False, **changes)
    world.tell(birch, an_order())
    for number, (ref, email) in enumerate((("8", "finn"), ("9", "bea"), ("0", "gus")), 2):
        of: dict[str, Any] = {"customer_id": int(ref), "billing": {"email": f"{email}@example.com"}}
        world.tell(birch, an_order(number, f"{number}0.00", **of))
    world.apply(birch, REWARDING, world.now)
    redeemed(world, birch, "7", "k1")
    world.tell(birch, an_order(minute=1, refunds=[a_refund("45.00")]))
    merge_id = merged(world, birch, "9", "8")
    merged(world, birch, "8", "7")
    world.tell(birch, an_order(2, "20.00", customer_id=8, minute=2, refunds=[a_refund("5.00")]))
    world.tell(birch, an_order(1001, "33.00", date_created_gmt="2026-12-01T12:30:00"))
    world.wait(days=40)
    world.mature(birch)
    confirmed(world, birch, upload(world, birch, csv_of(["gus@example.com,-9"]), mode="set"))
    with world.database.write(birch.store_id) as db:
        assert merge_id
        db.execute(tables.store_rates.insert().values(_rate(birch, world)))
    return birch


def _rate(store: Store, world: World) -> dict[str, Any]:
    return {"store_id": store.store_id, "currency": "USD", "rate": "0.9", "set_at": world.now}


def balances(world: World, store: Store) -> list[tuple[Any, ...]]:
    with world.database.read(store.store_id) as db:
        rows = db.execute(
            select(tables.members)
            .where(tables.members.c.store_id == store.store_id)
            .order_by(tables.members.c.id)
        )
        return [(r.customer_ref, r.available_points, r.pending_points, r.debt_points) for r in rows]


@pytest.fixture
def elsewhere(world: World, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Another installation, with other secrets, over the other kind of database."""
    other = "postgres_url" if world.database.is_sqlite else "other_sqlite_url"
    with World.open(request.getfixturevalue(other), tmp_path / "elsewhere") as opened:
        opened.moment[0] = world.now
        yield opened


@pytest.fixture
def other_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "other.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


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
    assert (replayed.orders, replayed.differing) == (5, 0)
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
        f"{kind.name}.{column.name}"
        for kind in KINDS
        for column in kind.columns
        if f"`{column.name}`" not in rows[kind.name]
    ]
    assert missing == []
