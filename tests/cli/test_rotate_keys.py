"""`regulars rotate-keys`: everything encrypted is encrypted anew, whichever table it is in."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary, select

from core.config.secrets import Secrets, add_key, ensure_secrets
from core.db import attempts, sealed, tasks
from core.db.schema import metadata
from core.db.sealed import Spot
from core.domain.personal import Person
from core.domain.staff import Role, operator
from core.services.excluding import exclude
from core.services.exporting import keep_export
from core.services.resealing import left_behind, reseal_all
from core.services.tasking import ask_task
from core.services.terms import Sealing
from tests.adjusting import adjusted
from tests.admin.people import staff_browser
from tests.cli.conftest import CommandLine
from tests.payloads import an_order
from tests.shopify_install import acorn
from tests.world import World

NOT_SEALED = {"inbox.body", "brands.logo", "brands.logo_small"}
"""Bytes of any length that are as the store sent them, or that everybody may see."""


def values(world: World) -> dict[str, list[bytes]]:
    """What is in every sealed column."""
    with world.database.read_all() as db:
        return {
            spot.name: [value.sealed for value in sealed.values_after(db, spot, None)]
            for spot in sealed.spots()
        }


@pytest.fixture
def full(world: World) -> Iterator[World]:
    """Something in every sealed column."""
    with acorn(world) as shop:
        assert shop.visit().status_code == 200
        birch = world.connect()
        world.tell(birch, an_order(billing={"email": "ana@example.com", "first_name": "Ana"}))
        keep_keys_that_came(world)
        adjusted(world, birch, 5)
        staff_browser(world, Role.VIEWER, birch)
        with world.database.write(birch.store_id) as db:
            task_id = ask_task(db, birch.store_id, "a kind", {}, operator(), world.now)
            tasks.add_part(db, birch.store_id, task_id, 0, world.env.secrets.seal({"line": "1"}))
            exclude(db, birch, 1, operator(), "why", world.now, sealing=Sealing(world.env.secrets))
            keep_export(db, birch, Person("7", None), "1", Sealing(world.env.secrets), world.now)
        yield world


def keep_keys_that_came(world: World) -> None:
    """Keys of a store that is being connected, not proven yet."""
    attempt = {
        "platform": "woocommerce",
        "state_digest": bytes(32),
        "session_digest": bytes(32),
        "url": "https://birch.example",
        "made_at": world.now,
        "ends_at": world.now,
    }
    with world.database.write_all() as db:
        attempt_id = attempts.add(db, attempt)
        attempts.keep_keys(db, attempt_id, world.env.secrets.seal({"consumer_key": "ck_1"}), world.now)


def test_every_column_that_could_be_sealed_says_whether_it_is() -> None:
    marked = {spot.name for spot in sealed.spots()}
    possible = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length is None
    }
    assert possible - NOT_SEALED == marked


def test_nothing_sealed_lies_where_rotating_does_not_look(full: World) -> None:
    marked = {spot.name for spot in sealed.spots()}
    with full.database.read_all() as db:
        for table in metadata.sorted_tables:
            for row in db.execute(select(table)).mappings():
                for name, value in row.items():
                    is_sealed = isinstance(value, bytes | str) and str(value).startswith(("gAAAA", "b'gAAAA"))
                    assert not is_sealed or f"{table.name}.{name}" in marked
    assert all(found for found in values(full).values()), "no test would notice a column without values"


def test_everything_is_sealed_anew_and_the_old_key_opens_nothing_any_more(
    full: World, regulars_anywhere: CommandLine
) -> None:
    before = values(full)
    [old] = json.loads(full.env.settings.secrets_file.read_text())["encryption_keys"]
    told = regulars_anywhere("rotate-keys", "--stopped", "--json").json
    assert told == {"resealed": sum(map(len, before.values())), "old_keys_dropped": True}
    after = ensure_secrets(full.env.settings)
    assert old not in after.encryption_keys
    assert len(after.encryption_keys) == 1
    assert after.identity_key == full.env.secrets.identity_key
    for found in values(full).values():
        assert all(after.unseal(value) for value in found)


def test_a_rotation_stopped_half_way_goes_on_where_it_was(
    full: World, regulars_anywhere: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_key(full.env.settings)
    secrets = ensure_secrets(full.env.settings)
    original = sealed.replace_value
    changed: list[Spot] = []

    def stop_after_two(db: object, spot: Spot, *rest: object) -> None:
        if len(changed) == 2:
            raise KeyboardInterrupt
        changed.append(spot)
        original(db, spot, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(sealed, "replace_value", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        reseal_all(full.database, secrets, lambda _: None)
    monkeypatch.undo()
    assert left_behind(full.database, secrets) > 0
    assert regulars_anywhere("rotate-keys", "--stopped", "--json").json["old_keys_dropped"]
    assert ensure_secrets(full.env.settings).encryption_keys == secrets.encryption_keys[:1]


def test_more_values_than_fit_into_a_portion_are_all_sealed_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "PORTION", 2)
    monkeypatch.setattr("core.services.resealing.PORTION", 2)
    for number in range(5):
        world.connect(f"Birch {number}")
    fresh, held = Fernet.generate_key().decode(), world.env.secrets
    keys = Secrets((fresh, *held.encryption_keys), held.identity_key)
    assert reseal_all(world.database, keys, lambda _: None) == 5
    assert left_behind(world.database, keys) == 0


def test_it_wants_everything_stopped(regulars: CommandLine) -> None:
    assert "Stop every process" in regulars("rotate-keys").refusal
