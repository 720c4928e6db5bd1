"""What is said of our webhooks at a WooCommerce store: that all are there and at work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import effects, hooks
from core.domain.stores import Store, StoreState
from core.jobs.checks import ago

SEEN_WITHIN: Final = timedelta(hours=2)
"""They are looked after every half hour."""
APPROVE_AGAIN: Final = "bin/regulars login-link, then “Approve again” on the page of store {store}"
STARTED: Final = "see that beat and workers run, and that the store answers"


def dead_hooks(
    db: Connection, store: Store, topics: Sequence[str], now: datetime
) -> Iterator[tuple[str, str]]:
    """What is wrong with them, and what to do. Nothing where they were made by hand.

    `topics`: what we want to be told of.
    """
    if store.platform != "woocommerce" or store.state is not StoreState.CONNECTED or store.is_offline:
        return
    asked = effects.newest(db, store.store_id, effects.KEEP_HOOKS)
    kept = hooks.of_store(db, store.store_id)
    if kept or (asked is not None and now - asked.asked_at > SEEN_WITHIN):
        yield from _missing(kept, topics)
        yield from _quiet(kept, topics, now)


def _missing(kept: Sequence[Row[Any]], topics: Sequence[str]) -> Iterator[tuple[str, str]]:
    missing = sorted(set(topics) - {row.topic for row in kept})
    if missing:
        yield f"{len(missing)} of {len(topics)} webhooks are missing: {', '.join(missing)}", APPROVE_AGAIN


def _quiet(kept: Sequence[Row[Any]], topics: Sequence[str], now: datetime) -> Iterator[tuple[str, str]]:
    quiet = [row for row in kept if now - row.active_at > SEEN_WITHIN]
    if quiet:
        since = ago(now - min(row.active_at for row in quiet))
        webhooks = "webhook was" if len(quiet) == 1 else "webhooks were"
        yield f"{len(quiet)} of {len(topics)} {webhooks} last seen at work {since}", STARTED
