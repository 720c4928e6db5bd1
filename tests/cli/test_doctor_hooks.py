"""`regulars doctor` names stores whose webhooks are not all at work, and leaves those alone that left us."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from core.db import hooks, stores
from core.domain.stores import Store
from core.jobs.hooks import HOOKS_REFUSED
from integrations.woocommerce.hooks import TOPICS
from tests.cli.conftest import CommandLine
from tests.payloads import an_order
from tests.world import World


def lines(regulars: CommandLine) -> list[dict[str, Any]]:
    """What is said of Birch."""
    checks = json.loads(regulars("doctor", "--json").out)["checks"]
    return [check for check in checks if check["name"] == "store Birch"]


@pytest.fixture
def birch(sqlite_world: World) -> Store:
    """A store that may be called."""
    return sqlite_world.connect(is_offline=False)


def make(world: World, store: Store, topics: tuple[str, ...], minutes_ago: float = 10) -> None:
    """Our webhooks, last seen at work so long ago."""
    at = world.now - timedelta(minutes=minutes_ago)
    with world.database.write(store.store_id) as db:
        for topic in topics:
            hooks.add(db, store.store_id, f"hook-{topic}", topic, at)


def test_webhooks_at_work_are_no_news(regulars: CommandLine, sqlite_world: World, birch: Store) -> None:
    make(sqlite_world, birch, TOPICS)
    (line,) = lines(regulars)
    assert line["is_fine"]


@pytest.mark.usefixtures("birch")
def test_webhooks_made_by_hand_are_none_of_its_business(regulars: CommandLine) -> None:
    (line,) = lines(regulars)
    assert line["is_fine"]


def test_missing_ones_are_named_with_what_helps(
    regulars: CommandLine, sqlite_world: World, birch: Store
) -> None:
    make(sqlite_world, birch, tuple(topic for topic in TOPICS if topic != "order.restored"))
    (line,) = lines(regulars)
    assert line["says"] == "1 of 8 webhooks are missing: order.restored"
    assert line["to_do"].startswith("bin/regulars login-link")


def test_those_not_seen_for_hours_are_counted(
    regulars: CommandLine, sqlite_world: World, birch: Store
) -> None:
    make(sqlite_world, birch, TOPICS[:2], minutes_ago=500)
    make(sqlite_world, birch, TOPICS[2:])
    (line,) = lines(regulars)
    assert line["says"] == "2 of 8 webhooks were last seen at work 8 hours ago"
    assert "beat and workers" in line["to_do"]


def test_a_topic_the_store_refuses_comes_with_what_to_do(
    regulars: CommandLine, sqlite_world: World, birch: Store
) -> None:
    make(sqlite_world, birch, TOPICS)
    with sqlite_world.database.write(birch.store_id) as db:
        stores.raise_notice(db, birch.store_id, HOOKS_REFUSED, "", "It refuses.", sqlite_world.now)
    (line,) = lines(regulars)
    assert line["to_do"].startswith("update WooCommerce")


def test_a_store_that_left_has_one_line_whatever_it_left_behind(
    regulars: CommandLine, sqlite_world: World, birch: Store
) -> None:
    make(sqlite_world, birch, TOPICS[:1], minutes_ago=9_000)
    sqlite_world.post(birch, b"not json")
    sqlite_world.drain(birch)
    sqlite_world.tell(birch, an_order(status="on-its-way", date_paid_gmt=None))
    assert len(lines(regulars)) > 1
    with sqlite_world.database.write(birch.store_id) as db:
        stores.disconnected(db, birch.store_id, sqlite_world.now - timedelta(days=3))
    (line,) = lines(regulars)
    assert line["is_fine"]
    assert not line["to_do"]
