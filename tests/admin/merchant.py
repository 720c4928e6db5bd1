"""A merchant in front of the settings pages, with a stand-in store of hers over real HTTPS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.db import effects, hooks, stores
from core.domain.stores import Store
from core.jobs.compare import compare
from core.jobs.connect import try_keys
from core.jobs.effects import run_effects
from core.jobs.hook_rounds import look_after_hooks
from core.jobs.reconcile import walk_on
from core.services.signing_in import make_link
from integrations.assembly import shop_opener
from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.outbox import Sending
from sandbox.woocommerce.serving import Serving
from tests.fakes.birch import ANA, Birch, Hands, birch, served
from tests.integrations.callers import LOOPBACK
from tests.world import World, app_over

HERE = "https://loyalty.example"


def in_words(page: TestResponse) -> str:
    """What stands on a page, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@dataclass
class Merchant:
    """Her browser, her store, and the worker between them."""

    world: World
    browser: FlaskClient
    birch: Birch
    store: Serving
    authority: Path

    @property
    def url(self) -> str:
        return self.store.url

    def get(self, path: str, browser: FlaskClient | None = None) -> TestResponse:
        return (browser or self.browser).get(path.removeprefix(HERE), base_url=HERE)

    def send_form(self, path: str, **fields: str) -> TestResponse:
        """Press a button."""
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.get("/admin").text)
        assert found
        return self.browser.post(path, data={"csrf_token": found[1], **fields}, base_url=HERE)

    def ask(self, url: str | None = None) -> TestResponse:
        """Type an address and go on."""
        return self.send_form("/admin/connect/woocommerce", url=self.url if url is None else url)

    def state_asked(self) -> str:
        """Ask the store; the state that goes there."""
        asked = self.ask()
        assert asked.status_code == 303, in_words(asked)
        return parse_qs(urlsplit(asked.headers["Location"]).query)["user_id"][0]

    def approve(self, asked: TestResponse) -> requests.Response:
        """Press Approve on the store's page; where the store sends her then, or its error."""
        page = self._visit(asked.headers["Location"])
        found = re.search(r'href="(approve[^"]+)"', page.text)
        assert found, page.text
        return self._visit(f"{self.url}/wc-auth/v1/{found[1].replace('&amp;', '&')}")

    def _visit(self, url: str) -> requests.Response:
        return requests.get(url, verify=str(self.authority), allow_redirects=False, timeout=10)

    def bring(self, state: str, **changes: str) -> int:
        """Keys come to the callback, from whoever knows it; how they were answered."""
        key = self.birch.key
        sent = {
            "key_id": key.key_id,
            "user_id": state,
            "consumer_key": key.consumer_key,
            "consumer_secret": key.consumer_secret,
            "key_permissions": "read_write",
            **changes,
        }
        path = "/connect/woocommerce/callback"
        return self.world.client.post(path, json=sent, base_url=HERE).status_code

    def work(self) -> None:
        """Let a worker do all that was rung for."""
        env = self.world.env
        jobs = {
            "connect": try_keys,
            "effects": run_effects,
            "hooks": look_after_hooks,
            "walk_on": walk_on,
            "compare": compare,
        }
        while self.world.bells.rung:
            name, number = self.world.bells.rung.pop(0)
            if job := jobs.get(name.rpartition(".")[2]):
                job(env, number)

    def connect(self) -> Store:
        """From the first click to the connected store."""
        back = self.approve(self.ask())
        assert back.status_code == 302, back.text
        self.work()
        return self.only_store()

    def only_store(self) -> Store:
        with self.world.database.read_all() as db:
            (store,) = stores.all_stores(db)
        return store

    def number_of_stores(self) -> int:
        with self.world.database.read_all() as db:
            return len(stores.all_stores(db))

    def kept_hooks(self) -> dict[str, str]:
        """Our webhooks as we remember them: topic by id."""
        with self.world.database.read_all() as db:
            return {row.hook_ref: row.topic for row in hooks.of_store(db, self.only_store().store_id)}

    def parked(self) -> dict[str, int]:
        with self.world.database.read_all() as db:
            return effects.counts(db, self.only_store().store_id)

    def buy(self, mugs: int = 1) -> None:
        """Ana buys mugs; the store tells, and what it told is settled."""
        place_order(self.birch.store, Basket(((self.birch.mug.product_id, mugs),), ANA, 1), self.world.now)
        self.deliver()
        self.world.drain(self.only_store())

    def deliver(self) -> None:
        """Let the store send what waits."""
        self.birch.store.outbox.visit(self.world.now)
        self.store.door.deliver()


@contextmanager
def merchant(world: World, certificates: tuple[Path, Path]) -> Iterator[Merchant]:
    """Signed in, not connected yet."""
    settings = replace(
        world.env.settings, public_url=HERE, allowed_networks=LOOPBACK, ca_file=certificates[0]
    )
    env = replace(world.env, settings=settings, shop=shop_opener(settings))
    here = replace(world, env=env, client=app_over(env).test_client())

    def send(sending: Sending) -> int | None:
        assert sending.url.startswith("https://")
        sent = {"data": sending.body, "headers": dict(sending.headers)}
        return here.client.post(sending.url.removeprefix(HERE), **sent).status_code

    opened = birch()
    with served(opened, Hands(world.now), certificates[1], send) as store:
        browser = app_over(env).test_client()
        with here.database.write_all() as db:
            make_link(db, "her-link", world.now)
        assert browser.post("/admin/sign-in/her-link", base_url=HERE).status_code == 303
        yield Merchant(here, browser, opened, store, certificates[0])
