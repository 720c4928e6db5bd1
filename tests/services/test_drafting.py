"""Drafts of a program: two people never write over each other, and publishing changes nothing earned."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.db import changes, programs
from core.domain.errors import Refused
from core.domain.staff import Role, Who
from core.domain.stores import Store
from core.services.drafting import (
    NO_DRAFT,
    Draft,
    DraftChanged,
    draft_of,
    drop_draft,
    publish_draft,
    save_draft,
)
from core.services.programming import Applied
from core.services.terms import load_terms
from tests.payloads import an_order, gmt
from tests.world import SMALLEST_PROGRAM, World

OLIVE, MARA = Who("Olive", Role.OWNER), Who("Mara", Role.MANAGER)


def double(points: int = 2) -> str:
    program: dict[str, Any] = json.loads(SMALLEST_PROGRAM)
    program["earning"][0]["points"] = points
    return json.dumps(program)


def save(world: World, store: Store, text: str, seen: int, who: Who = OLIVE) -> Draft:
    with world.database.write(store.store_id) as db:
        return save_draft(db, load_terms(db, store), text, seen, who, world.now)


def publish(world: World, store: Store, seen: int, at: datetime | None = None) -> Applied:
    with world.database.write(store.store_id) as db:
        return publish_draft(db, load_terms(db, store), seen, OLIVE, at, world.now)


def standing(world: World, store: Store) -> Draft:
    with world.database.read(store.store_id) as db:
        return draft_of(db, load_terms(db, store), world.now)


def test_a_draft_is_nothing_to_orders_until_it_is_published(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1))
    assert save(world, birch, double(), NO_DRAFT).revision == 1
    world.tell(birch, an_order(2))
    world.wait(days=1)
    assert publish(world, birch, 1).version == 3
    world.tell(birch, an_order(3, date_created_gmt=gmt(world.now + timedelta(hours=1))))
    world.tell(birch, an_order(1, minute=5))
    assert world.points(birch) == [49, 49, 99]
    assert not standing(world, birch).is_begun


def test_who_saves_over_what_they_did_not_see_is_told_and_nothing_is_lost(world: World) -> None:
    birch = world.connect()
    save(world, birch, double(2), NO_DRAFT, OLIVE)
    for seen in (NO_DRAFT, 7):
        with pytest.raises(DraftChanged) as changed:
            save(world, birch, double(3), seen, MARA)
        assert changed.value.theirs.changed_by == "Olive"
    with pytest.raises(DraftChanged):
        publish(world, birch, 7)
    with pytest.raises(DraftChanged), world.database.write(birch.store_id) as db:
        drop_draft(db, load_terms(db, birch), 7, world.now)
    assert standing(world, birch).revision == 1
    assert save(world, birch, double(3), 1, MARA).revision == 2
    assert standing(world, birch).changed_by == "Mara"


def test_a_draft_that_is_what_is_live_is_none(world: World) -> None:
    birch = world.connect()
    save(world, birch, double(), NO_DRAFT)
    assert not save(world, birch, SMALLEST_PROGRAM, 1).is_begun
    with pytest.raises(Refused, match="nothing to publish"):
        publish(world, birch, NO_DRAFT)


def test_the_history_says_who_published_what_and_what_stood_there_before(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    save(world, birch, double(), NO_DRAFT)
    publish(world, birch, 1, world.now + timedelta(days=3))
    with world.database.read(birch.store_id) as db:
        [noted] = changes.newest(db, birch.store_id, 5)
        version = programs.versions_of(db, birch.store_id)[-1]
    assert (noted.who, noted.action, noted.subject) == ("Olive", "program.published", "version 3")
    assert json.loads(noted.before)["version"] == 2
    assert json.loads(json.loads(noted.after)["program"])["earning"][0]["points"] == 2
    assert (version.applied_by, version.effective_from) == ("Olive", world.now + timedelta(days=3))
