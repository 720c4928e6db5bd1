"""Batches that take the database longer than it lets any statement take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from core.jobs.drain import drain
from tests.payloads import an_order, body_of
from tests.world import World

AT_MOST = 2
"""So many entries the database below gets done in time."""
HOPELESS = 999
"""An order for which it never does."""


@pytest.fixture
def slow_world(postgres_url: str, tmp_path: Path) -> Iterator[World]:
    """A world whose database cancels statements as it does once `statement_timeout` has passed."""
    with create_engine(postgres_url, poolclass=NullPool).begin() as db:
        db.execute(
            text(
                "CREATE FUNCTION cancel() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF (SELECT count(*) > {AT_MOST} OR bool_or(order_ref = '{HOPELESS}') FROM added) THEN "
                "RAISE 'canceling statement due to statement timeout' USING ERRCODE = 'query_canceled'; "
                "END IF; RETURN NULL; END $$"
            )
        )
        db.execute(
            text(
                "CREATE TRIGGER cancel AFTER INSERT ON entries REFERENCING NEW TABLE AS added "
                "FOR EACH STATEMENT EXECUTE FUNCTION cancel()"
            )
        )
    with World.open(postgres_url, tmp_path / "data") as world:
        yield world


def test_a_batch_that_takes_too_long_gets_smaller_until_it_passes(slow_world: World) -> None:
    birch = slow_world.connect()
    for number in range(1, 10):
        slow_world.post(birch, body_of(an_order(number)))
    slow_world.drain(birch)
    slow_world.drain(birch)
    assert slow_world.points(birch) == [49] * 9


def test_it_gets_smaller_although_each_run_has_time_for_two_tries_only(slow_world: World) -> None:
    birch = slow_world.connect()
    for number in range(1, 17):
        slow_world.post(birch, body_of(an_order(number)))

    def take_long(point: str) -> None:
        if point == "drain.normalized":
            slow_world.wait(seconds=15)

    for _ in range(9):
        drain(replace(slow_world.env, reach=take_long), birch.store_id)
    assert slow_world.points(birch) == [49] * 16


def test_a_delivery_that_alone_takes_too_long_is_charged_a_try_and_the_others_go_on(
    slow_world: World,
) -> None:
    birch = slow_world.connect()
    for number in (1, HOPELESS, 2):
        slow_world.post(birch, body_of(an_order(number)))
    slow_world.drain(birch)
    assert slow_world.points(birch) == [49, 49]
    assert slow_world.inbox(birch) == {"done": 2, "new": 1}
