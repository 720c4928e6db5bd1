"""`regulars store`: connecting stores, listing them, telling what foreign money is worth in them."""

from __future__ import annotations

from typing import TypedDict, Unpack

import click

from cli.holding import writing_alone
from cli.installation import opened, ring_drain, store_named, store_option
from cli.output import SECRET, Output, command_options
from cli.store_data import export, import_export
from cli.store_disconnect import disconnect
from cli.store_import import import_orders
from cli.store_keys import set_keys
from cli.store_shopify import add_shopify
from cli.store_show import show
from cli.store_wipe import wipe
from core.config.settings import Settings
from core.db import stores
from core.domain.addresses import StoreAddress, read_address, refuse_uncallable
from core.domain.errors import Refused
from core.domain.platform import Field, webhook_url
from core.domain.stores import Store, known_currency
from core.jobs.env import Env
from core.services.connecting import NewStore, connect_store
from core.services.rates import set_store_rate

WOOCOMMERCE = "woocommerce"


class Given(TypedDict):
    """The options of `store add-woocommerce`."""

    name: str
    url: str
    consumer_key: str
    consumer_secret: str
    webhook_secret: str
    currency: str | None
    timezone: str | None
    offline: bool


@click.group()
def store() -> None:
    """Connect stores and list them."""


@store.command("add-woocommerce")
@click.option("--name", required=True, help="What you call the store.")
@click.option("--url", required=True, help="Its address, such as https://shop.example.")
@click.option(
    "--consumer-key", required=True, type=SECRET, help="From WooCommerce, Settings, Advanced, REST API."
)
@click.option("--consumer-secret", required=True, type=SECRET, help="The secret that came with the key.")
@click.option(
    "--webhook-secret", required=True, type=SECRET, help="What the store's webhooks are signed with."
)
@click.option("--currency", metavar="CODE", help="Such as EUR. The store is asked, unless --offline.")
@click.option("--timezone", metavar="ZONE", help="Such as Europe/Berlin. The store is asked; --offline: UTC.")
@click.option("--offline", is_flag=True, help="Never call the store. Needs --currency.")
@command_options
def add_woocommerce(out: Output, **given: Unpack[Given]) -> None:
    """Connect a WooCommerce store.

    The store is called to prove the keys and to learn its currency and time zone, unless --offline says
    that it is never to be called. Keys and secrets may be given as @FILE, or as - for standard input.
    """
    if not given["webhook_secret"]:
        raise Refused("An empty webhook secret proves nothing: anybody could sign with it.")
    address = read_address(given["url"])
    currency, timezone = _told(given) if given["offline"] else _asked(out.settings, address, given)
    with opened(out.settings) as env:
        new = NewStore(
            name=given["name"],
            platform=WOOCOMMERCE,
            url=str(address),
            currency=currency,
            timezone=timezone,
            is_offline=given["offline"],
            webhook_path=env.token(),
            credentials={
                Field.CONSUMER_KEY: given["consumer_key"],
                Field.CONSUMER_SECRET: given["consumer_secret"],
                Field.WEBHOOK_SECRET: given["webhook_secret"],
            },
        )
        with env.database.write_all() as db:
            connected = connect_store(db, new, env.secrets, env.now())
        _say_connected(out, env, connected)


def _told(given: Given) -> tuple[str, str]:
    if given["currency"] is None:
        raise click.UsageError("--offline needs --currency, since the store is not asked.")
    return known_currency(given["currency"]), given["timezone"] or "UTC"


def _asked(settings: Settings, address: StoreAddress, given: Given) -> tuple[str, str]:
    """Currency and time zone as the store itself says. Raises Refused or PlatformTrouble."""
    from integrations.outgoing.session import open_session
    from integrations.woocommerce.client import WooCommerceClient
    from integrations.woocommerce.connecting import introduce

    refuse_uncallable(address, settings.allowed_networks)
    keys: dict[str, str] = {
        Field.CONSUMER_KEY: given["consumer_key"],
        Field.CONSUMER_SECRET: given["consumer_secret"],
    }
    with open_session(settings.allowed_networks, settings.ca_file) as session:
        met = introduce(WooCommerceClient(address, keys, session))
    if given["currency"] is not None and known_currency(given["currency"]) != met.currency:
        raise Refused(f"The store says its currency is {met.currency}; leave --currency out.")
    timezone = given["timezone"] or met.timezone
    if timezone is None:
        raise Refused("The store does not say its time zone; give it with --timezone, such as Europe/Berlin.")
    return met.currency, timezone


def _say_connected(out: Output, env: Env, connected: Store) -> None:
    url = _webhook_url(env, connected)
    out.document(
        {"store_id": connected.store_id, "webhook_url": url},
        {
            "Connected": f"{connected.name}, store {connected.store_id}",
            "Currency": connected.currency,
            "Time zone": connected.zone.key,
            "Webhook address": url,
        },
    )
    out.say()
    out.say(
        "Add a webhook to this address in WooCommerce (Settings, Advanced, Webhooks), with your secret, for"
    )
    out.say("each of these topics: Order created, Order updated, Order deleted, Order restored.")
    if "://127." in url or "://localhost" in url:
        out.say()
        out.say("Only this machine reaches that address. Set PUBLIC_URL to the one stores reach you at.")


def _webhook_url(env: Env, store: Store) -> str:
    return webhook_url(env.platforms[store.platform], store, env.settings.public_url)


store.add_command(add_shopify)
store.add_command(set_keys)
store.add_command(disconnect)
store.add_command(import_orders)
store.add_command(export)
store.add_command(import_export)
store.add_command(show)
store.add_command(wipe)


@store.command("list")
@command_options
def list_stores(out: Output) -> None:
    """List the connected stores."""
    with opened(out.settings) as env:
        with env.database.read_all() as db:
            found = stores.all_stores(db)
        out.rows(
            (
                {
                    "store_id": one.store_id,
                    "name": one.name,
                    "platform": one.platform,
                    "url": one.url,
                    "currency": one.currency,
                    "timezone": one.zone.key,
                    "is_offline": one.is_offline,
                    "webhook_url": _webhook_url(env, one),
                }
                for one in found
            ),
            ["store_id", "name", "platform", "currency", "timezone", "called", "url", "webhook_url"],
            none="No store is connected yet: bin/regulars store add-woocommerce --help",
            shown=lambda row: {**row, "called": "never" if row["is_offline"] else "yes"},
        )


@store.command("set-rate")
@store_option
@click.option("--currency", required=True, metavar="CODE", help="The foreign currency, such as USD.")
@click.option("--rate", required=True, help="What one of it is worth in the store's currency, such as 0.92.")
@command_options
def set_rate(out: Output, store_name: str, currency: str, rate: str) -> None:
    """Say what a foreign currency is worth in a store.

    Orders held for want of this rate are settled with it. Orders settled already keep theirs.
    """
    with opened(out.settings, with_bell=True) as env:
        found = store_named(env, store_name)
        with writing_alone(env, out, found) as db:
            waiting = set_store_rate(db, found, currency, rate, env.now())
        code = known_currency(currency)
        if waiting:
            ring_drain(env, out, found)
        out.answer(
            {"store_id": found.store_id, "currency": code, "rate": rate, "back_in_line": waiting},
            f"1 {code} counts as {rate} {found.currency} in {found.name}. {_held(waiting)}",
        )


def _held(waiting: int) -> str:
    deliveries = "1 delivery was" if waiting == 1 else f"{waiting} deliveries were"
    return f"{deliveries} waiting for it and will be settled now." if waiting else "Nothing waited for it."
