"""Members with histories of different lengths in one store, and what it costs to go on with them.

Every order goes the product's own way: receiver, inbox, drain. Only the drain is timed.
"""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from benchmarks.beds import looking
from benchmarks.place import Place
from benchmarks.processes import Trouble, python
from benchmarks.sums import WrongSums
from benchmarks.systems import free_port, fresh_database, running_processes
from core.db import members
from core.domain.stores import Store
from core.services.keys import make_key
from tests.accounts import check_accounts
from tests.payloads import ORDERED_AT, a_refund, an_order, body_of, gmt
from tests.spending import spend
from tests.world import World

EACH_POINTS = 5
"""Of an order in a history."""
ORDER_POINTS = 20
"""Of an order that is measured: what four orders of a history hold."""
LONG_AGO = ORDERED_AT - timedelta(days=400)
"""Points of so old an order are spent before all others."""

AWARD, PARTIAL, FULL, SPENT, READ = (
    "award",
    "partial_refund",
    "full_refund",
    "refund_of_spent",
    "balance_read",
)
OPERATIONS = (AWARD, PARTIAL, FULL, SPENT, READ)

Sample = dict[str, list[int]]
"""Nanoseconds of each operation, each time it was done."""


@dataclass(slots=True)
class Histories:
    """A store with one member for each length; for length 0 a new one each time."""

    world: World
    store: Store
    lengths: Sequence[int]
    key: str
    connection: http.client.HTTPConnection
    order_ids: Iterator[int] = field(default_factory=lambda: count(1))
    customers: Iterator[int] = field(default_factory=lambda: count(1_000_000))
    expected: Counter[str] = field(default_factory=Counter)
    """Points by customer, from what was told alone."""

    def build(self, length: int) -> None:
        """Give the member so many orders that nothing was taken from."""
        for _ in range(length):
            self._post(self._order(str(length), next(self.order_ids), EACH_POINTS))
        while self.world.drain(self.store):
            pass
        self.expected[str(length)] += length * EACH_POINTS

    def sample(self, length: int, times: int) -> Sample:
        """Do each operation so many times for a member with a history of this length."""
        spans: Sample = {operation: [] for operation in OPERATIONS}
        for _ in range(times):
            customer = str(length) if length else str(next(self.customers))
            self._refund_in_parts(customer, spans)
            self._refund_spent(customer, spans)
            self._read(customer, spans)
        return spans

    def _refund_in_parts(self, customer: str, spans: Sample) -> None:
        order_id = next(self.order_ids)
        part, rest = a_refund("5.00", order_id * 2), a_refund("15.00", order_id * 2 + 1)
        for operation, minute, refunds in ((AWARD, 0, []), (PARTIAL, 1, [part]), (FULL, 2, [part, rest])):
            order = self._order(customer, order_id, ORDER_POINTS, minute=minute, refunds=refunds)
            spans[operation].append(self._drained_ns(order))

    def _refund_spent(self, customer: str, spans: Sample) -> None:
        """Undo an order whose points were spent: others have to give, or it is a debt."""
        order_id = next(self.order_ids)
        dates = {"date_paid_gmt": gmt(LONG_AGO), "date_created_gmt": gmt(LONG_AGO)}
        self._drained_ns(self._order(customer, order_id, ORDER_POINTS, **dates))
        spend(self.world, self.store, ORDER_POINTS, customer)
        undone = self._order(customer, order_id, ORDER_POINTS, minute=1, status="cancelled", **dates)
        spans[SPENT].append(self._drained_ns(undone))
        self.expected[customer] -= ORDER_POINTS

    def _read(self, customer: str, spans: Sample) -> None:
        """Read the balance over HTTP; it must be what was told."""
        path = f"/api/stores/{self.store.store_id}/members/{self._member_id(customer)}"
        began_ns = time.monotonic_ns()
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {self.key}"})
        response = self.connection.getresponse()
        told = json.loads(response.read())
        spans[READ].append(time.monotonic_ns() - began_ns)
        if (
            response.status != 200
            or told["available_points"] - told["debt_points"] != self.expected[customer]
        ):
            raise WrongSums(f"customer {customer} has {told} instead of {self.expected[customer]} points")

    def _order(self, customer: str, order_id: int, points: int, **changes: Any) -> dict[str, Any]:
        who = {"customer_id": int(customer), "billing": {"email": f"member{customer}@shoppers.example"}}
        return an_order(order_id, f"{points}.00", **{**who, **changes})

    def _post(self, order: dict[str, Any]) -> None:
        if (status := self.world.post(self.store, body_of(order))) != 200:
            raise Trouble(f"a delivery was answered {status}")

    def _drained_ns(self, order: dict[str, Any]) -> int:
        """How long the drain took that settled this one delivery."""
        self._post(order)
        began_ns = time.monotonic_ns()
        settled = self.world.drain(self.store)
        took_ns = time.monotonic_ns() - began_ns
        if settled != 1:
            raise Trouble(f"one delivery was waiting and {settled} were settled")
        return took_ns

    def _member_id(self, customer: str) -> int:
        with self.world.database.read(self.store.store_id) as db:
            row = members.by_customer_ref(db, self.store.store_id, customer)
        if row is None:
            raise WrongSums(f"customer {customer} is no member")
        return int(row.id)

    def check(self) -> dict[str, int]:
        """Points by history, after everything was added up. Raises WrongSums or AssertionError."""
        check_accounts(self.world, self.store)
        for customer, points in self.expected.items():
            available, pending, debt = self.world.balance(self.store, customer)
            if available + pending - debt != points:
                raise WrongSums(f"customer {customer} has {available, pending, debt} instead of {points}")
        return {str(length): self.expected[str(length)] for length in self.lengths if length}


@contextmanager
def histories(place: Place, lengths: Sequence[int]) -> Iterator[Histories]:
    """The product over a fresh database with these histories, and its web server as in production."""
    port = free_port()
    data_dir = place.installation.data_dir
    with fresh_database(place, place.installation.template_url) as url:
        environ, web = (
            place.installation.environ(url, place.redis_url),
            python("cli.serve", "127.0.0.1", str(port)),
        )
        with World.open(url, data_dir) as world, running_processes(place, {"web": web}, environ, port):
            store = world.connect("History")
            with world.database.write(store.store_id) as db:
                key = make_key(db, store, "benchmark", world.env.token()[:32] * 2, world.now).key
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                made = Histories(world, store, lengths, key, connection)
                for length in lengths:
                    made.build(length)
                _count_rows(place, url)
                yield made


def _count_rows(place: Place, url: str) -> None:
    """PostgreSQL counts by itself within a minute or so; here it is not waited for."""
    if place.bed.kind == "postgresql":
        with looking(url) as engine, engine.connect() as db:
            db.exec_driver_sql("ANALYZE")
