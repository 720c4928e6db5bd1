"""Fetching an order: its answer enters the inbox and is settled like any delivery."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from core.db import inbox
from core.domain.platform import FETCHED_ORDER
from core.jobs.bell import DRAIN
from core.jobs.work import Work


def fetch_order(work: Work, effect: Row[Any]) -> None:
    """Ask for one order. Raises what `Shop.fetch_order` raises."""
    env, asked_at = work.env, work.env.now()
    body = work.shop.fetch_order(effect.subject, asked_at)
    env.reach("effects.after_call")
    with work.transaction() as db:
        inbox.add_delivery(db, _fetched_row(effect, body, asked_at, env.now()))
        work.done(db, effect)
        env.reach("effects.before_commit")
    env.reach("effects.committed")
    env.bell.ring(DRAIN, work.store_id)


def _fetched_row(effect: Row[Any], body: bytes, asked_at: datetime, now: datetime) -> dict[str, Any]:
    # Never deduped by body: trash, restore and trash again are told by equal ones.
    told = f"{effect.key}|{effect.generation}|{asked_at.isoformat()}"
    return {
        "store_id": effect.store_id,
        "topic": FETCHED_ORDER,
        "delivery_ref": "",
        "dedupe": hashlib.sha256(told.encode()).digest(),
        "body": body,
        "received_at": now,
        "state": inbox.State.NEW,
        "attempts": 0,
        "next_at": now,
    }
