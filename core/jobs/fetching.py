"""Fetching an order or a customer: the answer enters the inbox and is settled like any delivery."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from core.db import inbox
from core.domain.errors import PlatformRefused
from core.domain.platform import FETCHED_CUSTOMER, FETCHED_ORDER, KnowsCustomers
from core.jobs.bell import DRAIN
from core.jobs.work import Work


def fetch_order(work: Work, effect: Row[Any]) -> None:
    """Ask for one order. Raises what `Shop.fetch_order` raises."""
    asked_at = work.env.now()
    body = work.shop.fetch_order(effect.subject, asked_at)
    _enter(work, effect, FETCHED_ORDER, body, asked_at)


def fetch_customer(work: Work, effect: Row[Any]) -> None:
    """Ask for one customer. Raises what `KnowsCustomers.fetch_customer` raises, and PlatformRefused."""
    if not isinstance(work.shop, KnowsCustomers):
        raise PlatformRefused(f"{work.store.name} is of a platform that is not asked about customers.")
    asked_at = work.env.now()
    body = work.shop.fetch_customer(effect.subject, asked_at)
    _enter(work, effect, FETCHED_CUSTOMER, body, asked_at)


def _enter(work: Work, effect: Row[Any], topic: str, body: bytes, asked_at: datetime) -> None:
    env = work.env
    env.reach("effects.after_call")
    # Never deduped by body: trash, restore and trash again are told by equal ones.
    asked = f"{effect.key}|{effect.generation}|{asked_at.isoformat()}"
    dedupe = hashlib.sha256(asked.encode()).digest()
    with work.transaction() as db:
        inbox.add_delivery(db, inbox.fetched(work.store_id, topic, dedupe, body, env.now()))
        work.done(db, effect)
        env.reach("effects.before_commit")
    env.reach("effects.committed")
    env.bell.ring(DRAIN, work.store_id)
