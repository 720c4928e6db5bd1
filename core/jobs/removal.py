"""Asks the platform itself whether the merchant took us out, before anything that says so is believed."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Row

from core.domain.platform import Leavable
from core.jobs.work import Work
from core.services.disconnecting import uninstalled

log = structlog.get_logger()


def check_installed(work: Work, effect: Row[Any]) -> None:
    """Have the store uninstalled if it no longer lets us in. Raises what `Leavable.is_installed` raises.

    Where it still does, what said otherwise was late or false, and nothing changes.
    """
    is_installed = not isinstance(work.shop, Leavable) or work.shop.is_installed()
    work.env.reach("removal.after_call")
    with work.transaction() as db:
        work.done(db, effect)
        if not is_installed:
            uninstalled(db, work.store, work.env.now())
    log.warning("store.removal_checked", store_id=work.store_id, is_installed=is_installed)
