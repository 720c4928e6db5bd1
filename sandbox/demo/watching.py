"""What the page knows: both stores' own telling, and what Regulars made of it. Asked once a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from core.db import ledger, stores
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.recent import Activity, recent_activity
from sandbox.demo.addresses import Addresses

KEPT_S = 0.7
CHECKED_EVERY_S = 5.0
PATIENCE_S = 2.0
LIMIT = 60


@dataclass(frozen=True, slots=True)
class Watched:
    """One store."""

    url: str
    state: Mapping[str, Any]
    """As its own door tells it."""
    activity: Activity


@dataclass(frozen=True, slots=True)
class Check:
    """Regulars' books held against the stores' own."""

    orders: int
    lost: int
    """Orders with fewer points than they are worth."""
    twice: int
    """Orders with more."""
    at_s: float


@dataclass(frozen=True, slots=True)
class View:
    """Everything one page shows."""

    stores: tuple[Watched, ...]
    """Those that answer: none while the demo is starting."""
    check: Check


@dataclass
class Watching:
    """Of one web process. However many look, the stores are asked once."""

    env: Env
    addresses: Addresses
    monotonic_s: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _view: View | None = None
    _seen_s: float = 0.0
    _check: Check = field(default_factory=lambda: Check(0, 0, 0, 0.0))
    _suspects: frozenset[tuple[int, str, bool]] = frozenset()

    @property
    def urls(self) -> dict[str, str]:
        """The stores' addresses by name."""
        return {"Acorn": self.addresses.acorn, "Birch": self.addresses.birch}

    def view(self) -> View:
        """As it was a moment ago at most."""
        with self._lock:
            now_s = self.monotonic_s()
            if self._view is None or now_s - self._seen_s > KEPT_S:
                self._view, self._seen_s = self._look(now_s), now_s
            return self._view

    def tell(self, name: str, path: str, body: Mapping[str, Any]) -> None:
        """Have a store do something; what it shows is looked at anew. Nothing when it does not answer."""
        try:
            requests.post(f"{self.urls[name]}/demo/{path}", json=dict(body), timeout=PATIENCE_S)
        except requests.RequestException:
            return
        with self._lock:
            self._view = None

    def _look(self, now_s: float) -> View:
        found = []
        with self.env.database.read_all() as db:
            known = {store.name: store for store in stores.all_stores(db)}
        for name, url in self.urls.items():
            store, state = known.get(name), _ask(url)
            if store is not None and state is not None:
                with self.env.database.read(store.store_id) as db:
                    found.append((store, Watched(url, state, recent_activity(db, store.store_id, LIMIT))))
        if now_s - self._check.at_s > CHECKED_EVERY_S:
            self._check = self._compare(found, now_s)
        return View(tuple(watched for _, watched in found), self._check)

    def _compare(self, found: list[tuple[Store, Watched]], now_s: float) -> Check:
        """An order is wrong when two looks in a row find it so: what just came is still being settled."""
        suspects = set()
        for store, watched in found:
            worth = watched.state["worth"]
            with self.env.database.read(store.store_id) as db:
                sums = ledger.sums_by_order(db, store.store_id, list(worth))
            booked = {order_ref: points for (order_ref, _), points in sums.items()}
            suspects |= {
                (store.store_id, ref, booked.get(ref, 0) > due)
                for ref, due in worth.items()
                if booked.get(ref, 0) != due
            }
        wrong, self._suspects = self._suspects & suspects, frozenset(suspects)
        return Check(
            orders=sum(len(watched.state["worth"]) for _, watched in found),
            lost=sum(not is_more for _, _, is_more in wrong),
            twice=sum(is_more for _, _, is_more in wrong),
            at_s=now_s,
        )


def _ask(url: str) -> Mapping[str, Any] | None:
    try:
        answer = requests.get(f"{url}/demo/state", timeout=PATIENCE_S)
        told: Mapping[str, Any] = answer.json() if answer.ok else {}
    except (requests.RequestException, ValueError):
        return None
    return told or None
