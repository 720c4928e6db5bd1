"""A store whose keys are proven becomes one of ours, or comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import effects, stores
from core.domain.addresses import read_address
from core.domain.connecting import Introduced, name_for
from core.domain.errors import Refused
from core.domain.keys import changed_keys
from core.domain.platform import Field
from core.domain.stores import Store
from core.services.connecting import NewStore, connect_store
from core.services.reconnecting import come_back, forgive_refused, replace_keys, resume_calls

_OUR_SECRET = re.compile(r"[0-9a-f]{40,}", re.ASCII)
UNKNOWN_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Proven:
    """A store that let us in."""

    platform: str
    url: str
    keys: Mapping[str, str]
    told: Introduced
    path: str
    """Random: for its webhook address, should it be new."""
    secret: str
    """Random, in hexadecimal digits: for signing its webhooks, should it have none of ours."""


def join(db: Connection, proven: Proven, secrets: Secrets, now: datetime) -> Store:
    """Connect the store, or give the one at its address these keys. Raises Refused.

    Either way its webhooks are asked for.
    """
    known = stores.store_at(db, proven.platform, proven.url)
    store = _add(db, proven, secrets, now) if known is None else known
    if known is not None:
        _come_back(db, known, proven, secrets, now)
    effects.ask(db, store.store_id, effects.KEEP_HOOKS, [effects.ALL_HOOKS], now)
    return store


def _add(db: Connection, proven: Proven, secrets: Secrets, now: datetime) -> Store:
    host = read_address(proven.url).host
    new = NewStore(
        name=name_for(proven.told.name, host, lambda name: stores.store_by_name(db, name) is not None),
        platform=proven.platform,
        url=proven.url,
        currency=proven.told.currency,
        timezone=proven.told.timezone or UNKNOWN_ZONE,
        is_offline=False,
        webhook_path=proven.path,
        credentials={**proven.keys, Field.WEBHOOK_SECRET: proven.secret},
    )
    return connect_store(db, new, secrets, now)


def _come_back(db: Connection, store: Store, proven: Proven, secrets: Secrets, now: datetime) -> None:
    if proven.told.currency != store.currency:
        raise Refused(
            f"{store.name} sold in {store.currency} when it was connected, now in {proven.told.currency}. "
            "Its points would no longer mean what they did: set its currency back, then connect again."
        )
    seen = stores.sealed_credentials(db, store.store_id)
    if seen is None:
        raise LookupError(f"store {store.store_id} has no credentials")
    held = secrets.unseal(seen)
    given = {Field(field): key for field, key in proven.keys.items()}
    if not _OUR_SECRET.fullmatch(held.get(Field.WEBHOOK_SECRET, "")):
        # Typed in by somebody once. Webhooks made by hand go on being understood.
        given[Field.WEBHOOK_SECRET] = proven.secret
    replace_keys(db, store, seen, changed_keys(held, given, forget_previous=False), secrets)
    stores.call_from_now_on(db, store.store_id)
    resume_calls(db, store, now)
    come_back(db, store, now)
    forgive_refused(db, store)
