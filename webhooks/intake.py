"""Takes verified deliveries for ever. Those that come at one moment share one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.db import inbox
from core.db.engine import meets_everybody, waited_for_lock
from core.domain.platform import OUR_TOPICS, Label
from core.jobs.bell import DRAIN
from core.jobs.env import Env
from webhooks.together import Together

TOGETHER_MOST = 64
"""As many as there are threads in the web server."""

WAITS_MOST = 2
"""So many of them wait for a lock, one after the other, before the rest are refused unheard."""

Delivered = dict[str, Any]
"""A row of the inbox."""


class Intake:
    """The one way into the inbox for whatever stores deliver."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._together = Together(self._write_all, TOGETHER_MOST)

    def keep(self, store_id: int, label: Label, body: bytes) -> None:
        """Return once the delivery is committed, or raise; then ring."""
        row = _row(store_id, label, body, self._env.now())
        self._env.reach("receive.verified")
        self._together.do(row)
        self._env.reach("receive.rung")

    def _write_all(self, rows: Sequence[Delivered]) -> list[Exception | None]:
        """Commit all of them and ring; what went wrong with each. One that fails takes no other with it."""
        try:
            self._write_once_more_if_lost(rows)
        except SQLAlchemyError as error:
            # Without a database each of them would only wait as long again, and their senders with them.
            if len(rows) == 1 or meets_everybody(error):
                return [error] * len(rows)
            # A lock that one row waits for, or one row nobody can store, is no reason to refuse the others.
            return self._write_one_by_one(rows)
        self._env.reach("receive.committed")
        for store_id in sorted({row["store_id"] for row in rows}):
            self._env.bell.ring(DRAIN, store_id)
        return [None] * len(rows)

    def _write_one_by_one(self, rows: Sequence[Delivered]) -> list[Exception | None]:
        """As `_write_all`, each in a transaction of its own, until it is clear what the rest would meet."""
        errors: list[Exception | None] = []
        waits = 0
        for row in rows:
            [error] = self._write_all([row])
            errors.append(error)
            waits = waits + 1 if error is not None and waited_for_lock(error) else 0
            # Two rows in a row waited: it is the table that is locked.
            if waits == WAITS_MOST or (isinstance(error, SQLAlchemyError) and meets_everybody(error)):
                return errors + [error] * (len(rows) - len(errors))
        return errors

    def _write_once_more_if_lost(self, rows: Sequence[Delivered]) -> None:
        try:
            self._write(rows)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # Whether it was written nobody knows; what was is passed over.
            self._write(rows)

    def _write(self, rows: Sequence[Delivered]) -> None:
        # In the same order everywhere: two processes given the same deliveries must not wait for each other.
        with self._env.database.write_at_once() as db:
            self._env.reach("receive.before_commit")
            inbox.add_deliveries(db, sorted(rows, key=itemgetter("store_id", "dedupe")))


def _row(store_id: int, label: Label, body: bytes, now: datetime) -> Delivered:
    # The delivery id alone would lose orders: WooCommerce gives all deliveries of one second the same.
    topic = "" if label.topic.startswith(OUR_TOPICS) else label.topic
    said = b"|".join((topic.encode(), label.delivery_ref.encode(), hashlib.sha256(body).digest()))
    return {
        "store_id": store_id,
        "topic": topic,
        "delivery_ref": label.delivery_ref,
        "dedupe": hashlib.sha256(said).digest(),
        "body": body,
        "received_at": now,
        "triggered_at": label.triggered_at,
        "state": inbox.State.NEW,
        "attempts": 0,
        "next_at": now,
    }
