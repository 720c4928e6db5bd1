"""Balances that come as a file: looked at first, booked line by line and once, undone to the point."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.db import members, tasks
from core.db.members import Identity
from core.domain.errors import Refused
from core.domain.merging import Source
from core.domain.people import email_key
from core.domain.staff import operator
from core.domain.stores import Store
from core.jobs.forget import forget
from core.jobs.tasks import work_on_tasks
from core.services.data_tasks import EXPORT, ask_undo, confirm, go_on
from core.services.erasing import erase
from core.services.identifying import person_of
from core.services.merging import merge
from core.services.task_files import TaskFile
from core.services.terms import Sealing
from tests.data_files import confirmed, csv_of, differences, exported, file_of, result, task, upload
from tests.payloads import a_refund, an_order
from tests.world import World


def guest(world: World, store: Store, email: str) -> tuple[int, int, int] | None:
    """A guest's (available, pending, debt)."""
    key = email_key(world.env.secrets.identity_key, store.store_id, email)
    with world.database.read(store.store_id) as db:
        row = members.own_by_guest_key(db, store.store_id, key)
    return None if row is None else (row.available_points, row.pending_points, row.debt_points)


def undone(world: World, store: Store, task_id: int) -> dict[str, Any]:
    """The file is undone; what that came to."""
    with world.database.write(store.store_id) as db:
        undo_id = ask_undo(db, store, task_id, operator(), world.now)
    work_on_tasks(world.env, store.store_id)
    assert differences(world, store) == []
    told: dict[str, Any] = result(world, store, undo_id)["undone"]
    return told


def test_points_are_added_once_they_are_confirmed_and_the_file_ties_out(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    data = csv_of(["ana@example.com,100", "gus@example.com,20", "gus,5"])
    task_id = upload(world, birch, data)
    check = result(world, birch, task_id)["check"]
    assert (check["lines"], check["good"], check["problems"], check["new_members"]) == (3, 2, 1, 1)
    assert (check["before"], check["file_points"], check["moved_points"]) == (49, 120, 120)
    assert file_of(world, birch, task_id, TaskFile.PROBLEMS) == (
        b"line,problem\r\n4,\xe2\x80\x9cgus\xe2\x80\x9d is no e-mail address. "
        b"Write one such as ana@example.com.\r\n"
    )
    assert world.total(birch) == 49, "nothing is booked before somebody confirms it"

    confirmed(world, birch, task_id)
    told = result(world, birch, task_id)
    assert told["booked"] == {"lines": 2, "points": 120, "file_points": 120, "new_members": 1}
    assert (told["after"], world.balance(birch), guest(world, birch, "gus@example.com")) == (
        169,
        (149, 0, 0),
        (20, 0, 0),
    )
    assert differences(world, birch) == []
    assert b"ana@example.com" not in file_of(world, birch, task_id, TaskFile.ROWS)


def test_a_balance_is_set_whatever_stood_there_and_below_zero_is_owed(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    world.tell(birch, an_order(2, "30.00", customer_id=8, billing={"email": "finn@example.com"}))
    world.tell(birch, an_order(3, "5.00", customer_id=9, billing={"email": "mallory@example.com"}))
    lines = ["ana@example.com,7", "finn@example.com,-12", "mallory@example.com,5", "gus@example.com,3"]
    task_id = upload(world, birch, csv_of(lines), mode="set")
    check = result(world, birch, task_id)["check"]
    assert (check["file_points"], check["moved_points"], check["unchanged"]) == (3, 3 - 84, 1)
    confirmed(world, birch, task_id)
    balances = [world.balance(birch, ref) for ref in ("7", "8", "9")]
    assert balances == [(7, 0, 0), (0, 0, 12), (5, 0, 0)]
    assert result(world, birch, task_id)["after"] == check["before"] + check["moved_points"] == 3
    assert differences(world, birch) == []
    # What comes pays what is owed.
    confirmed(world, birch, upload(world, birch, csv_of(["finn@example.com,20"])))
    assert world.balance(birch, "8") == (8, 0, 0)
    assert differences(world, birch) == []


@pytest.mark.parametrize("size", [5, 262_144])
def test_b79_somebody_who_stands_twice_counts_once_and_is_named(world: World, size: int) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    lines = [
        "ana@example.com,,1",
        "ANA@example.com,,2",
        ",7,3",
        "gus@example.com,,4",
        "Gus@Example.com,,5",
        "finn@example.com,8,6",
        "finn@example.com,,7",
        "family@example.com,10,8",
        "family@example.com,11,9",
    ]
    task_id = upload(world, birch, csv_of(lines, "email,customer_id,points"), size=size)
    said = file_of(world, birch, task_id, TaskFile.PROBLEMS).decode().splitlines()[1:]
    assert [line.split(",")[0] for line in said] == ["3", "4", "6", "8"]
    assert said[0] == '3,"It is of the same person as line 2, which counts; this one does not."'
    confirmed(world, birch, task_id)
    assert [world.balance(birch, ref)[0] for ref in ("7", "8", "10", "11")] == [50, 6, 8, 9]


def test_a_file_that_is_none_says_why_and_cannot_be_confirmed(world: World) -> None:
    birch = world.connect()
    for data, says in ((b"", "empty"), (b"a,b\n1,2\n", "must name the columns")):
        task_id = upload(world, birch, data)
        row = task(world, birch, task_id)
        assert row.state == "failed"
        assert says in row.problem
        with pytest.raises(Refused, match="not checked"):
            confirmed(world, birch, task_id)
    task_id = upload(world, birch, csv_of(["gus,1"]))
    with pytest.raises(Refused, match="nothing in this file"):
        confirmed(world, birch, task_id)


def test_b80_the_same_file_is_booked_twice_only_if_the_stores_name_is_typed(world: World) -> None:
    birch = world.connect()
    data = csv_of(["gus@example.com,10"])
    first, second, third = (upload(world, birch, data) for _ in range(3))
    confirmed(world, birch, first)
    confirmed(world, birch, first)
    for typed in ("", "birch", "Acorn"):
        with pytest.raises(Refused, match="was booked already"):
            confirmed(world, birch, second, typed)
    assert guest(world, birch, "gus@example.com") == (10, 0, 0)
    confirmed(world, birch, second, "Birch")
    assert guest(world, birch, "gus@example.com") == (20, 0, 0)
    undone(world, birch, first)
    undone(world, birch, second)
    confirmed(world, birch, third)
    assert guest(world, birch, "gus@example.com") == (10, 0, 0)


def test_what_was_added_is_taken_back_to_the_point_even_if_it_was_spent_ended_or_paid_a_debt(
    world: World,
) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    world.tell(birch, an_order(2, "30.00", customer_id=8, billing={"email": "finn@example.com"}))
    confirmed(world, birch, upload(world, birch, csv_of(["finn@example.com,-10"]), mode="set"))
    header = "email,points,expires_at"
    lines = ["ana@example.com,100,", "finn@example.com,25,", "gus@example.com,40,2026-12-02"]
    task_id = upload(world, birch, csv_of(lines, header))
    confirmed(world, birch, task_id)
    assert world.balance(birch, "8") == (15, 0, 0)
    confirmed(world, birch, upload(world, birch, csv_of(["ana@example.com,20"]), mode="set"))
    world.wait(days=3)
    world.mature(birch)
    assert guest(world, birch, "gus@example.com") == (0, 0, 0)

    told = undone(world, birch, task_id)
    assert told == {"lines": 3, "points": 165, "lost_points": 40}
    assert world.balance(birch) == (0, 0, 80)
    assert world.balance(birch, "8") == (0, 0, 10)
    assert guest(world, birch, "gus@example.com") == (0, 0, 0)
    with pytest.raises(Refused, match="and once"):
        undone(world, birch, task_id)


def test_what_was_lowered_comes_back_into_the_lots_it_left(world: World) -> None:
    birch = world.connect()
    confirmed(
        world,
        birch,
        upload(world, birch, csv_of(["gus@example.com,40,2026-12-03"], "email,points,expires_at")),
    )
    task_id = upload(world, birch, csv_of(["gus@example.com,-5"]), mode="set")
    confirmed(world, birch, task_id)
    assert guest(world, birch, "gus@example.com") == (0, 0, 5)
    undone(world, birch, task_id)
    assert guest(world, birch, "gus@example.com") == (40, 0, 0)
    world.wait(days=4)
    world.mature(birch)
    assert guest(world, birch, "gus@example.com") == (0, 0, 0), "they kept their end"
    assert differences(world, birch) == []


def test_what_comes_back_never_goes_into_a_lot_that_ended_once(world: World) -> None:
    birch = world.connect()
    program = {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}],
        "pending_days": 0,
        "expiry": {"kind": "rolling", "days": 10},
    }
    world.apply(birch, json.dumps(program), world.now)
    world.wait(minutes=1)
    world.tell(birch, dated_now(world, 2, "50.00"))
    task_id = upload(world, birch, csv_of(["ana@example.com,20"]), mode="set")
    confirmed(world, birch, task_id)
    world.wait(days=12)
    world.mature(birch)
    # She comes back to life, and so would the end of the lot.
    world.tell(birch, dated_now(world, 3, "5.00"))
    undone(world, birch, task_id)
    world.wait(days=12)
    world.mature(birch)
    assert world.balance(birch) == (30, 0, 0), "what came back has a lot of its own; the order's ended"
    assert differences(world, birch) == []


def dated_now(world: World, ref: int, total: str) -> dict[str, Any]:
    now = f"{world.now:%Y-%m-%dT%H:%M:%S}"
    return an_order(ref, total, date_created_gmt=now, date_modified_gmt=now)


def test_a_member_merged_since_pays_through_the_survivor(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    task_id = upload(world, birch, csv_of(["gus@example.com,30"]))
    confirmed(world, birch, task_id)
    with world.database.write(birch.store_id) as db:
        found = members.ids_by_identity(
            db,
            birch.store_id,
            [
                Identity(customer_ref="7"),
                Identity(
                    guest_key=email_key(world.env.secrets.identity_key, birch.store_id, "gus@example.com")
                ),
            ],
        )
        ana = found.pop(Identity(customer_ref="7"))
        merge(db, birch, next(iter(found.values())), ana, Source.OPERATOR, world.now)
    assert world.balance(birch) == (79, 0, 0)
    undone(world, birch, task_id)
    assert world.balance(birch) == (49, 0, 0)
    # A line that names her by the old address is hers.
    confirmed(world, birch, upload(world, birch, csv_of(["gus@example.com,1"])))
    assert world.balance(birch) == (50, 0, 0)


class Died(BaseException):
    """The worker was killed."""


def test_a_worker_that_dies_between_or_within_portions_books_no_line_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    birch = world.connect()
    data = csv_of([f"gus{n}@example.com,{n}" for n in range(1, 1201)])
    task_id = upload(world, birch, data)
    with world.database.write(birch.store_id) as db:
        confirm(db, birch, task_id, "", operator(), world.now)
    true_change, deaths = tasks.change, [2, 4, 5]

    def dying(db: Any, *of: Any, **values: Any) -> None:
        true_change(db, *of, **values)
        if values.get("place", "").startswith("apply") or values.get("state") == "done":
            deaths[:] = [left - 1 for left in deaths]
            if 0 in deaths:
                raise Died

    monkeypatch.setattr(tasks, "change", dying)
    for _ in range(5):
        try:
            work_on_tasks(world.env, birch.store_id)
        except Died:
            world.wait(minutes=3)
    assert max(deaths) <= 0
    booked = result(world, birch, task_id)["booked"]
    assert booked == {"lines": 1200, "points": 720_600, "file_points": 720_600, "new_members": 1200}
    assert world.total(birch) == 720_600
    assert differences(world, birch) == []


def test_a_booking_that_was_stopped_goes_on_or_is_undone_as_far_as_it_came(world: World) -> None:
    birch = world.connect()
    task_id = upload(world, birch, csv_of([f"gus{n}@example.com,1" for n in range(1200)]))
    with world.database.write(birch.store_id) as db:
        confirm(db, birch, task_id, "", operator(), world.now)
    minutes = iter(range(100))
    hurried = replace(world.env, now=lambda: world.now + timedelta(minutes=next(minutes)))
    assert work_on_tasks(hurried, birch.store_id) == 1
    with world.database.write(birch.store_id) as db:
        assert tasks.end(db, birch.store_id, task_id, "stopped", world.now)
    booked = world.total(birch)
    assert 0 < booked < 1200
    with world.database.write(birch.store_id) as db:
        go_on(db, birch, task_id, operator(), world.now)
    work_on_tasks(world.env, birch.store_id)
    assert world.total(birch) == 1200
    assert undone(world, birch, task_id)["points"] == 1200
    with pytest.raises(Refused, match="cannot go on"), world.database.write(birch.store_id) as db:
        go_on(db, birch, task_id, operator(), world.now)


def test_refunds_after_an_import_find_its_points(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    confirmed(world, birch, upload(world, birch, csv_of(["ana@example.com,5"]), mode="set"))
    confirmed(world, birch, upload(world, birch, csv_of(["ana@example.com,100"])))
    world.tell(birch, an_order(minute=1, refunds=[a_refund("10.00")]))
    assert world.balance(birch) == (95, 0, 0)
    assert differences(world, birch) == []


def test_files_are_dropped_when_their_time_is_over_or_somebody_is_forgotten(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    assert b"ana@example.com" in exported(world, birch)
    with world.database.read(birch.store_id) as db:
        export_id = tasks.newest(db, birch.store_id, EXPORT)[0].id
    waiting = upload(world, birch, csv_of(["ana@example.com,1", "x,2"]))
    booked = upload(world, birch, csv_of(["ana@example.com,2", "x,2"]))
    confirmed(world, birch, booked)
    sealing = Sealing(world.env.secrets)
    with world.database.write(birch.store_id) as db:
        row = members.by_customer_ref(db, birch.store_id, "7")
        assert row is not None
        ana = person_of(db, birch, row.id, sealing)
        assert ana is not None
        erase(db, birch, ana, world.now, sealing)
    assert task(world, birch, waiting).state == "stopped"
    assert "Somebody was forgotten" in task(world, birch, export_id).problem
    kept = {
        (task_id, which): file_of(world, birch, task_id, which)
        for task_id in (export_id, waiting, booked)
        for which in TaskFile
    }
    assert {of for of, data in kept.items() if data} == {(booked, TaskFile.ROWS)}
    assert json.loads(kept[booked, TaskFile.ROWS])[0][1:3] == [None, None]
    world.wait(days=31)
    forget(world.env, birch.store_id)
    assert file_of(world, birch, booked, TaskFile.ROWS) == b""


def test_what_is_being_undone_keeps_its_file_past_the_last_day(world: World) -> None:
    birch = world.connect()
    task_id = upload(world, birch, csv_of(["gus@example.com,5", "finn@example.com,7"]))
    confirmed(world, birch, task_id)
    world.wait(days=29, hours=23)
    with world.database.write(birch.store_id) as db:
        ask_undo(db, birch, task_id, operator(), world.now)
    world.wait(hours=2)
    forget(world.env, birch.store_id)
    work_on_tasks(world.env, birch.store_id)
    assert world.total(birch) == 0
    forget(world.env, birch.store_id)
    assert file_of(world, birch, task_id, TaskFile.ROWS) == b"", "then it goes"


def test_two_stores_never_see_each_others_files(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect("Birch")
    task_id = upload(world, acorn, csv_of(["gus@example.com,10"]))
    with world.database.write(birch.store_id) as db:
        with pytest.raises(Refused):
            confirm(db, birch, task_id, "", operator(), world.now)
        with pytest.raises(Refused):
            go_on(db, birch, task_id, operator(), world.now)
        with pytest.raises(Refused):
            ask_undo(db, birch, task_id, operator(), world.now)
    confirmed(world, acorn, task_id)
    assert guest(world, birch, "gus@example.com") is None
    confirmed(world, birch, upload(world, birch, csv_of(["gus@example.com,10"])))
    assert guest(world, birch, "gus@example.com") == (10, 0, 0)
