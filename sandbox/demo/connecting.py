"""The merchant's hands: connects a stand-in store to Regulars, as she would, and makes a key for her shop."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.addresses import read_address
from core.domain.api_keys import SECRET_DIGITS
from core.domain.platform import Field, webhook_url
from core.domain.stores import Store, time_zone
from core.jobs.env import Env
from core.services.connecting import NewStore, connect_store
from core.services.keys import make_key
from core.services.programming import apply_program
from core.services.terms import load_terms
from integrations.outgoing.session import open_session
from integrations.shopify.shop import ShopifyShop
from integrations.woocommerce.client import WooCommerceClient
from integrations.woocommerce.connecting import introduce
from sandbox.demo.acorn import DOMAIN, Acorn
from sandbox.demo.birch import Birch

ACORN_PROGRAM = """{
  "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}],
  "pending_days": 0,
  "code_prefix": "ACORN",
  "rewards": [
    {"id": "shipping", "kind": "free_shipping", "name": "Free shipping", "cost_points": 60, "valid_days": 30},
    {"id": "five", "kind": "amount_off", "cost_points": 100, "amount_minor": 500, "valid_days": 30}
  ]
}"""
BIRCH_PROGRAM = """{
  "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}],
  "pending_days": 0,
  "code_prefix": "BIRCH",
  "rewards": [
    {"id": "five-hundred", "kind": "amount_off", "cost_points": 100, "amount_minor": 500, "valid_days": 30},
    {"id": "tenth", "kind": "percent_off", "cost_points": 140, "percent": 10, "valid_days": 30}
  ]
}"""


@dataclass(frozen=True, slots=True)
class Connected:
    """A store that Regulars knows now."""

    store: Store
    key: str
    webhook_url: str


def connect_acorn(env: Env, acorn: Acorn) -> Connected:
    """Ask the store who it is, by its Admin API, and connect it. Raises PlatformTrouble and Refused."""
    credentials: dict[str, str] = {
        Field.CLIENT_ID: "acorn-demo-app",
        Field.WEBHOOK_SECRET: acorn.signing_secret,
        Field.ACCESS_TOKEN: acorn.access_token,
    }
    stranger = Store(0, acorn.name, acorn.platform, f"https://{DOMAIN}", "", time_zone("UTC"), False, DOMAIN)
    shop = env.shop(stranger, credentials)
    if not isinstance(shop, ShopifyShop):
        raise TypeError("a Shopify store is opened as something else")
    about = shop.about()
    new = NewStore(
        name=acorn.name,
        platform=acorn.platform,
        url=f"https://{DOMAIN}",
        currency=about.currency,
        timezone=about.timezone,
        is_offline=False,
        webhook_path=DOMAIN,
        credentials=credentials,
    )
    return _connect(env, new, ACORN_PROGRAM)


def connect_birch(env: Env, birch: Birch) -> Connected:
    """Ask the store who it is, by its REST API, and connect it. Raises PlatformTrouble and Refused."""
    credentials: dict[str, str] = {
        Field.CONSUMER_KEY: birch.key.consumer_key,
        Field.CONSUMER_SECRET: birch.key.consumer_secret,
        Field.WEBHOOK_SECRET: birch.webhook_secret,
    }
    with open_session(env.settings.allowed_networks) as session:
        met = introduce(WooCommerceClient(read_address(birch.url), credentials, session))
    new = NewStore(
        name=birch.name,
        platform=birch.platform,
        url=birch.url,
        currency=met.currency,
        timezone=met.timezone or "UTC",
        is_offline=False,
        webhook_path=env.token(),
        credentials=credentials,
    )
    return _connect(env, new, BIRCH_PROGRAM)


def _connect(env: Env, new: NewStore, program: str) -> Connected:
    now = env.now()
    with env.database.write_all() as db:
        store = connect_store(db, new, env.secrets, now)
        apply_program(db, load_terms(db, store), program, None, now)
        secret = (env.token() + env.token())[:SECRET_DIGITS]
        key = make_key(db, store, "the store's own pages (demo)", secret, now)
    url = webhook_url(env.platforms[store.platform], store, env.settings.public_url)
    return Connected(store, key.key, url)
