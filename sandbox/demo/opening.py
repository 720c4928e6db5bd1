"""Where the demo calls its stores: on this machine, over plain http.

This is the only place that leads the product's own adapters anywhere but to public addresses over https, and
nothing of the product imports it: an installation that is not the demo cannot get here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace

from core.config.settings import Settings
from core.domain.addresses import read_networks
from core.domain.platform import Shop
from core.domain.stores import Store
from core.jobs.env import Env
from integrations.assembly import production_env, shop_opener
from integrations.shopify.calling import Calling, open_shop
from sandbox.demo.addresses import Addresses

THIS_MACHINE = "127.0.0.1"


def demo_env(*, with_bell: bool = True) -> Env:
    """The surroundings of the demo's processes: production's, but for where stores are called."""
    loaded = Settings.load(os.environ)
    settings = replace(loaded, allowed_networks=read_networks(THIS_MACHINE))
    env = production_env(settings, with_bell=with_bell)
    return replace(env, shop=stand_in_opener(settings, Addresses.load(os.environ)))


def stand_in_opener(settings: Settings, addresses: Addresses) -> Callable[[Store, Mapping[str, str]], Shop]:
    """Opens the stand-ins through the real adapters. Shopify's domain leads to Acorn's address."""
    as_ever = shop_opener(settings)
    calling = Calling(settings.redis_url, origin=lambda _domain: addresses.acorn)

    def opened(store: Store, credentials: Mapping[str, str]) -> Shop:
        if store.platform == "shopify":
            return open_shop(store, credentials, calling)
        return as_ever(store, credentials)

    return opened
