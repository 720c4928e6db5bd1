"""Lines of a file that is half booked when somebody in it is forgotten."""

from __future__ import annotations

from core.db import members, tasks
from core.domain.staff import operator
from core.jobs.tasks import work_on_tasks
from core.services.data_tasks import confirm, go_on
from core.services.erasing import erase
from core.services.identifying import person_of
from core.services.task_files import TaskFile
from core.services.terms import Sealing
from tests.data_files import csv_of, differences, file_of, result, upload
from tests.payloads import an_order
from tests.world import World


def test_they_lose_their_name_and_are_never_booked_and_all_others_are(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    lines = ["Ana@example.com,,5", "gus@example.com,,7", ",7,11"]
    task_id = upload(world, birch, csv_of(lines, "email,customer_id,points"))
    with world.database.write(birch.store_id) as db:
        confirm(db, birch, task_id, "", operator(), world.now)
        tasks.end(db, birch.store_id, task_id, "stopped", world.now)
    sealing = Sealing(world.env.secrets)
    with world.database.write(birch.store_id) as db:
        row = members.by_customer_ref(db, birch.store_id, "7")
        assert row is not None
        ana = person_of(db, birch, row.id, sealing)
        assert ana is not None
        erase(db, birch, ana, world.now, sealing)
    kept = file_of(world, birch, task_id, TaskFile.ROWS)
    assert b"ana@" not in kept
    assert b"gus@example.com" in kept
    with world.database.write(birch.store_id) as db:
        go_on(db, birch, task_id, operator(), world.now)
    work_on_tasks(world.env, birch.store_id)
    booked = result(world, birch, task_id)["booked"]
    assert (booked["lines"], booked["points"], booked["new_members"]) == (1, 7, 1)
    assert differences(world, birch) == []
