"""`regulars store disconnect`: taking us out of a store, and keeping what its members have."""

from __future__ import annotations

import click

from cli.installation import opened, store_named, store_option
from cli.output import Output, command_options
from core.db import hooks
from core.services.leaving import leave


@click.command()
@store_option
@command_options
def disconnect(out: Output, store_name: str) -> None:
    """Disconnect a store: nothing of it is called or counted any more.

    Our webhooks there are deleted, as far as the store answers; what is left is tried again every half hour.
    Members keep their points. Connecting the store again takes everything up where it was.
    """
    from core.jobs.hook_rounds import drop_hooks

    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.write(store.store_id) as db:
            leave(db, store, env.now())
        deleted = drop_hooks(env, store.store_id)
        with env.database.read(store.store_id) as db:
            left = len(hooks.of_store(db, store.store_id))
    out.document(
        {"store_id": store.store_id, "deleted_webhooks": deleted, "left_webhooks": left},
        {
            "Disconnected": f"{store.name}, store {store.store_id}; its ledger stays",
            "Webhooks": _about_webhooks(deleted, left),
            "To do": "delete our key in the store: WooCommerce, Settings, Advanced, REST API"
            if store.platform == "woocommerce"
            else "take the app out of the store",
        },
    )


def _about_webhooks(deleted: int, left: int) -> str:
    if left:
        return (
            f"{deleted} deleted; {left} left, for the store does not answer: tried again by a running worker"
        )
    return f"{deleted} deleted" if deleted else "none of ours were there"
