"""A Shopify store with an app of ours, over HTTP: the stand-in gives out tokens, and merchants visit."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.test import TestResponse

from core.config.secrets import Secrets
from core.db import tokens
from core.domain.grants import App, Held
from core.domain.stores import Store
from core.jobs.effects import run_effects
from core.jobs.env import Env
from core.jobs.tokens import KeptTokens
from core.services.apps import add_app
from core.services.connecting import find_store
from core.services.granting import held_of
from integrations.shopify.calling import Calling, open_shop
from integrations.shopify.documents import needed_scopes
from sandbox.shopify import checkout, trade
from sandbox.shopify.admin import Admin
from sandbox.shopify.http import Skin, create_app
from sandbox.shopify.oauth import Client, Installation
from sandbox.shopify.outbox import Outbox
from sandbox.shopify.store import Store as Shop
from tests.contract.rig import served
from tests.world import World
from web.app import create_app as our_app

CLIENT_ID = "acorn-app"
SECRET = "shpss_acorn_0123456789abcdef0123456789"
OUR_DOOR = "/webhooks/shopify"
DOMAIN = "acorn.myshopify.com"


@dataclass
class Acorn:
    """The store, its app, and Regulars, which is reached as browsers and Shopify reach it."""

    world: World
    skin: Skin
    app: App
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def shop(self) -> Shop:
        return self.skin.admin.store

    @property
    def installation(self) -> Installation:
        assert self.skin.admin.installation is not None
        return self.skin.admin.installation

    @property
    def env(self) -> Env:
        return self.world.env

    @property
    def store(self) -> Store:
        """The store as Regulars knows it."""
        with self.env.database.read_all() as db:
            return find_store(db, "acorn")

    @property
    def held(self) -> Held | None:
        """The tokens Regulars keeps."""
        with self.env.database.read_all() as db:
            row = tokens.tokens_of(db, self.store.store_id)
        return None if row is None else held_of(row, self.env.secrets)

    def id_token(self, **changes: Any) -> str:
        return self.installation.id_token(self.world.now, **changes)

    def visit(self, id_token: str | None = None) -> TestResponse:
        """The merchant opens the app in her admin."""
        query = {"shop": DOMAIN, "host": "YWNvcm4", "embedded": "1", "id_token": id_token or self.id_token()}
        return self.world.client.get("/shopify", query_string=query)

    def tokens(self) -> KeptTokens:
        return KeptTokens(self.env, self.store, "")

    def order(self, customer_id: int = 7) -> int:
        """A shopper buys a mug and pays; its webhooks are waiting to be sent. The order's number."""
        cart = checkout.Cart(pieces=((7001, 1),), codes=(), customer_id=customer_id, email="ana@example.com")
        trade.place(self.shop, cart, self.world.now)
        return max(self.shop.orders)

    def send(self) -> list[int]:
        """Deliver every webhook that is due; the statuses that came back."""
        outbox, statuses = self.shop.outbox, []
        for one in outbox.due(self.world.now):
            answer = self.world.client.post(OUR_DOOR, data=one.body, headers=outbox.headers(one))
            outbox.answered(one.webhook_id, answer.status_code, self.world.now)
            statuses.append(answer.status_code)
        return statuses

    def say_uninstalled(self) -> None:
        """Shopify's message that the app was taken out is on its way."""
        body = {"id": 1, "name": "Acorn", "myshopify_domain": DOMAIN, "shop_owner": "Olive"}
        self.shop.outbox.put("app/uninstalled", body, self.world.now, f"e{next(self.numbers)}")

    def work(self) -> None:
        """Workers do all that is due."""
        for _ in range(3):
            self.world.drain(self.store)
            run_effects(self.env, self.store.store_id)
        self.world.drain(self.store)


@contextmanager
def acorn(world: World) -> Iterator[Acorn]:
    """The store, served, with an app of ours that nobody has opened yet."""
    client = Client(CLIENT_ID, SECRET, frozenset(needed_scopes()))
    outbox = Outbox(DOMAIN, SECRET, lambda: uuid.uuid4().hex)
    installation = Installation(client, DOMAIN, lambda: uuid.uuid4().hex)
    admin = Admin(Shop(outbox), scopes=set(client.scopes), installation=installation)
    skin = Skin(admin, clock=lambda: world.now, silence_s=1.0, slow_s=0.1)
    with served(create_app(skin)) as url:
        calling = Calling(None, origin=lambda _domain: url)
        try:
            reached = replace(world, env=_leading(world.env, calling))
            client_of_ours = our_app(reached.env).test_client()
            yield Acorn(replace(reached, client=client_of_ours), skin, _app(world, world.env.secrets))
        finally:
            calling.close()


def _leading(env: Env, calling: Calling) -> Env:
    """The same surroundings, in which every Shopify store is the one served here."""
    led = replace(env, grants=calling.grants)
    return replace(
        led,
        shop=lambda store, keys: open_shop(
            store, keys, calling, KeptTokens(led, store, keys.get("access_token", ""))
        ),
    )


def _app(world: World, secrets: Secrets) -> App:
    with world.database.write_all() as db:
        return add_app(db, "shopify", (CLIENT_ID, SECRET), "regulars", secrets, world.now)
