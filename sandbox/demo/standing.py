"""One stand-in store as a process of its own: `python -m sandbox.demo.standing acorn|birch`.

It serves the platform's API and the store's own pages on one port, and lets its shoppers live.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from core.config.clock import utc_now
from core.config.logs import configure_logs
from core.jobs.env import Env
from core.jobs.stopping import stop_when_asked
from sandbox.demo import storefront
from sandbox.demo.acorn import Acorn
from sandbox.demo.addresses import Addresses
from sandbox.demo.birch import Birch
from sandbox.demo.connecting import Connected, connect_acorn, connect_birch
from sandbox.demo.life import Life
from sandbox.demo.opening import demo_env
from sandbox.demo.post import Post
from sandbox.demo.regulars import Regulars
from sandbox.demo.shop import Shop
from sandbox.demo.tidying import tidy
from sandbox.demo.wallet import Wallet

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


API = ("/admin/", "/wp-json", "/wc-auth/", "/control/")
"""How the paths of the platforms' own APIs begin."""


@dataclass
class Doors:
    """One address, two applications: the platform's API, and pages that need Regulars to know the store."""

    api: WSGIApplication
    pages: WSGIApplication | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"].startswith(API):
            return self.api(environ, start_response)
        if self.pages is None:
            start_response("503 Service Unavailable", [("Retry-After", "1")])
            return []
        return self.pages(environ, start_response)


class Quiet(WSGIRequestHandler):
    """Does not write a line for every request."""

    def log_request(self, *_args: object) -> None:
        """Says nothing."""


def main(name: str) -> None:
    """Runs the store until SIGTERM."""
    configure_logs(name)
    stop = stop_when_asked()
    addresses, env = Addresses.load(os.environ), demo_env(with_bell=False)
    shop: Acorn | Birch
    if name == "acorn":
        shop, url = Acorn(addresses.regulars, utc_now), addresses.acorn
    else:
        shop, url = Birch(addresses.birch, utc_now), addresses.birch
    doors = Doors(shop.app().wsgi_app)
    server = _serve(doors, url)
    life = _life(shop, addresses, env, _connect(env, shop))
    doors.pages = storefront.create_app(life, addresses).wsgi_app
    life.run(stop)
    server.shutdown()


def _serve(app: WSGIApplication, url: str) -> BaseWSGIServer:
    server = make_server("127.0.0.1", urlsplit(url).port or 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, name="serving", daemon=True).start()
    return server


def _connect(env: Env, shop: Acorn | Birch) -> Connected:
    """By the store's own API, which is why it is served already."""
    if isinstance(shop, Acorn):
        return connect_acorn(env, shop)
    connected = connect_birch(env, shop)
    shop.deliver_to(connected.webhook_url)
    return connected


def _life(shop: Shop, addresses: Addresses, env: Env, connected: Connected) -> Life:
    now, store_id = shop.now(), connected.store.store_id

    def tidied(now: datetime) -> None:
        with env.database.write(store_id) as db:
            tidy(db, store_id, now)

    chance = Random(secrets.randbits(64))  # noqa: S311  # what shoppers fancy
    wallet = Wallet(Regulars(addresses.regulars, connected.store.name, connected.key), shop.now)
    return Life(shop, Post(chance), wallet, chance, began_at=now, looked_at=now, tidy=tidied)


if __name__ == "__main__":
    main(sys.argv[1])
