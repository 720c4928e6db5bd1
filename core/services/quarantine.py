"""Deliveries in the name of a store that may not be theirs: set aside before anything is settled.

Where all stores deliver to one address, the signature covers the body and not the name beside it. Stores of
one app share its secret, so what was signed for one of them can be sent again in the name of another. Order
ids are the platform's own there and never given twice: an order that another such store told us of first is
not this one's, until an operator vouches for the delivery. What the store itself answered needs no vouching.

Whoever tells first is believed, and two copies settled within the same few milliseconds, in both names, are
not told apart: somebody who can read deliveries on their way gains points in one store, once for each order.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import inbox, orders, stores
from core.db.inbox import State
from core.domain.errors import Refused
from core.domain.platform import Field, OrderGone, OrderTold
from core.domain.settlement import Source
from core.domain.stores import Store
from core.services.receiving import QUARANTINED, Read
from core.services.settling import Outcome, Told

PROBLEM = "another store of the same app told of this order first"


def foreign_orders(
    everywhere: Connection, secrets: Secrets, store: Store, told: Sequence[Told]
) -> dict[str, int]:
    """Which orders told of here another store sharing a secret with this one told of first, and which store.

    `everywhere` sees all stores. Orders this store has told of before are its own. One look-up however many
    are told of; none where no secret is shared.
    """
    doubtful = {one.order_ref for one in told} - {one.order_ref for one in told if _is_proven(one)}
    sharing = _sharing(everywhere, secrets, store) if doubtful else []
    return orders.owned_elsewhere(everywhere, store.store_id, sharing, doubtful) if sharing else {}


def set_aside(read: Read, foreign: Collection[str]) -> Read:
    """The batch without the deliveries that tell of these orders; they are quarantined."""
    rest, outcomes = [], list(read.outcomes)
    for one in read.told:
        if one.order_ref in foreign:
            outcomes.append(Outcome(one.row_id, State.QUARANTINED, one.order_ref, PROBLEM))
        else:
            rest.append(one)
    return replace(read, told=tuple(rest), outcomes=tuple(outcomes))


def clear_if_empty(db: Connection, store_id: int) -> None:
    """Take the notice back once nothing is quarantined any more."""
    if not inbox.counts(db, store_id)[State.QUARANTINED]:
        stores.clear_notice(db, store_id, QUARANTINED, "")


def _is_proven(told: Told) -> bool:
    """Whether the store itself said so when we called it, or an operator vouches for it."""
    message = told.message
    if isinstance(message, OrderTold):
        return told.is_vouched or message.source is Source.FETCHED
    return told.is_vouched or (isinstance(message, OrderGone) and message.is_certain)


def _sharing(everywhere: Connection, secrets: Secrets, store: Store) -> list[int]:
    """The stores of the same platform that accept a secret which this one accepts, too."""
    accepted = {
        store_id: _accepted(secrets, sealed)
        for store_id, sealed in stores.credentials_by_store(everywhere, store.platform)
    }
    own = accepted.pop(store.store_id, frozenset())
    return [store_id for store_id, others in accepted.items() if own & others]


@lru_cache(maxsize=4096)
def _accepted(secrets: Secrets, sealed: bytes) -> frozenset[bytes]:
    """What tells the webhook secrets of a store from others, and does not show them."""
    try:
        opened = secrets.unseal(sealed)
    except Refused:  # sealed with keys that are gone: no delivery of that store gets in either
        return frozenset()
    both = (opened.get(Field.WEBHOOK_SECRET), opened.get(Field.PREVIOUS_WEBHOOK_SECRET))
    return frozenset(
        hmac.digest(secrets.identity_key, secret.encode("utf-8", "surrogateescape"), hashlib.sha256)
        for secret in both
        if secret
    )
