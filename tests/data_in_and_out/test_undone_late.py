"""A file of balances that is undone after some of its points have met their end."""

from __future__ import annotations

import json

from core.db import tasks
from core.domain.staff import operator
from core.jobs.forget import forget
from core.jobs.tasks import work_on_tasks
from core.services.data_tasks import ask_undo
from core.services.task_files import TaskFile
from tests.admin.merchant import in_words
from tests.admin.people import operator_browser
from tests.data_files import confirmed, csv_of, differences, result, task, upload
from tests.payloads import an_order, gmt
from tests.world import World

ROLLING = json.dumps({"pending_days": 0, "expiry": {"kind": "rolling", "days": 10}})


def an_order_now(world: World, number: int, net: str) -> dict[str, object]:
    at = gmt(world.now)
    return an_order(number, net, date_created_gmt=at, date_modified_gmt=at, date_paid_gmt=at)


def test_points_do_not_come_back_into_a_lot_that_expired_once_and_end_like_others(world: World) -> None:
    birch = world.connect()
    world.apply(birch, ROLLING, world.now)
    world.wait(minutes=1)
    world.tell(birch, an_order_now(world, 2, "50.00"))
    task_id = upload(world, birch, csv_of(["ana@example.com,20"]), mode="set")
    confirmed(world, birch, task_id)
    world.wait(days=12)
    world.mature(birch)
    assert world.balance(birch) == (0, 0, 0)

    world.tell(birch, an_order_now(world, 3, "5.00"))
    with world.database.write(birch.store_id) as db:
        ask_undo(db, birch, task_id, operator(), world.now)
    work_on_tasks(world.env, birch.store_id)
    assert world.balance(birch) == (35, 0, 0)
    world.wait(days=400)
    world.mature(birch)
    assert differences(world, birch) == []


def test_a_file_undone_on_the_last_day_is_undone_whenever_a_worker_comes(world: World) -> None:
    birch = world.connect()
    task_id = upload(world, birch, csv_of(["ana@example.com,30"]))
    confirmed(world, birch, task_id)
    world.wait(days=29, hours=23)
    with world.database.write(birch.store_id) as db:
        ask_undo(db, birch, task_id, operator(), world.now)
    world.wait(days=2)
    forget(world.env, birch.store_id)
    work_on_tasks(world.env, birch.store_id)
    assert world.total(birch) == 0


def test_an_undo_that_does_not_come_to_what_was_booked_is_not_done(world: World) -> None:
    birch = world.connect()
    booked = upload(world, birch, csv_of(f"gus{n}@example.com,10" for n in range(1, 1201)))
    confirmed(world, birch, booked)
    with world.database.write(birch.store_id) as db:
        first = TaskFile.ROWS * 1_000_000
        tasks.drop_parts_between(db, birch.store_id, booked, first + 1, first + 2)
        undo_id = ask_undo(db, birch, booked, operator(), world.now)
    work_on_tasks(world.env, birch.store_id)
    row = task(world, birch, undo_id)
    assert (row.state, world.total(birch)) == ("failed", 7000)
    assert row.problem == (
        "The file booked 12,000 points, and 5,000 of them were taken back. The others are still there: the "
        "list of the file's lines is no longer whole. Compare the members with your file, and adjust what is "
        "left by hand."
    )
    assert differences(world, birch) == []
    page = in_words(operator_browser(world).get(f"/admin/stores/{birch.store_id}/settings/data/{undo_id}"))
    assert "5,000 of them were taken back" in page
    assert "Nothing was booked" not in page


def test_an_undo_of_balances_that_were_set_ties_out_with_lines_that_moved_nothing(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(2, "50.00"))
    first = upload(world, birch, csv_of(["ana@example.com,20", "gus@example.com,30"]), mode="set")
    confirmed(world, birch, first)
    again = upload(world, birch, csv_of(["ana@example.com,20", "gus@example.com,10"]), mode="set")
    confirmed(world, birch, again)
    for task_id in (again, first):
        with world.database.write(birch.store_id) as db:
            undo_id = ask_undo(db, birch, task_id, operator(), world.now)
        work_on_tasks(world.env, birch.store_id)
        assert result(world, birch, undo_id)["undone"]["lines"] in {1, 2}
    assert world.balance(birch) == (50, 0, 0)
