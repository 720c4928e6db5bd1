"""`regulars shopify-app`: the Shopify apps this installation is known by."""

from __future__ import annotations

import click

from cli.installation import opened
from cli.output import SECRET, Output, command_options
from core.db import apps as rows
from core.services import apps
from webhooks.directory import KEPT

SHOPIFY = "shopify"

client_id_option = click.option(
    "--client-id", required=True, help="From the app's page in Shopify's Dev Dashboard."
)


@click.group("shopify-app")
def shopify_app() -> None:
    """The Shopify apps merchants install to connect their stores: add, list, change, remove."""


@shopify_app.command()
@client_id_option
@click.option("--client-secret", required=True, type=SECRET, help="Of the app; @FILE reads it from a file.")
@click.option("--handle", default="", help="As in the app's address, such as regulars.")
@command_options
def add(out: Output, client_id: str, client_secret: str, handle: str) -> None:
    """Add an app. Merchants who open it in Shopify's admin are connected from then on."""
    with opened(out.settings) as env:
        with env.database.write_all() as db:
            app = apps.add_app(db, SHOPIFY, (client_id, client_secret), handle, env.secrets, env.now())
        url = f"{env.settings.public_url}/shopify"
    out.document(
        {"client_id": app.client_id, "handle": app.handle, "app_url": url},
        {"Added": app.client_id, "App address": url},
    )
    out.say()
    out.say("Tell Shopify of it, as docs/connect-shopify.md says:")
    out.say(f"bin/regulars shopify-app config --client-id {app.client_id} > shopify.app.toml")


@shopify_app.command("list")
@command_options
def list_apps(out: Output) -> None:
    """List the apps, and how many stores each has."""
    with opened(out.settings) as env, env.database.read_all() as db:
        counts = rows.store_counts(db)
        listed = [
            {
                "client_id": app.client_id,
                "handle": app.handle,
                "stores": counts.get(app.app_id, 0),
                "accepts_previous_secret": len(app.secrets) > 1,
            }
            for app in apps.known_apps(db, env.secrets, SHOPIFY)
        ]
    columns = ["client_id", "handle", "stores", "accepts_previous_secret"]
    out.rows(listed, columns, none="No app is here yet: bin/regulars shopify-app add --help")


@shopify_app.command("set-secret")
@client_id_option
@click.option("--client-secret", type=SECRET, help="The new one; @FILE reads it from a file.")
@click.option("--forget-previous", is_flag=True, help="Accept the secret of before no longer.")
@command_options
def set_secret(out: Output, client_id: str, client_secret: str | None, forget_previous: bool) -> None:
    """Give an app and all of its stores a new secret.

    The one of before goes on being accepted until --forget-previous, since Shopify may sign with it for up
    to an hour after the change.
    """
    if not client_secret and not forget_previous:
        raise click.UsageError("Nothing to set: give --client-secret or --forget-previous.")
    with opened(out.settings) as env, env.database.write_all() as db:
        count = 0
        if client_secret:
            app = apps.named(db, env.secrets, SHOPIFY, client_id)
            count = apps.set_secret(db, app, client_secret, env.secrets)
        if forget_previous:
            app = apps.named(db, env.secrets, SHOPIFY, client_id)
            count = apps.forget_previous(db, app, env.secrets)
    stores = "1 store" if count == 1 else f"{count:,} stores"
    out.answer(
        {"client_id": client_id, "stores": count, "accepts_previous_secret": not forget_previous},
        f"Changed for {stores}; taken up by every receiver within {KEPT.total_seconds():.0f} s.",
    )


@shopify_app.command()
@client_id_option
@command_options
def remove(out: Output, client_id: str) -> None:
    """Remove an app that no store is connected by."""
    with opened(out.settings) as env, env.database.write_all() as db:
        apps.remove_app(db, apps.named(db, env.secrets, SHOPIFY, client_id))
    out.answer({"client_id": client_id}, f"Removed {client_id}.")


@shopify_app.command()
@client_id_option
@command_options
def config(out: Output, client_id: str) -> None:
    """Print shopify.app.toml for this app and this installation's PUBLIC_URL."""
    from integrations.shopify.app import filled_in

    with opened(out.settings) as env, env.database.read_all() as db:
        app = apps.named(db, env.secrets, SHOPIFY, client_id)
        text = filled_in(env.settings.public_url, app.client_id, app.handle)
    out.answer({"shopify_app_toml": text}, text)
