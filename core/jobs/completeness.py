"""Whether every paid order of a store is settled here, day by day, and which are not. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from core.db import catch_ups, inbox, stores
from core.db.inbox import State
from core.domain.catching_up import Glimpse, Kept, Walk, is_from_before, is_news, question
from core.domain.completeness import Completeness, Missing
from core.domain.errors import Refused
from core.domain.platform import Shop
from core.domain.stores import Store, StoreState
from core.jobs.env import Env

ON_ITS_WAY: Final = timedelta(minutes=10)
"""What was modified so lately may not have been told of yet."""

NEVER_TOLD = "was never told of here"
DELETED_HERE = "counts as deleted here"
OLDER_HERE = "has changed since we were told of it"
UNREADABLE = "was read as it is now, but could not be settled"
NOT_LISTED = "has points here, but the store does not list it"


def measure(env: Env, store: Store, since: datetime, progress: Callable[[int], None]) -> Completeness:
    """Compare every order placed since a moment. `progress` is told how many each page had.

    Raises PlatformTrouble, and Refused for a store that is never called.
    """
    shop, now = _open(env, store), env.now()
    with env.database.read(store.store_id) as db:
        connected_at = stores.first_connected_at(db, store.store_id)
    which = env.platforms[store.platform].order_lists[0]
    found, listed, walk = Completeness(), set[str](), Walk.beginning(since)
    while not walk.is_over:
        page = shop.list_orders(which, walk.mark, env.now())
        with env.database.read(store.store_id) as db:
            kept = catch_ups.kept(db, store.store_id, [one.order_ref for one in page.orders])
            keys = {question(kept.get(one.order_ref), one): one.order_ref for one in page.orders}
            states = inbox.states(db, store.store_id, list(keys))
        read = {keys[key]: state for key, state in states.items()}
        new = [one for one in page.orders if one.order_ref not in listed]
        placed = [one for one in new if one.ordered_at >= since]
        strange = {one.order_ref for one in placed if is_from_before(one, connected_at)} - kept.keys()
        found.from_before += sum(one.is_paid for one in placed if one.order_ref in strange)
        _compare(found, store, [one for one in placed if one.order_ref not in strange], kept, read, now)
        listed.update(one.order_ref for one in new)
        progress(len(new))
        walk = walk.beyond(page, lists=1)
    _find_unlisted(env, store, since, now, listed, found)
    found.missing.sort(key=lambda one: one.ordered_at)
    return found


def _open(env: Env, store: Store) -> Shop:
    with env.database.read(store.store_id) as db:
        sealed = stores.sealed_credentials(db, store.store_id)
    if store.is_offline or store.state is not StoreState.CONNECTED or sealed is None:
        raise Refused(f"{store.name} is not called, so there is nothing to compare with.")
    return env.shop(store, env.secrets.unseal(sealed))


def _compare(
    found: Completeness,
    store: Store,
    orders: list[Glimpse],
    kept: Mapping[str, Kept],
    read: Mapping[str, State],
    now: datetime,
) -> None:
    """`read`: what became of orders that were read as they stand, here and there."""
    for one in orders:
        why = _why_missing(kept.get(one.order_ref), one)
        state = read.get(one.order_ref, State.NEW)
        if why and state is State.DONE and not one.is_paid:
            found.unclear += 1
            continue
        if why and state is not State.NEW:
            why = UNREADABLE
        if why and one.modified_at > now - ON_ITS_WAY:
            found.on_their_way += 1
            continue
        if one.is_paid:
            day = found.days[one.ordered_at.astimezone(store.zone).date()]
            day.paid += 1
            day.settled += not why
        if why:
            found.missing.append(Missing(one.order_ref, one.number, one.ordered_at, why))


def _why_missing(kept: Kept | None, one: Glimpse) -> str:
    """Empty for an order that is here as it is there, and for one that can have no points."""
    if kept is None:
        return NEVER_TOLD if one.is_paid else ""
    is_newer_here = kept.modified_at is not None and kept.modified_at > one.modified_at
    if is_newer_here or not is_news(kept, one) or not (one.is_paid or kept.posted_points):
        return ""
    return DELETED_HERE if kept.is_deleted else OLDER_HERE


def _find_unlisted(
    env: Env, store: Store, since: datetime, now: datetime, listed: set[str], found: Completeness
) -> None:
    with env.database.read(store.store_id) as db:
        held = catch_ups.with_points_since(db, store.store_id, since, now - ON_ITS_WAY)
    found.missing += [
        Missing(row.order_ref, row.number, row.ordered_at, NOT_LISTED)
        for row in held
        if row.order_ref not in listed
    ]
