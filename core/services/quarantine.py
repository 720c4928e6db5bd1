"""Deliveries in the name of a store that may not be theirs: set aside before anything is settled.

Where all stores deliver to one address, the signature covers the body and not the name beside it. Stores of
one app share its secret, so what was signed for one of them can be sent again in the name of another. Order
ids are the platform's own there and never given twice: an order that was settled for another such store first
is not this one's, until an operator vouches for the delivery. What the store itself answered needs none.

Whoever is settled first is believed, which need not be whoever told first: each store has a line of its own.
Two copies settled within the same few milliseconds, in both names, are not told apart. So somebody who can
read deliveries on their way gains points in one store, once for each order, and has the owner's set aside.
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
    """Which orders told of here were settled first for another store of the same app, and for which.

    `everywhere` sees all stores. Orders settled for this store before are its own. One look-up however many
    are told of and however many stores there are; one more where another store has any of them.
    """
    doubtful = {one.order_ref for one in told} - {one.order_ref for one in told if _is_proven(one)}
    having = orders.stores_with(everywhere, doubtful) if doubtful else {}
    strange = {order_ref: ids for order_ref, ids in having.items() if store.store_id not in ids}
    sharing = _sharing(everywhere, secrets, store, set().union(*strange.values())) if strange else set()
    return {order_ref: min(ids & sharing) for order_ref, ids in strange.items() if ids & sharing}


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
    if not inbox.open_counts(db, store_id, 1)[State.QUARANTINED]:
        stores.clear_notice(db, store_id, QUARANTINED, "")


def _is_proven(told: Told) -> bool:
    """Whether the store itself said so when we called it, or an operator vouches for it."""
    message = told.message
    if isinstance(message, OrderTold):
        return told.is_vouched or message.source is Source.FETCHED
    return told.is_vouched or (isinstance(message, OrderGone) and message.is_certain)


def _sharing(everywhere: Connection, secrets: Secrets, store: Store, others: Collection[int]) -> set[int]:
    """Those of the other stores that are of the same app: its id, or a secret they accept, is this one's."""
    marks = {
        store_id: _marks(secrets, sealed)
        for store_id, sealed in stores.credentials_by_store(
            everywhere, store.platform, [store.store_id, *others]
        )
    }
    own = marks.pop(store.store_id, frozenset())
    return {store_id for store_id, theirs in marks.items() if own & theirs}


@lru_cache(maxsize=4096)
def _marks(secrets: Secrets, sealed: bytes) -> frozenset[bytes]:
    """What tells the app of a store from others, and does not show its secrets.

    Its id is one: while secrets are replaced store by store, two of one app may have none in common.
    """
    try:
        opened = secrets.unseal(sealed)
    except Refused:  # sealed with keys that are gone: no delivery of that store gets in either
        return frozenset()
    telling = (Field.WEBHOOK_SECRET, Field.PREVIOUS_WEBHOOK_SECRET, Field.CLIENT_ID)
    return frozenset(
        hmac.digest(secrets.identity_key, said.encode("utf-8", "surrogateescape"), hashlib.sha256)
        for said in map(opened.get, telling)
        if said
    )
