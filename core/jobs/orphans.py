"""Switches off codes of ours that should not be: their points are back, or nobody here knows of them.

Such codes come from a call that was thought lost and arrived late, and from a database put back to an
earlier day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import Row

from core.db import leases, redemptions, stores
from core.domain.codes import code_key, redemption_of
from core.domain.discounts import FoundCode
from core.domain.errors import PlatformTrouble
from core.domain.redemptions import GIVEN_BACK
from core.domain.stores import Standing
from core.jobs.drain import give_back
from core.jobs.env import Env
from core.jobs.work import Work

PORTION = 200

log = structlog.get_logger()


def switch_off_orphans(env: Env, store_id: int) -> int:
    """Look through all codes of ours in this store; how many were switched off. Leaves the store when taken.

    A store in trouble is left for the next time.
    """
    with env.database.write(store_id) as db:
        lease = leases.acquire(db, store_id, stores.OUTSIDE, env.token(), env.now(), lambda: 1)
        store = stores.store_by_id(db, store_id)
        sealed = stores.sealed_credentials(db, store_id)
    if store is None or sealed is None or lease is None:
        return 0
    try:
        if store.is_offline or store.state is not Standing.CONNECTED:
            return 0
        work = Work(env, store, env.shop(store, env.secrets.unseal(sealed)), lease)
        return sum(_switch_off(work, portion) for portion in _portions(work))
    except PlatformTrouble as trouble:
        log.warning("orphans.left", store_id=store_id, problem=str(trouble)[:200])
        return 0
    finally:
        give_back(env, lease)


def _portions(work: Work) -> Iterator[list[FoundCode]]:
    """The store's live codes of ours, so many at a time."""
    live = (code for code in work.shop.our_codes() if code.is_live)
    while portion := list(islice(live, PORTION)):
        yield portion


def _switch_off(work: Work, codes: list[FoundCode]) -> int:
    with work.transaction() as db:
        keys = {code_key(code.code) for code in codes}
        known = {row.code_key: row for row in redemptions.by_codes(db, work.store_id, keys)}
    live_refs = {code.code_ref for code in codes}
    orphans = [code for code in codes if _is_orphan(code, known, live_refs)]
    for code in orphans:
        work.shop.disable_code(code.code_ref)
        log.warning("orphan.off", store_id=work.store_id, code_ref=code.code_ref, mark=code.mark)
    return len(orphans)


def _is_orphan(code: FoundCode, known: Mapping[str, Row[Any]], live_refs: set[str]) -> bool:
    if redemption_of(code.mark) is None:
        return False
    row = known.get(code_key(code.code))
    if row is None or row.state in GIVEN_BACK:
        return True
    # A twin: WooCommerce lets two codes of one name be made at one moment. Where ours is not beside it, the
    # store's ids may have changed with a move to another host, and this is ours.
    return row.code_ref in live_refs and row.code_ref != code.code_ref
