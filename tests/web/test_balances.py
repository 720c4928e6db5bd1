"""Balances over HTTP: for whoever holds a key of the store's, and for nobody else."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import pytest
from sqlalchemy import select

from core.db import members
from core.db.tables import api_keys
from core.domain.stores import Store
from core.services.keys import revoke_key
from tests.payloads import an_order
from tests.web.conftest import Site
from tests.world import World

STRANGE_KEYS = [
    "regulars_1_" + "0" * 63,
    "regulars_999999_" + "0" * 64,
    "regulars_99999999999999999999_" + "0" * 64,
    "'; DROP TABLE members; --",
    "0" * 64,
]


def ana_of(world: World, store: Store) -> int:
    """Ana's id after she ordered for 49 points."""
    world.tell(store, an_order())
    with world.database.read(store.store_id) as db:
        row = members.by_customer_ref(db, store.store_id, "7")
    assert row is not None
    return int(row.id)


def test_a_key_opens_the_balances_of_its_store_by_name_and_by_id(site: Site) -> None:
    store = site.world.birch()
    ana, key = ana_of(site.world, store), site.key(store).key
    for name in (quote(store.name), store.store_id):
        found = site.get(f"/api/stores/{name}/members/{ana}", key)
        assert (found.status, found.headers["Content-Type"]) == (200, "application/json")
        assert found.json == {
            "member_id": ana,
            "available_points": 49,
            "pending_points": 0,
            "debt_points": 0,
        }
        assert found.headers["Cache-Control"] == "no-store"


def test_the_balance_is_the_one_of_this_moment(site: Site) -> None:
    store = site.world.birch()
    ana, key = ana_of(site.world, store), site.key(store).key
    site.world.tell(store, an_order(minute=1, status="cancelled"))

    assert site.get(f"/api/stores/{store.store_id}/members/{ana}", key).json["available_points"] == 0


def refused(site: Site, path: str, key: str | None = None, **headers: str) -> str:
    """The code of a 401, which says how to do better."""
    found = site.get(path, key, **headers)
    assert (found.status, found.headers["WWW-Authenticate"]) == (401, 'Bearer realm="regulars"')
    return str(found.json["error"]["code"])


def test_without_a_key_nothing_is_told_not_even_whether_the_store_is_there(site: Site) -> None:
    store = site.world.birch()
    ana, key = ana_of(site.world, store), site.key(store).key
    for path in (f"/api/stores/{store.store_id}/members/{ana}", "/api/stores/nowhere/members/1"):
        assert refused(site, path) == "bad_key"
        assert refused(site, path, Authorization=f"Basic {key}") == "bad_key"
        assert refused(site, path, Authorization=key) == "bad_key"


@pytest.mark.parametrize("key", STRANGE_KEYS)
def test_what_is_no_key_opens_nothing(site: Site, key: str) -> None:
    store = site.world.birch()

    assert refused(site, f"/api/stores/{store.store_id}/members/1", key) == "bad_key"


def test_a_key_that_claims_another_store_opens_nothing(site: Site) -> None:
    acorn, birch = site.world.birch(), site.world.birch()
    key = site.key(birch).key.replace(f"_{birch.store_id}_", f"_{acorn.store_id}_")

    assert refused(site, f"/api/stores/{acorn.store_id}/members/1", key) == "bad_key"


def test_a_revoked_key_opens_nothing_from_the_next_request_on(site: Site) -> None:
    store = site.world.birch()
    ana, made = ana_of(site.world, store), site.key(store)
    path = f"/api/stores/{store.store_id}/members/{ana}"
    assert site.get(path, made.key).status == 200
    with site.world.database.write_all() as db:
        revoke_key(db, made.key_id, site.world.now)

    assert refused(site, path, made.key) == "bad_key"
    assert site.get(path, site.key(store).key).status == 200


def test_other_stores_and_their_members_are_as_unknown_as_those_nobody_knows(site: Site) -> None:
    acorn, birch = site.world.birch(), site.world.birch()
    ana, finn, key = ana_of(site.world, acorn), ana_of(site.world, birch), site.key(birch).key
    told = []
    for path in (
        f"/api/stores/{birch.store_id}/members/{ana}",
        f"/api/stores/{acorn.store_id}/members/{ana}",
        f"/api/stores/{acorn.store_id}/members/{finn}",
        f"/api/stores/nowhere/members/{finn}",
        f"/api/stores/{birch.store_id}/members/987654321",
        f"/api/stores/{birch.store_id}/members/{'9' * 30}",
        f"/api/stores/{birch.store_id}/members/-1",
        f"/api/stores/{birch.store_id}/members/ana@example.com",
        f"/api/stores/{birch.store_id}/members/{quote('٣')}",
        f"/api/stores/{birch.store_id}/members/customer:7%00",
        f"/api/stores/{birch.store_id}/members/customer:%ED%A0%80",
        f"/api/stores/{birch.store_id}/members/customer:{'7' * 5000}",
    ):
        found = site.get(path, key)
        error = found.json["error"]
        told.append((found.status, error["code"], error["message"], found.headers["Cache-Control"]))

    assert len(set(told)) == 1
    assert told[0][:2] == (404, "not_found")


def test_a_slash_at_the_end_is_no_redirect(site: Site) -> None:
    store = site.world.birch()
    ana, key = ana_of(site.world, store), site.key(store).key

    assert site.get(f"/api/stores/{store.store_id}/members/{ana}/", key).status == 200


def test_keys_are_kept_as_digests_alone(site: Site) -> None:
    store = site.world.birch()
    made = site.key(store, "the till")
    with site.world.database.read(store.store_id) as db:
        row = db.execute(select(api_keys).where(api_keys.c.id == made.key_id)).mappings().one()

    assert row["digest"] == hashlib.sha256(made.key.encode()).digest()
    assert made.key not in str(dict(row))
    assert made.key[-64:] not in str(dict(row))
