"""Finds what no webhook told: goes through the orders a store lists as modified, and fetches what is news.

What is found enters the inbox like any fetched order. A store in which nothing happened costs one call for
each of its lists and no write. Killed at any point, a walk goes on where its last portion was stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from core.db import catch_ups, effects, inbox, leases, stores
from core.domain.catching_up import OVERLAP, Walk
from core.domain.errors import PlatformTrouble, PlatformUnavailable, StoreUnauthorized
from core.domain.platform import FETCHED_ORDER
from core.domain.stores import StoreState
from core.jobs.bell import DRAIN, EFFECTS, WALK_ON
from core.jobs.drain import give_back
from core.jobs.env import Env
from core.jobs.walking import Portion, Round, read_portion
from core.jobs.work import Work
from core.services import reconciling
from core.services.receiving import CONNECTION_BROKEN

LONGEST_RUN = timedelta(seconds=20)
REREADS = timedelta(days=30)
"""How far back the nightly re-reading looks: by when we know an order to be modified."""
REREAD_EVERY = timedelta(hours=24)
UNREAD = "the store did not show the order when we looked: it is asked for once more by itself"
LATER = timedelta(seconds=1)
"""So long a walk that is in no hurry rests while deliveries wait in the store's inbox."""
REST = timedelta(minutes=1)
"""So long a walk rests after trouble, unless the store says for how long."""

log = structlog.get_logger()


def reconcile(env: Env, store_id: int) -> int:
    """Look for what was modified since the last look; how many orders were read.

    A store that somebody else is calling is left alone, and the look is made up for once it is free.
    """

    def look_later() -> None:
        with env.database.write(store_id) as db:
            reconciling.look_later(db, store_id, env.now())

    return _with_store(env, store_id, lambda work: _run(work, catch_ups.CHANGES), look_later)


def reread(env: Env, store_id: int) -> int:
    """Begin to go through everything modified lately, for deletions that no date tells."""
    with env.database.write(store_id) as db:
        row = catch_ups.load(db, store_id, catch_ups.REREAD)
        if row is None or row.since is None:
            now = env.now()
            catch_ups.ask(db, store_id, catch_ups.REREAD, now - REREADS, now)
    return walk_on(env, store_id)


def walk_on(env: Env, store_id: int) -> int:
    """Go on with the walks under way; how many orders were read. Leaves a taken store."""
    return _with_store(env, store_id, _run_due)


def _run_due(work: Work) -> int:
    with work.env.database.read(work.store_id) as db:
        kinds = catch_ups.due(db, work.store_id, work.env.now())
    return sum(_run(work, kind) for kind in kinds)


def _with_store(
    env: Env, store_id: int, act: Callable[[Work], int], if_taken: Callable[[], None] = lambda: None
) -> int:
    with env.database.write(store_id) as db:
        lease = leases.acquire(db, store_id, stores.OUTSIDE, env.token(), env.now(), lambda: 1)
        store = stores.store_by_id(db, store_id)
        sealed = stores.sealed_credentials(db, store_id)
    if store is None or sealed is None:
        return 0
    if lease is None:
        if_taken()
        return 0
    try:
        if store.is_offline or store.state is not StoreState.CONNECTED:
            return 0
        return act(Work(env, store, env.shop(store, env.secrets.unseal(sealed)), lease))
    finally:
        give_back(env, lease)


def _run(work: Work, kind: str) -> int:
    """Portion by portion until the walk is over, its time is up, or somebody else should have the store."""
    env, seen = work.env, 0
    ends_at = env.now() + LONGEST_RUN
    row, walk, connected_at = _standing(work, kind)
    while walk is not None:
        what = Round(kind, connected_at, row.placed_since if row is not None else None)
        try:
            portion = read_portion(work, what, walk)
        except PlatformTrouble as trouble:
            _rest(work, kind, walk, trouble)
            return seen
        env.reach("reconcile.read")
        before, row = row, _keep(work, kind, row, portion)
        seen += portion.seen
        if portion.trouble is not None:
            _rest(work, kind, portion.walk, portion.trouble)
            return seen
        if portion.walk.is_over:
            return seen
        is_spent = env.now() >= ends_at or portion.walk == walk or _is_another(before, row)
        if is_spent or _somebody_waits(work, kind):
            env.bell.ring(WALK_ON, work.store_id)
            return seen
        walk = portion.walk
    return seen


def _is_another(before: Row[Any] | None, row: Row[Any] | None) -> bool:
    """Whether somebody asked for another walk since `before` was loaded."""
    return row is not None and row.generation != (0 if before is None else before.generation)


def _standing(work: Work, kind: str) -> tuple[Row[Any] | None, Walk | None, datetime]:
    """The stored row, the walk under way, and when the store was connected first.

    A look for changes begins where the last one ended.
    """
    with work.env.database.read(work.store_id) as db:
        row = catch_ups.load(db, work.store_id, kind)
        connected_at = stores.first_connected_at(db, work.store_id)
    under_way = None if row is None else catch_ups.walk_of(row)
    if under_way is not None or kind != catch_ups.CHANGES:
        return row, under_way, connected_at
    begins_at = (connected_at if row is None else row.reached_at) - OVERLAP
    return row, Walk.beginning(begins_at), connected_at


def _keep(work: Work, kind: str, row: Row[Any] | None, portion: Portion) -> Row[Any] | None:
    """Store what was read and, in the same transaction, how far that is; the row as it stands then.

    Raises LeaseLost. When somebody asked for another walk meanwhile, what was read is stored all the same.
    """
    env = work.env
    values = _values(row, portion, env.now())
    if not _says_something(row, values, portion):
        return row
    with work.transaction() as db:
        inbox.add_deliveries(db, _deliveries(work.store_id, portion, env.now()))
        if portion.refused:
            effects.ask(db, work.store_id, effects.FETCH_ORDER, portion.refused, env.now())
        catch_ups.save(db, work.store_id, kind, row, values)
        if row is not None and row.problem is not None:
            stores.clear_notice(db, work.store_id, CONNECTION_BROKEN, effects.FETCH_ORDER)
        env.reach("reconcile.before_commit")
        kept = catch_ups.load(db, work.store_id, kind)
    env.reach("reconcile.committed")
    if found := len(portion.answers) - len(portion.refused):
        env.bell.ring(DRAIN, work.store_id)
        log.info("orders.found", store_id=work.store_id, kind=kind, orders=found)
    return kept


def _values(row: Row[Any] | None, portion: Portion, now: datetime) -> dict[str, Any]:
    walk, counted = portion.walk, row.seen_orders if row is not None else 0
    left = portion.left if portion.left is not None else (row.left_orders if row is not None else None)
    reached_at, asked = walk.begins_at, None if walk.is_over else walk.asked
    if walk.is_over:
        reached_at = max(
            walk.reached(portion.asked_at), row.reached_at if row is not None else walk.begins_at
        )
    return {
        "reached_at": reached_at,
        "began_at": row.began_at if row is not None else now,
        "since": None if walk.is_over else walk.mark.since,
        "page": "" if walk.is_over else walk.mark.page,
        "list_at": 0 if walk.is_over else walk.list_at,
        "newest_at": None if walk.is_over else walk.newest_at,
        "asked_modified_at": None if asked is None else asked.modified_at,
        "asked_ref": None if asked is None else asked.order_ref,
        "next_at": now,
        "seen_orders": counted + portion.seen,
        "left_orders": None if left is None else max(0, left - portion.seen),
        "problem": None,
    }


def _says_something(row: Row[Any] | None, values: dict[str, Any], portion: Portion) -> bool:
    """Whether there is anything to store: not for a look that found nothing and ends where it began."""
    is_under_way = row is not None and row.since is not None
    if portion.answers or is_under_way:
        return True
    if not portion.walk.is_over:
        return not portion.walk.is_at_the_top
    before = portion.walk.begins_at if row is None else row.reached_at
    return values["reached_at"] != before or (row is not None and row.problem is not None)


def _deliveries(store_id: int, portion: Portion, now: datetime) -> list[dict[str, Any]]:
    """What was read, as rows of the inbox; of an order that could not be, that it was asked for."""
    return [
        inbox.fetched(store_id, FETCHED_ORDER, one.key, one.body, now)
        | {
            "state": inbox.State.IGNORED if one.body is None else inbox.State.NEW,
            "order_ref": one.order_ref,
            "problem": UNREAD if one.body is None else None,
        }
        for one in portion.answers
    ]


def _somebody_waits(work: Work, kind: str) -> bool:
    """Whether the store has something more urgent to be done than this walk."""
    now = work.env.now()
    with work.env.database.read(work.store_id) as db:
        has_calls = bool(effects.due(db, work.store_id, now, 1))
        has_deliveries = kind != catch_ups.CHANGES and inbox.has_due(db, work.store_id, now)
    if has_deliveries:
        with work.transaction() as db:
            catch_ups.pause(db, work.store_id, kind, now + LATER, None)
    if has_calls:
        work.env.bell.ring(EFFECTS, work.store_id)
    return has_calls or has_deliveries


def _rest(work: Work, kind: str, walk: Walk, trouble: PlatformTrouble) -> None:
    """Leave the store alone for a while. A look that had not begun to write is simply begun again later."""
    now = work.env.now()
    said_s = trouble.retry_after_s if isinstance(trouble, PlatformUnavailable) else None
    until = now + (REST if said_s is None else timedelta(seconds=max(1, said_s)))
    log.warning("store.not_looked_through", store_id=work.store_id, kind=kind, problem=str(trouble)[:200])
    with work.transaction() as db:
        if isinstance(trouble, StoreUnauthorized):
            sentence = (
                f"{work.store.name} does not let us read its orders ({trouble}). Give it keys that may."
            )
            stores.raise_notice(db, work.store_id, CONNECTION_BROKEN, effects.FETCH_ORDER, sentence, now)
            if catch_ups.load(db, work.store_id, kind) is None:
                catch_ups.ask(db, work.store_id, kind, walk.begins_at, now)
        catch_ups.pause(db, work.store_id, kind, until, str(trouble)[:500])
