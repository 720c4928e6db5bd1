"""A file of balances that is undone after some of its points have met their end."""

from __future__ import annotations

import json

from core.domain.staff import operator
from core.jobs.forget import forget
from core.jobs.tasks import work_on_tasks
from core.services.data_tasks import ask_undo
from tests.data_files import confirmed, csv_of, differences, upload
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
