"""`regulars key`: keys that let the merchant's own programs read balances and redeem over HTTP."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import quote

import click

from cli.installation import any_store_option, opened, store_named, store_option
from cli.output import AN_ID, Output, command_options
from core.db import api_keys, stores
from core.domain.api_keys import SECRET_DIGITS
from core.services.keys import make_key, revoke_key

COLUMNS = ["key_id", "store", "note", "made_at", "revoked_at"]


@click.group()
def key() -> None:
    """Make and revoke keys for reading balances and redeeming over HTTP."""


@key.command()
@store_option
@click.option("--note", default="", metavar="TEXT", help="What it is for, to tell keys apart.")
@command_options
def create(out: Output, store_name: str, note: str) -> None:
    """Make a key for a store. It is shown this once and kept nowhere."""
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.write(store.store_id) as db:
            made = make_key(db, store, note, secrets.token_hex(SECRET_DIGITS // 2), env.now())
        url = f"{env.settings.public_url}/api/stores/{quote(store.name, safe='')}/members/MEMBER_ID"
    fields = {"key_id": made.key_id, "store_id": store.store_id, "key": made.key, "balance_url": url}
    out.document(
        fields, {"Key": made.key, "Number": made.key_id, "Opens": f"balances and redeeming at {store.name}"}
    )
    out.say()
    out.say("Copy it now: it is kept nowhere and cannot be shown again. To try it:")
    out.say(f'curl -H "Authorization: Bearer {made.key}" {url}')


@key.command("list")
@any_store_option
@command_options
def list_keys(out: Output, store_name: str | None) -> None:
    """List keys, revoked ones too. The keys themselves are kept nowhere."""
    with opened(out.settings) as env:
        chosen = None if store_name is None else store_named(env, store_name).store_id
        with env.database.read_all() as db:
            names = {store.store_id: store.name for store in stores.all_stores(db)}
            found = [row for row in api_keys.all_keys(db) if chosen in {None, row.store_id}]
    rows: list[Mapping[str, object]] = [
        {
            "key_id": row.id,
            "store_id": row.store_id,
            "store": names[row.store_id],
            "note": row.note,
            "made_at": row.made_at,
            "revoked_at": row.revoked_at,
        }
        for row in found
    ]
    out.rows(rows, COLUMNS, none="No key was made yet: bin/regulars key create --help")


@key.command()
@click.argument("key_id", metavar="ID", type=AN_ID)
@command_options
def revoke(out: Output, key_id: int) -> None:
    """Revoke a key by its number. It opens nothing from then on, and cannot be brought back."""
    with opened(out.settings) as env, env.database.write_all() as db:
        now = env.now()
        revoke_key(db, key_id, now)
    out.answer({"key_id": key_id, "revoked_at": now}, f"Key {key_id} is revoked and opens nothing any more.")
