"""Switches off codes of ours that should not be: their points are back, or nobody here knows of them.

Such codes come from a call that was thought lost and arrived late, and from a database put back to an
earlier day. The store's codes are looked through a page at a time; where to go on is kept in the database,
and the store is left to others in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from core.db import leases, redemptions, stores, sweeps
from core.domain.codes import code_key, read_mark
from core.domain.discounts import FoundCode
from core.domain.errors import PlatformRefused, PlatformTrouble, PlatformUnavailable
from core.domain.redemptions import GIVEN_BACK
from core.domain.stores import StoreState
from core.jobs.bell import ORPHANS
from core.jobs.drain import give_back
from core.jobs.env import Env
from core.jobs.installation import installation_of
from core.jobs.work import Work

SWEEP_AGAIN = timedelta(hours=6)
LONGEST_RUN = timedelta(seconds=20)
"""After this the store is left to others and the rest is rung for."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Swept:
    """What one run came to."""

    switched_off: int
    is_rest_due: bool


def switch_off_orphans(env: Env, store_id: int) -> int:
    """Look through codes of ours in this store for some seconds, from where the last run ended.

    How many were switched off. Rings for what is left. Leaves the store when it is taken; one that is down is
    left for the next look, one that refuses for the next sweep.
    """
    work = _take(env, store_id)
    if work is None:
        return 0
    try:
        swept = _try_to_sweep(work)
    finally:
        give_back(env, work.lease)
    if swept.is_rest_due:
        env.bell.ring(ORPHANS, store_id)
    return swept.switched_off


def _take(env: Env, store_id: int) -> Work | None:
    with env.database.write(store_id) as db:
        lease = leases.acquire(db, store_id, stores.OUTSIDE, env.token(), env.now(), lambda: 1)
        store = stores.store_by_id(db, store_id)
        sealed = stores.sealed_credentials(db, store_id)
    if store is None or sealed is None or lease is None:
        return None
    return Work(env, store, env.shop(store, env.secrets.unseal(sealed)), lease)


def _try_to_sweep(work: Work) -> _Swept:
    try:
        if not work.store.is_offline and work.store.state is StoreState.CONNECTED:
            return _sweep(work)
        _note(work, None)
    except PlatformTrouble as trouble:
        log.warning("orphans.left", store_id=work.store_id, problem=str(trouble)[:200])
        if not isinstance(trouble, PlatformUnavailable):
            # Dead keys, or a place in the list that the store no longer knows.
            _note(work, None)
    return _Swept(0, is_rest_due=False)


def _sweep(work: Work) -> _Swept:
    ends_at, tried, switched_off = work.env.now() + LONGEST_RUN, 0, 0
    with work.env.database.read(work.store_id) as db:
        cursor = sweeps.cursor(db, work.store_id)
    while True:
        page = work.shop.our_codes(cursor)
        for orphan in _orphans(work, [code for code in page.codes if code.is_live]):
            if tried and work.env.now() >= ends_at:
                return _Swept(switched_off, is_rest_due=True)
            tried += 1
            switched_off += _switch_off(work, orphan)
        cursor = page.next_cursor
        _note(work, cursor)
        if cursor is None or work.env.now() >= ends_at:
            return _Swept(switched_off, is_rest_due=cursor is not None)


def _note(work: Work, cursor: str | None) -> None:
    with work.transaction() as db:
        if cursor is None:
            sweeps.finish(db, work.store_id, work.env.now())
        else:
            sweeps.go_on_at(db, work.store_id, cursor)


def _switch_off(work: Work, orphan: FoundCode) -> bool:
    try:
        work.shop.disable_code(orphan.code_ref)
    except PlatformRefused as refusal:
        # It keeps no other from being switched off.
        log.error(
            "orphan.stays", store_id=work.store_id, code_ref=orphan.code_ref, problem=str(refusal)[:200]
        )
        return False
    log.warning("orphan.off", store_id=work.store_id, code_ref=orphan.code_ref, mark=orphan.mark)
    return True


def _orphans(work: Work, codes: Sequence[FoundCode]) -> Iterator[FoundCode]:
    with work.transaction() as db:
        us = installation_of(work.env, db)
        found = redemptions.by_codes(db, work.store_id, {code_key(code.code) for code in codes})
    known = {row.code_key: row for row in found}
    live_refs = {code.code_ref for code in codes}
    return (code for code in codes if _is_orphan(code, us, known, live_refs))


def _is_orphan(code: FoundCode, us: str, known: Mapping[str, Row[Any]], live_refs: set[str]) -> bool:
    mark = read_mark(code.mark)
    # Another installation may share the store, such as a copy of this one made to try things out.
    if mark is None or mark.installation not in {us, None}:
        return False
    row = known.get(code_key(code.code))
    if row is None:
        # An old mark does not say whose it is.
        return mark.installation == us
    if row.state in GIVEN_BACK:
        return True
    # A twin: WooCommerce lets two codes of one name be made at one moment. Where ours is not beside it, the
    # store's ids may have changed with a move to another host, and this is ours.
    return row.code_ref in live_refs and row.code_ref != code.code_ref
