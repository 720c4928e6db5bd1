"""PostgreSQL is killed in the middle of everything and comes back: what was accepted counts, exactly once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db.migrate import upgrade
from tests import servers
from tests.delivering import free_port, is_healthy
from tests.eventually import at_leisure, eventually
from tests.robust.queue_server import QueueServer
from tests.robust.sending import Sender, sending
from tests.robust.shops import (
    Shop,
    assert_exact,
    bodies_kept,
    let_time_pass,
    nothing_waits,
    open_shop,
)
from tests.workplace import Workplace

DOWN_S = 1.5
QUICKLY_S = 1.0


@pytest.fixture
def mortal_postgres() -> Iterator[servers.MortalPostgres]:
    """A PostgreSQL server of the test's own, as safe as it comes."""
    with servers.mortal_postgres() as server:
        yield server


@pytest.fixture
def place(
    mortal_postgres: servers.MortalPostgres, queue_server: QueueServer, tmp_path: Path
) -> Iterator[Workplace]:
    """An installation on it."""
    mortal_postgres.sql("CREATE DATABASE regulars")
    url = mortal_postgres.url("regulars")
    upgrade(url)
    with Workplace.open(url, queue_server.url, tmp_path) as opened:
        yield opened


def test_nothing_accepted_is_lost_when_postgresql_is_killed_in_mid_work_and_nothing_is_accepted_without_it(
    place: Workplace, mortal_postgres: servers.MortalPostgres
) -> None:
    world = place.world
    shops = [open_shop(world, "Birch", 300, seed=7), open_shop(world, "Acorn", 300, seed=8)]
    port = free_port()
    running = [
        place.run("cli.serve", "127.0.0.1", str(port)),
        place.worker("points"),
        place.run("worker", "beat"),
    ]
    eventually(lambda: is_healthy(port))

    with sending(port, shops, pause_s=0.02) as sender:
        eventually(lambda: len(sender.accepted()) > 100)
        mortal_postgres.crash()
        died_s = time.monotonic()
        time.sleep(DOWN_S)
        back_s = time.monotonic()
        accepted = sender.accepted()
        mortal_postgres.start()
        assert_refused_quickly(sender, died_s, back_s)
        kept = set[bytes]().union(*(bodies_kept(world, shop.store) for shop in shops))
        assert set(accepted) <= kept

    assert [process.poll() for process in running] == [None] * 3
    assert_all_is_settled(place, shops)


def assert_refused_quickly(sender: Sender, died_s: float, back_s: float) -> None:
    """Without a database every delivery was answered 503, and soon."""
    refused = sender.between(died_s, back_s)
    assert len(refused) > 5
    assert {answer.status for answer in refused} == {503}
    assert max(answer.took_s for answer in refused) < at_leisure(QUICKLY_S)


def assert_all_is_settled(place: Workplace, shops: list[Shop]) -> None:
    let_time_pass(place.world)
    eventually(lambda: nothing_waits(place.world, shops))
    for shop in shops:
        assert_exact(place.world, shop)
