"""The whole product in one process: real database, real receiver, real drain; a clock that can be moved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row

from core.config.settings import Settings
from core.db import inbox, ledger, members, stores
from core.db.engine import Database
from core.domain.stores import Store
from core.jobs.drain import drain
from core.jobs.env import Env
from core.jobs.mature import mature
from core.services.connecting import NewStore, connect_store
from core.services.programming import apply_program
from core.services.terms import load_terms
from integrations.assembly import production_env
from integrations.body_signature import header
from tests.payloads import body_of
from web.app import over, pages

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
SECRET = "birch-webhook-secret"
SMALLEST_PROGRAM = (
    '{"earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}], '
    '"pending_days": 0}'
)


@dataclass
class Bells:
    """A bell that only remembers."""

    rung: list[tuple[str, int]] = field(default_factory=list)

    def ring(self, job: str, store_id: int) -> bool:
        return self.ring_all([(job, store_id)])

    def ring_all(self, calls: Sequence[tuple[str, int]]) -> bool:
        self.rung.extend(calls)
        return True


_pages = cache(pages)


def app_over(env: Env) -> Flask:
    """The web application over this Env. Addresses are laid out and templates read once in a test run."""
    app = copy(_pages())
    app.extensions, app.config = dict(app.extensions), copy(app.config)
    return over(env, app)


@dataclass
class World:
    """One installation under test."""

    env: Env
    client: FlaskClient
    bells: Bells
    moment: list[datetime]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @contextmanager
    def open(cls, database_url: str, data_dir: Path) -> Iterator[World]:
        """A world over a migrated database; its connections are closed at the end."""
        settings = Settings.load({"DATABASE_URL": database_url}, data_dir)
        bells, moment = Bells(), [NOW]
        env = replace(production_env(settings, with_bell=False), bell=bells, now=lambda: moment[0])
        try:
            yield cls(env, app_over(env).test_client(), bells, moment)
        finally:
            env.database.close()

    @property
    def database(self) -> Database:
        return self.env.database

    @property
    def now(self) -> datetime:
        return self.moment[0]

    @contextmanager
    def at(self, public_url: str) -> Iterator[World]:
        """The same installation, reached at this address."""
        env = replace(self.env, settings=replace(self.env.settings, public_url=public_url))
        yield replace(self, env=env, client=app_over(env).test_client())

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.moment[0] += timedelta(**span)

    def connect(
        self,
        name: str = "Birch",
        currency: str = "EUR",
        program: str | None = SMALLEST_PROGRAM,
        **changes: Any,
    ) -> Store:
        """A connected offline WooCommerce store with this program."""
        new = NewStore(
            name=name,
            platform="woocommerce",
            url=f"https://{name.lower()}.example",
            currency=currency,
            timezone="Europe/Berlin",
            is_offline=True,
            webhook_path=self.env.token(),
            credentials={"webhook_secret": SECRET},
        )
        with self.database.write_all() as db:
            store = connect_store(db, replace(new, **changes), self.env.secrets, self.now)
        if program is not None:
            self.apply(store, program)
        return store

    def birch(self, currency: str = "EUR", program: str | None = SMALLEST_PROGRAM, **changes: Any) -> Store:
        """The same under a name of its own, for worlds in which many tests connect a store."""
        return self.connect(f"Birch {next(self.numbers)}", currency, program, **changes)

    def apply(self, store: Store, program: str, effective_from: datetime | None = None) -> int:
        """Apply a program; its version number."""
        with self.database.write(store.store_id) as db:
            return apply_program(db, load_terms(db, store), program, effective_from, self.now).version

    def post(
        self,
        store: Store,
        body: bytes,
        topic: str = "order.updated",
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Deliver signed bytes as the store would, under a delivery id of its own; the HTTP status."""
        sent = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Delivery-ID": f"d{next(self.numbers)}",
            "X-WC-Webhook-Signature": header(body, SECRET),
            **(headers or {}),
        }
        return self.client.post(
            f"/webhooks/woocommerce/{store.webhook_path}", data=body, headers=sent
        ).status_code

    def tell(self, store: Store, order: Mapping[str, Any], topic: str = "order.updated") -> None:
        """Deliver an order and settle it."""
        assert self.post(store, body_of(order), topic) == 200
        self.drain(store)

    def drain(self, store: Store) -> int:
        """Run the drain job; how many deliveries it worked through."""
        return drain(self.env, store.store_id)

    def mature(self, store: Store) -> int:
        """Run the job that releases and ends points."""
        return mature(self.env, store.store_id)

    def entries(self, store: Store, order_ref: str | None = None) -> list[Row[Any]]:
        """Ledger entries as written."""
        with self.database.read(store.store_id) as db:
            return list(ledger.entries_of(db, store.store_id, order_ref=order_ref))

    def points(self, store: Store, order_ref: str | None = None) -> list[int]:
        """The points of the entries as written."""
        return [entry.points for entry in self.entries(store, order_ref)]

    def total(self, store: Store, order_ref: str | None = None) -> int:
        """Σ entries."""
        return sum(self.points(store, order_ref))

    def balance(self, store: Store, customer_ref: str = "7") -> tuple[int, int, int]:
        """(available, pending, debt) of a customer; zeros when unknown."""
        with self.database.read(store.store_id) as db:
            row = members.by_customer_ref(db, store.store_id, customer_ref)
        return (0, 0, 0) if row is None else (row.available_points, row.pending_points, row.debt_points)

    def inbox(self, store: Store) -> dict[str, int]:
        """Deliveries by state, those there are."""
        with self.database.read(store.store_id) as db:
            return {state: count for state, count in inbox.counts(db, store.store_id).items() if count}

    def dead(self, store: Store) -> list[str]:
        """Problems of dead deliveries, newest first."""
        with self.database.read(store.store_id) as db:
            return [row.problem for row in inbox.listed(db, store.store_id, inbox.State.DEAD)]

    def notices(self, store: Store) -> list[str]:
        """Kinds of what the merchant is told, newest first."""
        with self.database.read(store.store_id) as db:
            return [row.kind for row in stores.open_notices(db, store.store_id)]
