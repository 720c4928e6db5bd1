"""The product over https on this machine, with a worker, and a stand-in store that reaches it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import requests
from werkzeug.serving import make_server

from core.jobs.bell import WALK_ON
from core.jobs.compare import compare
from core.jobs.connect import try_keys
from core.jobs.drain import drain
from core.jobs.effects import run_effects
from core.jobs.env import Env
from core.jobs.hook_rounds import look_after_hooks
from core.jobs.reconcile import walk_on
from core.services.signing_in import make_link
from integrations.assembly import shop_opener
from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.outbox import Sending
from sandbox.woocommerce.serving import Serving
from tests.fakes.birch import ANA, Birch, Hands, birch, served
from tests.fakes.certificates import make_certificates
from tests.integrations.callers import LOOPBACK
from tests.world import World
from web.app import create_app

JOBS = {
    "connect": try_keys,
    "effects": run_effects,
    "hooks": look_after_hooks,
    "drain": drain,
    "walk_on": walk_on,
    "compare": compare,
}
LOOK_EVERY_S = 0.02


@dataclass
class House:
    """Regulars at an address of its own, and Birch at hers."""

    url: str
    env: Env
    world: World
    birch: Birch
    store: Serving
    may_work: threading.Event = field(default_factory=threading.Event)
    """Cleared: the worker rests."""
    _ends: threading.Event = field(default_factory=threading.Event)

    def login_link(self) -> str:
        with self.world.database.write_all() as db:
            make_link(db, "a-link", self.world.now)
        return f"{self.url}/admin/sign-in/a-link"

    def buy(self) -> None:
        """Ana buys a mug, and the store tells."""
        place_order(self.birch.store, Basket(((self.birch.mug.product_id, 1),), ANA, 1), self.world.now)
        self.birch.store.outbox.visit(self.world.now)
        self.store.door.deliver()

    def sell_unheard(self, mugs: int) -> None:
        """Ana buys mugs, an order for each, and nobody tells us."""
        basket = Basket(((self.birch.mug.product_id, 1),), ANA, 1)
        for _ in range(mugs):
            place_order(self.birch.store, basket, self.world.now)
        self.birch.store.outbox.waiting.clear()

    def go_on(self) -> bool:
        """Seconds pass, and the beat rings for what rested; whether it was heard."""
        self.world.wait(seconds=2)
        return self.world.bells.ring(WALK_ON, 1)

    def work(self) -> None:
        """Does what was rung for, until the house closes."""
        rung = self.world.bells.rung
        while not self._ends.wait(LOOK_EVERY_S):
            while rung and self.may_work.is_set():
                name, number = rung.pop(0)
                JOBS[name.rpartition(".")[2]](self.env, number)

    def close(self) -> None:
        self._ends.set()


@contextmanager
def opened_house(world: World, folder: Path) -> Iterator[House]:
    """Both run until the block ends. Certificates are of an authority made for the purpose."""
    authority, server_file = make_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)

    def send(sending: Sending) -> int | None:
        headers = dict(sending.headers)
        return requests.post(
            sending.url, sending.body, headers=headers, verify=str(authority), timeout=10
        ).status_code

    opened = birch()
    server = make_server("127.0.0.1", 0, create_app(world.env), threaded=True, ssl_context=context)
    url = f"https://127.0.0.1:{server.server_port}"
    settings = replace(world.env.settings, public_url=url, allowed_networks=LOOPBACK, ca_file=authority)
    env = replace(world.env, settings=settings, shop=shop_opener(settings))
    server.app = create_app(env)
    with served(opened, Hands(world.now), server_file, send) as store:
        house = House(url, env, world, opened, store)
        threads = [threading.Thread(target=server.serve_forever), threading.Thread(target=house.work)]
        for thread in threads:
            thread.start()
        try:
            yield house
        finally:
            house.close()
            server.shutdown()
            for thread in threads:
                thread.join()
            server.server_close()
