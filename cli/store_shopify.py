"""`regulars store add-shopify`: connecting a Shopify store with an app of its owner's."""

from __future__ import annotations

from typing import TypedDict, Unpack

import click

from cli.installation import opened
from cli.output import SECRET, Output, command_options
from core.domain.errors import Refused
from core.domain.platform import Field, webhook_url
from core.domain.stores import Store, known_currency, time_zone
from core.jobs.env import Env
from core.services.connecting import NewStore, connect_store

SHOPIFY = "shopify"


class Given(TypedDict):
    """The options of `store add-shopify`."""

    name: str
    domain: str
    client_id: str
    client_secret: str
    access_token: str | None
    currency: str | None
    timezone: str | None
    offline: bool


@click.command("add-shopify")
@click.option("--name", required=True, help="What you call the store.")
@click.option("--domain", required=True, help="Its domain, such as acorn.myshopify.com.")
@click.option("--client-id", required=True, help="From the app's page in the Dev Dashboard.")
@click.option("--client-secret", required=True, type=SECRET, help="Signs the store's webhooks.")
@click.option("--access-token", type=SECRET, help="For calling the store; without one it is never called.")
@click.option("--currency", metavar="CODE", help="Such as EUR. The store is asked, if it can be.")
@click.option("--timezone", metavar="ZONE", help="Such as Europe/Berlin. The store is asked; else: UTC.")
@click.option("--offline", is_flag=True, help="Never call the store. Needs --currency.")
@command_options
def add_shopify(out: Output, **given: Unpack[Given]) -> None:
    """Connect a Shopify store.

    With an access token the store is called to prove it and to learn currency and time zone. Without one, or
    with --offline, it is never called. Secrets may be given as @FILE, or as - for standard input.
    """
    if not given["client_secret"]:
        raise Refused("An empty client secret proves nothing: anybody could sign with it.")
    domain = _domain(given["domain"])
    is_offline = given["offline"] or not given["access_token"]
    with opened(out.settings) as env:
        currency, timezone = _told(given) if is_offline else _asked(env, domain, given)
        new = NewStore(
            name=given["name"],
            platform=SHOPIFY,
            url=f"https://{domain}",
            currency=currency,
            timezone=timezone,
            is_offline=is_offline,
            webhook_path=domain,
            credentials=_credentials(given),
        )
        with env.database.write_all() as db:
            connected = connect_store(db, new, env.secrets, env.now())
        url = webhook_url(env.platforms[SHOPIFY], connected, env.settings.public_url)
        out.document(
            {"store_id": connected.store_id, "webhook_url": url},
            {
                "Connected": f"{connected.name}, store {connected.store_id}",
                "Currency": connected.currency,
                "Time zone": connected.zone.key,
                "Webhook address": url,
            },
        )


def _domain(text: str) -> str:
    from integrations.shopify.adapter import shop_domain

    domain = shop_domain(text.strip().removeprefix("https://").rstrip("/"))
    if domain is None:
        raise Refused(f"“{text[:80]}” is not a shop's domain; write one such as acorn.myshopify.com.")
    return domain


def _credentials(given: Given) -> dict[str, str]:
    return {
        Field.CLIENT_ID: given["client_id"],
        Field.WEBHOOK_SECRET: given["client_secret"],
        Field.ACCESS_TOKEN: given["access_token"] or "",
    }


def _told(given: Given) -> tuple[str, str]:
    if given["currency"] is None:
        raise click.UsageError("A store that is not asked needs --currency.")
    return known_currency(given["currency"]), given["timezone"] or "UTC"


def _asked(env: Env, domain: str, given: Given) -> tuple[str, str]:
    """Currency and time zone as the store itself says. Raises Refused or PlatformTrouble."""
    from integrations.shopify.shop import ShopifyShop

    # Not connected yet, so it has no number: whatever calls are counted under 0 end with this command.
    stranger = Store(0, given["name"], SHOPIFY, f"https://{domain}", "", time_zone("UTC"), False, domain)
    shop = env.shop(stranger, _credentials(given))
    if not isinstance(shop, ShopifyShop):
        raise TypeError("a Shopify store is opened as something else")
    about = shop.about()
    if about.lacking_scopes:
        raise Refused(f"The access token lacks these scopes: {', '.join(about.lacking_scopes)}.")
    if given["currency"] is not None and known_currency(given["currency"]) != about.currency:
        raise Refused(f"The store says its currency is {about.currency}; leave --currency out.")
    return known_currency(about.currency), given["timezone"] or about.timezone
