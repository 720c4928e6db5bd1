"""`regulars key`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine
from tests.payloads import an_order
from tests.world import World


def reading(world: World, path: str, key: str) -> int:
    return world.client.get(path, headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_is_made_opens_its_store_and_is_revoked(regulars_anywhere: CommandLine, world: World) -> None:
    store = world.connect()
    world.tell(store, an_order())
    made = regulars_anywhere("key", "create", "--store", "Birch", "--note", "the till", "--json").json
    path = "/api/stores/Birch/members/1"
    assert made["store_id"] == store.store_id
    assert made["balance_url"].endswith("/api/stores/Birch/members/MEMBER_ID")
    assert reading(world, path, made["key"]) == 200

    revoked = regulars_anywhere("key", "revoke", made["key_id"], "--json").json
    assert revoked["key_id"] == made["key_id"]
    assert reading(world, path, made["key"]) == 401


def test_two_keys_are_never_the_same(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect()
    made = [regulars("key", "create", "--store", "Birch", "--json").json["key"] for _ in range(2)]

    assert len(set(made)) == 2
    assert {len(key.rpartition("_")[2]) for key in made} == {64}


def test_a_key_is_shown_once_and_never_listed(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect()
    said = regulars("key", "create", "--store", "Birch", "--note", "the till").out
    key = said.split()[1]
    assert f"Authorization: Bearer {key}" in said
    assert "cannot be shown again" in said

    listed = regulars("key", "list")
    assert "the till" in listed.out
    assert key[-64:] not in listed.out + regulars("key", "list", "--json").out


def test_keys_are_listed_for_all_stores_or_one(regulars: CommandLine, sqlite_world: World) -> None:
    assert "No key was made yet" in regulars("key", "list").out
    for name in ("Acorn", "Birch"):
        sqlite_world.connect(name)
        regulars("key", "create", "--store", name, "--note", name.lower())
    regulars("key", "revoke", 1)

    listed = regulars("key", "list", "--json").lines
    keys = [(one["store"], one["note"], one["revoked_at"] is None) for one in listed]
    assert keys == [("Acorn", "acorn", False), ("Birch", "birch", True)]
    assert [one["key_id"] for one in regulars("key", "list", "--store", "Birch", "--json").lines] == [2]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create", "--store", "Acorn"), "No store is called “Acorn”"),
        (("create", "--store", "Birch", "--note", "x" * 201), "at most 200 printable characters"),
        (("revoke", "7"), "There is no key 7"),
        (("revoke", "1"), "Key 1 was revoked before"),
    ],
)
def test_what_cannot_be_done_is_refused(
    regulars: CommandLine, sqlite_world: World, words: tuple[str, ...], sentence: str
) -> None:
    sqlite_world.connect()
    regulars("key", "create", "--store", "Birch")
    regulars("key", "revoke", 1)

    assert sentence in regulars("key", *words).refusal
