"""Asks the platform itself whether the merchant took us out, before anything that says so is believed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from core.db import tokens
from core.domain.platform import Leavable
from core.jobs.work import Work
from core.services.disconnecting import uninstalled

log = structlog.get_logger()


def check_installed(work: Work, effect: Row[Any]) -> None:
    """Have the store uninstalled if it no longer lets us in. Raises what `Leavable.is_installed` raises.

    Where it still does, or the merchant came back while it was asked, what said otherwise was late or false,
    and nothing changes.
    """
    with work.env.database.read(work.store_id) as db:
        asked_with = _granted_at(db, work.store_id)
    is_installed = not isinstance(work.shop, Leavable) or work.shop.is_installed()
    work.env.reach("removal.after_call")
    # Without proof of the lease: asking may have found out so much that it is over already.
    with work.env.database.write(work.store_id) as db:
        work.done(db, effect)
        if not is_installed and _granted_at(db, work.store_id) == asked_with:
            uninstalled(db, work.store, work.env.now())
    log.warning("store.removal_checked", store_id=work.store_id, is_installed=is_installed)


def _granted_at(db: Connection, store_id: int) -> datetime | None:
    row = tokens.tokens_of(db, store_id)
    return None if row is None else row.granted_at
