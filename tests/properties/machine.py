"""All that can happen to a store and to us, in any order: what must hold is checked after every step."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from core.db import inbox as inbox_rows
from core.db.tables import entries, inbox, members, program_versions
from core.domain.stores import Store
from core.jobs.drain import LeaseLost, drain
from core.jobs.effects import run_effects
from tests.accounts import check_accounts
from tests.deaths import Died, killed_at
from tests.fakes.reachable import ReachableShop, a_fetched_refund, reaching
from tests.payloads import body_of, gmt
from tests.properties.truth import CUSTOMERS, PAID, SAYS_NOTHING, UNPAID, State, Terms, TrueOrder, TrueStore
from tests.spending import spend
from tests.world import NOW, World

LEASE_IS_OVER_S = 21
DRAIN_POINTS = [
    *("store.leased", "drain.claimed", "drain.normalized", "drain.before_commit", "drain.committed"),
    "store.released",
]
FETCH_POINTS = [f"effects.{name}" for name in "leased before_call after_call before_commit committed".split()]

orders = st.integers(0, 2)
cents = st.integers(0, 30_000)
Sums = dict[tuple[str, str], int]
"""Σ earn and revoke entries by order and customer."""


class StoreLife(RuleBasedStateMachine):
    """One store's life, told to us late, twice, in disorder or not at all, while our workers die."""

    def __init__(self, world: World, *, is_offline: bool) -> None:
        super().__init__()
        self.shop = ReachableShop()
        self.world = reaching(world, self.shop)
        self.world.moment[0] = NOW
        self.is_offline = is_offline
        self.seen_entries: dict[int, tuple[object, ...]] = {}

    # The store's own life.

    @initialize(pending_days=st.sampled_from([0, 3]), expiry=st.sampled_from([None, "fixed", "rolling"]))
    def open(self, pending_days: int, expiry: str | None) -> None:
        self.tail = f'"pending_days": {pending_days}'
        if expiry:
            self.tail += f', "expiry": {{"kind": "{expiry}", "days": 5}}'
        self.store = self.world.birch(is_offline=self.is_offline, program=self.program(1, half_up=False))
        self.truth = TrueStore([Terms(NOW - timedelta(days=999), 1, half_up=False)])
        self.place("ana", 4995, 490)
        self.tell(0, 0)
        self.world.drain(self.store)

    def program(self, each: int, *, half_up: bool) -> str:
        rounding = "half-up" if half_up else "floor"
        rule = f'{{"kind": "points_per_unit", "points": {each}, "per_minor": 100, "rounding": "{rounding}"}}'
        return f'{{"earning": [{rule}], {self.tail}}}'

    @precondition(lambda self: len(self.truth.orders) < 3)
    @rule(customer=st.sampled_from(list(CUSTOMERS)), net=cents, shipping=st.sampled_from([0, 490]))
    def place(self, customer: str, net: int, shipping: int) -> None:
        self.world.wait(seconds=1)
        now = self.world.now
        number = len(self.truth.orders) + 1
        self.truth.orders.append(TrueOrder(number, now, [State(now, customer, "processing", net, shipping)]))
        self.put_on_shelf(self.truth.orders[-1])

    def change(self, at: int, *, in_the_same_second: bool = False, **changes: Any) -> None:
        order = self.truth.orders[at % len(self.truth.orders)]
        if not in_the_same_second:
            self.world.wait(seconds=1)
        modified_at = order.now.modified_at if in_the_same_second else self.world.now
        order.states.append(replace(order.now, modified_at=modified_at, **changes))
        self.put_on_shelf(order)

    def put_on_shelf(self, order: TrueOrder) -> None:
        """Make the order what the store answers when it is asked."""
        if order.is_deleted:
            self.shop.orders.pop(str(order.number), None)
            return
        body = order.body(order.now)
        refunds = [a_fetched_refund(told["id"], told["total"].lstrip("-")) for told in body["refunds"]]
        self.shop.hold(body, *refunds)

    @rule(at=orders, status=st.sampled_from([*PAID, *UNPAID, SAYS_NOTHING]))
    def set_status(self, at: int, status: str) -> None:
        self.change(at, status=status)

    @rule(at=orders, net=cents)
    def edit(self, at: int, net: int) -> None:
        self.change(at, net=net)

    @precondition(lambda self: not self.is_offline)
    @rule(at=orders, net=cents)
    def edit_in_the_same_second(self, at: int, net: int) -> None:
        self.change(at, in_the_same_second=True, net=net)

    @rule(at=orders, amount=st.integers(1, 20_000))
    def refund(self, at: int, amount: int) -> None:
        order = self.truth.orders[at % len(self.truth.orders)]
        self.change(at, refunds=(*order.now.refunds, amount))

    @rule(at=orders, customer=st.sampled_from(list(CUSTOMERS)))
    def reassign(self, at: int, customer: str) -> None:
        self.change(at, customer=customer)

    @rule(at=orders)
    def delete(self, at: int) -> None:
        order = self.truth.orders[at % len(self.truth.orders)]
        self.world.wait(seconds=1)
        order.is_deleted = order.was_deleted = True
        self.put_on_shelf(order)

    @rule(at=orders)
    def restore(self, at: int) -> None:
        order = self.truth.orders[at % len(self.truth.orders)]
        if order.is_deleted:
            order.is_deleted = False
            self.change(at)

    @rule(each=st.integers(1, 3), half_up=st.booleans())
    def change_program(self, each: int, half_up: bool) -> None:
        self.world.wait(seconds=1)
        self.world.apply(self.store, self.program(each, half_up=half_up))
        self.truth.terms.append(Terms(self.world.now, each, half_up))
        self.world.wait(seconds=1)

    # What we are told of it.

    def post(self, body: dict[str, Any], topic: str) -> None:
        # WooCommerce's delivery ids are one for each second, whatever is delivered in it.
        headers = {"X-WC-Webhook-Delivery-ID": gmt(self.world.now)}
        assert self.world.post(self.store, body_of(body), topic, headers) == 200

    def told(self) -> int:
        return sum(self.world.inbox(self.store).values())

    @rule(at=orders, which=st.integers(0, 99))
    def tell(self, at: int, which: int) -> None:
        order = self.truth.orders[at % len(self.truth.orders)]
        self.post(order.body(order.states[which % len(order.states)]), "order.updated")

    @rule(at=orders, which=st.integers(0, 99))
    def tell_twice(self, at: int, which: int) -> None:
        self.tell(at, which)
        once = self.told()
        self.tell(at, which)
        assert self.told() == once

    @rule(at=orders)
    def keep_up(self, at: int) -> None:
        """The latest news comes at once and is settled at once, as it mostly is."""
        order = self.truth.orders[at % len(self.truth.orders)]
        if not order.is_deleted:
            self.tell(at, len(order.states) - 1)
        self.world.drain(self.store)

    @rule(at=orders)
    def tell_of_deletion(self, at: int) -> None:
        order = self.truth.orders[at % len(self.truth.orders)]
        if order.was_deleted:
            self.post({"id": order.number}, "order.deleted")

    # Our own work.

    @rule()
    def drain(self) -> None:
        self.world.drain(self.store)

    @rule(point=st.sampled_from(DRAIN_POINTS))
    def die_draining(self, point: str) -> None:
        with suppress(Died):
            drain(killed_at(self.world.env, point), self.store.store_id)
        self.world.wait(seconds=LEASE_IS_OVER_S)

    @rule()
    def overtake(self) -> None:
        """A worker sleeps beyond its lease; another does the work; the first wakes up and has to let go."""

        def sleep(name: str) -> None:
            if name == "drain.normalized":
                self.world.wait(seconds=LEASE_IS_OVER_S)
                self.world.drain(self.store)

        with suppress(LeaseLost):
            drain(replace(self.world.env, reach=sleep), self.store.store_id)

    @rule(point=st.sampled_from(["", *FETCH_POINTS]))
    def fetch(self, point: str) -> None:
        with suppress(Died):
            run_effects(killed_at(self.world.env, point), self.store.store_id)
        if point:
            self.world.wait(seconds=LEASE_IS_OVER_S)

    @rule(days=st.integers(0, 6))
    def mature(self, days: int) -> None:
        self.world.wait(days=days)
        self.world.mature(self.store)
        written = len(self.world.entries(self.store))
        assert self.world.mature(self.store) == 0
        assert len(self.world.entries(self.store)) == written

    @rule(share=st.sampled_from([1, 1, 2]))
    def spend(self, share: int) -> None:
        points = self.world.balance(self.store)[0] // share
        if points:
            spend(self.world, self.store, points)

    # What must hold.

    @invariant()
    def accounts_add_up(self) -> None:
        if hasattr(self, "store"):
            check_accounts(self.world, self.store)

    @invariant()
    def the_ledger_is_only_added_to(self) -> None:
        if hasattr(self, "store"):
            written = {entry.id: tuple(entry) for entry in self.world.entries(self.store)}
            assert {entry_id: written.get(entry_id) for entry_id in self.seen_entries} == self.seen_entries
            self.seen_entries = written

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.tell_all_that_is_true()
            expected = {
                (str(order.number), customer): points
                for order in self.truth.orders
                for customer, points in self.truth.worth(order).items()
            }
            assert sums(self.world, self.store) == expected
            assert set(self.world.inbox(self.store)) <= {"done", "needs_fetch"}
            check_accounts(self.world, self.store)
            assert sums(self.world, self.rebuilt()) == expected

    def tell_all_that_is_true(self) -> None:
        """The last news of every order gets through, old news after it, and all work is done."""
        # Deliveries our workers died of again and again rest, or were given up; the merchant replays them.
        for _ in range(2):
            self.world.wait(minutes=15)
            self.world.drain(self.store)
        with self.world.database.write(self.store.store_id) as db:
            inbox_rows.replay(db, self.store.store_id, self.world.now, row_id=None, states=["dead"])
        for order in self.truth.orders:
            if order.is_deleted:
                self.post({"id": order.number}, "order.deleted")
            elif order.last_word is not None:
                topic = "order.restored" if order.was_deleted else "order.updated"
                self.post(order.body(order.last_word), topic)
            for state in reversed(order.states):
                self.post(order.body(state), "order.updated")
        self.world.drain(self.store)
        if not self.is_offline:
            run_effects(self.world.env, self.store.store_id)
            self.world.drain(self.store)
        assert self.world.drain(self.store) == 0

    def rebuilt(self) -> Store:
        """Another store to which all that was ever delivered here is told once more, all at once."""
        twin = self.world.birch(program=None)
        with self.world.database.write_all() as db:
            for table in (program_versions, inbox):
                kept = db.execute(select(table).where(table.c.store_id == self.store.store_id)).mappings()
                copies = [{**row, "store_id": twin.store_id} for row in kept]
                for copy in copies:
                    if table is inbox:
                        del copy["id"]
                        copy |= {"state": "new", "problem": None, "order_ref": None}
                db.execute(table.delete().where(table.c.store_id == twin.store_id))
                db.execute(table.insert(), copies)
        self.world.drain(twin)
        return twin


def sums(world: World, store: Store) -> Sums:
    """Σ earn and revoke entries by order and customer; zeros are left out."""
    names = {"7": "ana", "8": "finn", None: "gus"}
    added: Sums = defaultdict(int)
    with world.database.read(store.store_id) as db:
        found = db.execute(
            select(entries.c.order_ref, members.c.customer_ref, entries.c.points)
            .join(members, (members.c.store_id == entries.c.store_id) & (members.c.id == entries.c.member_id))
            .where(entries.c.store_id == store.store_id, entries.c.kind.in_(["earn", "revoke"]))
        )
        for order_ref, customer_ref, points in found:
            added[order_ref, names[customer_ref]] += points
    return {key: points for key, points in added.items() if points}
