"""The page of operations: what waits, what is stuck, whether everything runs, and what to do if not."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import update
from werkzeug.test import TestResponse

from admin.operations import TICK_WORDS, WITHIN_S
from core.db import backups, effects, tables
from core.db.migrate import latest_revision
from core.domain.staff import Role, operator
from core.domain.stores import Store
from core.jobs.beat import TICKS, looks, tick
from core.jobs.bell import EFFECTS
from core.jobs.queue_seen import look_at_queue
from core.services.tasking import ask_task
from tests.admin.people import operator_browser, staff_browser
from tests.admin.test_settings import hidden, in_words, noted
from tests.payloads import an_order
from tests.statements import asked
from tests.world import World, app_over

AT = "/admin/operations"


def ask(
    world: World, store: Store, kind: str, *subjects: str, state: str = "pending", problem: str = ""
) -> None:
    """Calls of a kind, in a state."""
    with world.database.write(store.store_id) as db:
        effects.ask(db, store.store_id, kind, subjects, world.now)
        of_kind = (tables.effects.c.store_id == store.store_id, tables.effects.c.kind == kind)
        db.execute(update(tables.effects).where(*of_kind).values(state=state, problem=problem or None))


def states(world: World, store: Store) -> dict[str, int]:
    with world.database.read(store.store_id) as db:
        return effects.counts(db, store.store_id)


def page(world: World) -> TestResponse:
    return operator_browser(world).get(AT)


@contextmanager
def with_queue(world: World, redis_url: str | None) -> Iterator[World]:
    """The same installation with this queue server."""
    env = replace(world.env, settings=replace(world.env.settings, redis_url=redis_url))
    yield replace(world, env=env, client=app_over(env).test_client())


# -- what waits


def test_it_says_what_waits_in_each_store_and_for_how_long(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect()
    world.tell(birch, an_order(1, currency="USD"))
    world.post(birch, b"no json")
    world.drain(birch)
    world.post(acorn, b'{"id": 2}')
    world.wait(minutes=3)
    words = in_words(page(world))
    assert "One delivery waits to be counted, for 3 minutes." in words
    assert "Acorn 1 3 minutes 0 0 0 0" in words
    assert "Birch 0 – 1 1 0 0" in words


def test_where_nothing_waits_it_says_what_will_stand_there(world: World) -> None:
    words = in_words(page(world))
    for said in (
        "No delivery waits to be counted.",
        "Nothing waits",
        "No call waits",
        "None was made with the command below",
    ):
        assert said in words


def test_it_takes_as_many_queries_for_sixty_stores_as_for_three(sqlite_world: World) -> None:
    world = sqlite_world
    olga = operator_browser(world)

    def fill(times: int) -> int:
        for _ in range(times):
            store = world.birch()
            world.post(store, b'{"id": 2}')
            ask(world, store, effects.FETCH_ORDER, "1", "2")
            with world.database.write(store.store_id) as db:
                ask_task(db, store.store_id, "a kind", {}, operator(), world.now)
        with asked() as sent:
            assert olga.get(AT).status_code == 200
        return len(sent)

    assert fill(3) == fill(57)


# -- what is stuck


@pytest.mark.parametrize("state", ["parked", "failed"])
def test_calls_that_are_stuck_say_why_and_a_button_makes_them_due(world: World, state: str) -> None:
    birch = world.connect()
    ask(world, birch, effects.FETCH_ORDER, "17", "18", state=state, problem="The keys may only read.")
    ask(world, birch, effects.FETCH_CUSTOMER, "7")
    olga = operator_browser(world)
    words = in_words(olga.get(AT))
    assert f"Fetch an order · Birch 2 {'on hold' if state == 'parked' else state}" in words
    assert "Last said: The keys may only read." in words
    answer = olga.send(f"{AT}/calls", store=str(birch.store_id), kind="fetch_order", state=state)
    assert answer.status_code == 303
    assert "2 calls are made again now." in in_words(olga.get(answer.headers["Location"].split("#")[0]))
    assert states(world, birch) == {"pending": 3}
    assert (EFFECTS, birch.store_id) in world.bells.rung
    assert noted(world, birch) == [("Server", "calls.tried_again")]
    olga.send(f"{AT}/calls", store=str(birch.store_id), kind="fetch_order", state=state)
    assert len(noted(world, birch)) == 1


@pytest.mark.parametrize(
    ("store", "kind", "state"),
    [
        ("1", "fetch_order", "done"),
        ("1", "fetch_order", "pending"),
        ("1", "x' OR 1=1", "failed"),
        ("x", "fetch_order", "failed"),
        ("", "", ""),
    ],
)
def test_nothing_else_can_be_made_due(world: World, store: str, kind: str, state: str) -> None:
    birch = world.connect()
    ask(world, birch, effects.FETCH_ORDER, "17", state="done")
    answer = operator_browser(world).send(f"{AT}/calls", store=store, kind=kind, state=state)
    assert answer.status_code == 404
    assert states(world, birch) == {"done": 1}


def test_calls_of_another_store_stay_as_they_are(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect()
    for store in (acorn, birch):
        ask(world, store, effects.FETCH_ORDER, "17")
        with world.database.write(store.store_id) as db:
            effects.park(db, store.store_id, effects.FETCH_ORDER, "no", world.now + timedelta(hours=1))
    operator_browser(world).send(f"{AT}/calls", store=str(birch.store_id), kind="fetch_order", state="parked")
    assert (states(world, acorn), states(world, birch)) == ({"parked": 1}, {"pending": 1})


def test_long_work_is_stopped_where_it_is(world: World) -> None:
    birch = world.connect()
    with world.database.write(birch.store_id) as db:
        task_id = ask_task(db, birch.store_id, "a kind", {}, operator(), world.now, total=10)
    olga = operator_browser(world)
    assert "Birch · a kind" in in_words(olga.get(AT))
    for _ in range(2):
        assert olga.send(f"{AT}/stores/1/tasks/{task_id}/stop").status_code == 303
    assert "a kind" not in in_words(olga.get(AT))
    assert noted(world, birch) == [("Server", "task.stopped")]


# -- whether everything runs


def test_ticks_that_are_overdue_are_late_and_those_of_a_running_beat_are_not(world: World) -> None:
    assert "things were not looked for in time" in in_words(page(world))
    tick(world.env)
    assert "The process “beat” looks for everything in time." in in_words(page(world))
    world.wait(minutes=2)
    words = in_words(page(world))
    assert "Deliveries that wait to be counted 15 seconds Late 2 minutes ago" in words
    assert "Points of every store, looked through once more 1 hour 2 minutes ago" in words


def test_each_tick_is_called_by_words(world: World) -> None:
    named = {one.name for one in (*TICKS, *map(looks, world.env.platforms.values()))}
    assert named == set(TICK_WORDS)


def test_the_checks_of_the_doctor_stand_there_with_what_to_do(world: World) -> None:
    world.env.settings.data_dir.chmod(0o755)
    words = in_words(page(world))
    assert f"Data folder {world.env.settings.data_dir} can be read by others. To do: chmod 700" in words
    assert (
        "Queue server (Redis or Valkey) No queue server is set, so no worker can be rung from here." in words
    )
    assert "Ledger, where points are booked What was booked cannot be changed or deleted" in words


def test_what_the_doctor_says_of_a_store_stands_on_a_page_of_its_own(world: World) -> None:
    birch = world.connect()
    olga = operator_browser(world)
    assert f'href="{AT}/stores/1"' in olga.get(AT).text
    assert "All is well." in in_words(olga.get(f"{AT}/stores/1"))
    world.post(birch, b"no json")
    world.drain(birch)
    words = in_words(olga.get(f"{AT}/stores/1"))
    assert "One thing needs a look." in words
    assert (
        "1 delivery is unreadable and not counted. To do: see why under Activity on the store's page" in words
    )
    assert olga.get(f"{AT}/stores/2").status_code == 404


def test_a_queue_server_that_answers_is_told_with_its_workers(sqlite_world: World, valkey_url: str) -> None:
    with Redis.from_url(valkey_url) as redis, with_queue(sqlite_world, valkey_url) as world:
        redis.flushall()
        redis.sadd("rq:workers:points", "rq:worker:living", "rq:worker:dead")
        redis.set("rq:worker:living", "1")
        redis.rpush("rq:queue:outside", "a", "b")
        words = in_words(page(world))
        redis.flushall()
    assert "answers. It only wakes the workers; all work stands in the database" in words
    assert "Points 1 0 Calls to stores 0 2" in words


@contextmanager
def hanging() -> Iterator[str]:
    """A queue server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"


def test_a_queue_server_that_hangs_is_waited_for_a_quarter_of_a_second_and_told_calmly(
    sqlite_world: World,
) -> None:
    with hanging() as url:
        began_s = time.monotonic()
        assert not look_at_queue(url, WITHIN_S).answers
        assert time.monotonic() - began_s < 0.25
        with with_queue(sqlite_world, url) as world:
            words = in_words(page(world))
    assert "Nothing is lost: the database has all work" in words


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "redis://no.such.host.invalid", "unix:///nowhere"])
def test_a_queue_server_that_is_not_there_breaks_no_page(sqlite_world: World, url: str) -> None:
    with with_queue(sqlite_world, url) as world:
        assert "did not answer within a quarter of a second" in in_words(page(world))


def test_versions_and_sizes_are_those_that_run(world: World) -> None:
    words = in_words(page(world))
    kind = "SQLite" if world.database.is_sqlite else "PostgreSQL"
    assert f"Revision {latest_revision()}, the newest" in words
    assert f"Database {kind}" in words
    assert "Regulars 0." in words
    assert "flask 3." in words


def test_the_last_backup_is_told(world: World) -> None:
    with world.database.write_all() as db:
        backups.add(db, world.now - timedelta(days=3), 12_400_000, has_keys=False)
    words = in_words(page(world))
    assert "The last one was taken 3 days ago: 12.4 MB, read again and found whole." in words
    assert "The keys are not in it" in words


# -- who may


def test_it_is_for_whoever_runs_the_server_and_only_they_are_led_there(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.OWNER, birch)
    assert olive.get(AT).status_code == 403
    assert "Operations" not in olive.get("/admin").text
    olga = operator_browser(world)
    assert f'href="{AT}"' in olga.get("/admin").text
    carried = hidden(olive.get("/admin"))
    assert olive.client.post(f"{AT}/calls", data={**carried, "store": "1"}).status_code == 403
