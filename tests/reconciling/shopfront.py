"""A store with its shoppers, the product beside it, and the post between them that can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, select

from core.db import catch_ups
from core.db.tables import inbox
from core.domain.platform import FETCHED_ORDER, Delivery, Shop
from core.domain.stores import Store
from core.jobs.effects import run_effects
from core.jobs.reconcile import reconcile, reread, walk_on
from tests.contract.rig import Cart, Rig
from tests.world import SMALLEST_PROGRAM, World


@dataclass
class Calls:
    """What the store was asked, in words."""

    shop: Shop
    noted: list[str]

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            self.noted.append(f"{name} {arguments[0]}")
            return getattr(self.shop, name)(*arguments)

        return call


@dataclass
class Shopfront:
    """One store, connected."""

    world: World
    rig: Rig
    store: Store
    has_dead_keys: bool = False
    calls: list[str] = field(default_factory=list)
    post: list[Delivery] = field(default_factory=list)
    """What the store has sent and nobody has brought."""

    between_us: Callable[[Any], Any] = lambda shop: shop

    def between(self, mood: Callable[[Any], Any]) -> None:
        """Put something between the product and the store."""
        self.between_us = mood

    def wait(self, **span: float) -> None:
        """Let time pass here and in the store."""
        self.world.wait(**span)
        self.rig.wait(hours=timedelta(**span).total_seconds() / 3600)

    def order(self, shopper: str = "ana") -> str:
        """Two of a kind are ordered and paid for; nobody is told as yet."""
        first, _ = self.rig.prices_minor
        self.post += self.rig.order(Cart(shopper, "", (first, first)))
        return self.rig.newest_order()

    def deliver(self) -> None:
        """What the store has to tell arrives and is settled."""
        self.send()
        self.settle()

    def send(self) -> None:
        """What the store has to tell arrives, and waits."""
        self.post += self.rig.told()
        for delivery in self.post:
            path = f"/webhooks/{self.rig.platform.name}"
            if not self.rig.platform.has_shared_address:
                path = f"{path}/{self.store.webhook_path}"
            headers = dict(delivery.headers)
            assert self.world.client.post(path, data=delivery.body, headers=headers).status_code == 200
        self.post.clear()

    def lose_the_post(self) -> None:
        """Nothing of what the store had to tell will ever arrive."""
        self.rig.told()
        self.post.clear()

    def settle(self) -> None:
        """What waits is settled and what has to be asked for is asked for, until nothing is left."""
        while self.world.drain(self.store) + run_effects(self.world.env, self.store.store_id):
            pass

    def look(self) -> int:
        """Run the reconciler and settle what it found."""
        return self._after(reconcile(self.world.env, self.store.store_id))

    def look_again(self) -> int:
        """Run the nightly re-reading and settle what it found."""
        return self._after(reread(self.world.env, self.store.store_id))

    def go_on(self) -> int:
        """Go on with walks that were left."""
        return self._after(walk_on(self.world.env, self.store.store_id))

    def points(self, *order_refs: str) -> list[int]:
        """What each order is worth by the ledger."""
        return [self.world.total(self.store, order_ref) for order_ref in order_refs]

    def fetched(self) -> int:
        """How many bodies we asked for ever entered the inbox."""
        ours = (inbox.c.store_id == self.store.store_id, inbox.c.topic == FETCHED_ORDER)
        with self.world.database.read(self.store.store_id) as db:
            return int(db.execute(select(func.count()).where(*ours)).scalar_one())

    def walk(self, kind: str = catch_ups.CHANGES) -> Row[Any] | None:
        """The row of a walk."""
        with self.world.database.read(self.store.store_id) as db:
            return catch_ups.load(db, self.store.store_id, kind)

    def _after(self, seen: int) -> int:
        self.settle()
        return seen


@contextmanager
def open_shopfront(world: World, rig: Rig) -> Iterator[Shopfront]:
    """The store, connected and called over HTTP."""
    is_shared = rig.platform.has_shared_address
    store = world.connect(
        "Acorn" if is_shared else "Birch",
        rig.currency,
        SMALLEST_PROGRAM,
        platform=rig.platform.name,
        webhook_path="acorn.myshopify.com" if is_shared else world.env.token(),
        credentials={"webhook_secret": rig.secrets[0], "client_id": ""},
        is_offline=False,
    )
    made = Shopfront(world, rig, store)
    world.env = replace(
        world.env,
        shop=lambda _store, _keys: made.between_us(Calls(rig.shop(dead=made.has_dead_keys), made.calls)),
    )
    yield made
