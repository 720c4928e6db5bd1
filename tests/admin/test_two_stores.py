"""Two stores on one server: nothing of one is on any page of the other, and its numbers lead nowhere."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from core.db import members, tables
from core.domain.merging import Source
from core.domain.personal import Person
from core.domain.staff import Role, Who
from core.domain.stores import Store
from core.services.branding import Wanted, save_brand
from core.services.exporting import keep_export
from core.services.keys import make_key
from core.services.merging import merge
from core.services.redeeming import Making, Wish, redeem
from core.services.tasking import ask_task
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.adjusting import adjusted
from tests.admin.people import Browser, staff_browser
from tests.admin.test_guards import guard_of, rules
from tests.payloads import an_order
from tests.world import World

FOREIGN = "Blackwood"
"""A word that stands in every row of Birch that can hold one, and nowhere in Acorn's."""

OF_A_STORE = [table for table in tables.metadata.sorted_tables if "store_id" in table.c]


@dataclass
class Two:
    """Olive owns Acorn; Birch, beside it, is none of her business."""

    world: World
    acorn: Store
    birch: Store
    olive: Browser

    def birchs(self) -> dict[str, list[Any]]:
        """Every row of Birch."""
        with self.world.database.read(self.birch.store_id) as db:
            return {
                table.name: sorted(
                    map(repr, db.execute(select(table).where(table.c.store_id == self.birch.store_id)))
                )
                for table in OF_A_STORE
            }

    def paths(self, rule: Rule, of: Store) -> str:
        """An address in Acorn that names what there is in this store."""
        values: dict[str, Any] = {name: self._value(name, of) for name in rule.arguments}
        return str(rule.build(values | {"store_id": self.acorn.store_id}, append_unknown=False)[1])  # type: ignore[index]

    def _value(self, name: str, store: Store) -> object:
        words = {"what": "file", "kind": "amount_off", "ref": "five", "digest": "0" * 16}
        if name in words:
            return words[name]
        table, column = {
            "member_id": (tables.members, "id"),
            "inbox_id": (tables.inbox, "id"),
            "order_ref": (tables.orders, "order_ref"),
            "task_id": (tables.tasks, "id"),
            "redemption_id": (tables.redemptions, "id"),
            "merge_id": (tables.member_merges, "id"),
            "adjustment_id": (tables.adjustments, "id"),
            "export_id": (tables.exports, "id"),
            "key_id": (tables.api_keys, "id"),
            "staff_id": (tables.staff_roles, "staff_id"),
            "store_id": (tables.leases, "store_id"),
        }[name]
        chosen = select(table.c[column]).where(table.c.store_id == store.store_id).limit(1)
        with self.world.database.read(store.store_id) as db:
            return db.execute(chosen).scalar_one()


@pytest.fixture
def two(sqlite_world: World) -> Two:
    acorn, birch = (live(sqlite_world, name, word) for name, word in (("Acorn", "Hazel"), ("Birch", FOREIGN)))
    olive = staff_browser(sqlite_world, Role.OWNER, acorn)
    staff_browser(sqlite_world, Role.OWNER, birch, name=FOREIGN)
    return Two(sqlite_world, acorn, birch, olive)


def first_order(store: Store) -> int:
    """The number of a store's first order, which stands in no other context."""
    return 770_000 + 1_000 * store.store_id


def live(world: World, name: str, word: str) -> Store:
    """A store with something of everything, in which this word stands wherever people write words."""
    rewards = [{"id": "five", "kind": "amount_off", "cost_points": 10, "amount_minor": 100, "name": word}]
    store = world.connect(name, program=json.dumps({"rewards": rewards, "pending_days": 0}), is_offline=False)
    first = first_order(store)
    for number, customer_id in ((first, 7), (first + 1, 8), (first + 2, 9)):
        person = {"email": f"{customer_id}@{word.lower()}.example", "first_name": "Ana", "last_name": word}
        world.tell(
            store, an_order(number, number=f"{word}-{number}", customer_id=customer_id, billing=person)
        )
    world.post(store, json.dumps({"id": first, "number": word, "status": "x", "total": word}).encode())
    world.drain(store)
    adjusted(world, store, 5, note=word)
    sealing = Sealing(world.env.secrets)
    with world.database.write(store.store_id) as db:
        ana, bea = (members.by_customer_ref(db, store.store_id, ref) for ref in ("7", "8"))
        assert ana is not None
        assert bea is not None
        making = Making(PLATFORM, sealing, world.env.token())
        redeem(db, load_terms(db, store), Wish(ana.id, "five", None, word), making, world.now)
        merge(db, store, bea.id, ana.id, Source.OPERATOR, world.now)
        keep_export(db, store, Person("9", None), word, sealing, world.now)
        make_key(db, store, word, f"{store.store_id:064x}", world.now)
        save_brand(db, store.store_id, Wanted(word, word, "#6d1d66"), 0, Who(word, Role.OWNER), world.now)
        ask_task(db, store.store_id, "export_store", {"of": word}, Who(word, Role.OWNER), world.now)
    return store


def pages_of_a_store(two: Two, method: str) -> list[Rule]:
    return [
        rule
        for rule in rules(two.world)
        if "store_id" in rule.arguments and method in (rule.methods or ()) and guard_of(two.world, rule)
    ]


def test_the_word_stands_on_birchs_own_pages(two: Two) -> None:
    """Else the walk below could not fail."""
    owner = staff_browser(two.world, Role.OWNER, two.birch, name="Bea")
    at = f"/admin/stores/{two.birch.store_id}"
    for path in (
        "/members",
        "/rewards",
        "/activity",
        "/settings/branding",
        "/settings/keys",
        "/settings/staff",
    ):
        assert FOREIGN.lower() in owner.get(at + path).text.lower(), path


def test_no_page_of_acorn_shows_anything_of_birch(two: Two) -> None:
    seen = 0
    for rule in pages_of_a_store(two, "GET"):
        answer = two.olive.get(two.paths(rule, two.acorn))
        assert answer.status_code in {200, 303, 404, 409}, (rule.rule, answer.status_code)
        assert FOREIGN.lower() not in answer.text.lower(), rule.rule
        assert not re.search(rf"\b{first_order(two.birch)}\b", answer.text), rule.rule
        seen += answer.status_code == 200
    assert seen > 25


def test_searching_acorn_for_what_is_birchs_finds_nothing(two: Two) -> None:
    at, order_ref = f"/admin/stores/{two.acorn.store_id}", first_order(two.birch)
    for words in (FOREIGN, f"7@{FOREIGN.lower()}.example", f"{FOREIGN}-{order_ref}", str(order_ref)):
        for path in ("/members", "/activity", "/activity/entries"):
            page = two.olive.get(f"{at}{path}?q={words}").text
            assert not re.search(rf'href="{at}/(members/\d|activity/(deliveries|orders)/)', page), (
                path,
                words,
            )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_birchs_numbers_lead_nowhere_in_acorn_and_change_nothing_in_birch(two: Two, method: str) -> None:
    before, token = two.birchs(), two.olive.token()
    for rule in pages_of_a_store(two, method):
        if not rule.arguments - {"store_id", "what", "kind", "ref", "digest"}:
            continue
        path = two.paths(rule, two.birch)
        data = (
            {"csrf_token": token, "token": "t", "points": "5", "public_note": "x"}
            if method == "POST"
            else None
        )
        answer = two.olive.client.open(path, method=method, data=data)
        assert answer.status_code in {303, 404, 409, 422}, (rule.rule, answer.status_code)
        assert FOREIGN.lower() not in answer.text.lower(), rule.rule
    assert two.birchs() == before
