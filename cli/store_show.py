"""`regulars store show`: what is known of one store. Never what its keys are."""

from __future__ import annotations

from collections.abc import Mapping

import click

from cli.installation import opened, store_named, store_option
from cli.output import Output, command_options
from core.db import stores
from core.domain.platform import Field, webhook_url
from core.domain.stores import StoreState

STANDINGS: Mapping[StoreState, str] = {
    StoreState.CONNECTED: "stands",
    StoreState.NEEDS_REAUTH: "waits for the merchant to open the app",
    StoreState.UNINSTALLED: "the app was taken out",
    StoreState.WIPED: "wiped",
}


@click.command()
@store_option
@command_options
def show(out: Output, store_name: str) -> None:
    """Show a store: where it is, which keys of it are kept, what there is to be told of it."""
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.read(store.store_id) as db:
            sealed = stores.sealed_credentials(db, store.store_id)
            notices = [notice.sentence for notice in stores.open_notices(db, store.store_id)]
        held = env.secrets.unseal(sealed) if sealed else {}
        keys = sorted(field for field, value in held.items() if value)
        accepts_previous = Field.PREVIOUS_WEBHOOK_SECRET in keys
        keys = [field for field in keys if field != Field.PREVIOUS_WEBHOOK_SECRET]
        address = webhook_url(env.platforms[store.platform], store, env.settings.public_url)
    out.document(
        {
            "store_id": store.store_id,
            "name": store.name,
            "platform": store.platform,
            "url": store.url,
            "currency": store.currency,
            "timezone": store.zone.key,
            "is_offline": store.is_offline,
            "state": store.state,
            "webhook_url": address,
            "keys": keys,
            "accepts_previous_secret": accepts_previous,
            "notices": notices,
        },
        {
            "Store": f"{store.name}, store {store.store_id}, {store.platform}",
            "Address": store.url,
            "Currency": store.currency,
            "Time zone": store.zone.key,
            "Called": "never" if store.is_offline else "yes",
            "Connection": STANDINGS[store.state],
            "Webhook address": address,
            "Keys kept": ", ".join(field.replace("_", " ") for field in keys) or "none",
            **({"": "previous secret still accepted"} if accepts_previous else {}),
            **{f"Notice {number}": sentence for number, sentence in enumerate(notices, 1)},
        },
    )
