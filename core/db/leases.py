"""Who works on a store: one holder at a time, proven by a token, taken over when its time has run out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, or_, select, update

from core.db.stores import DRAIN, FULL_CLAIM, OUTSIDE
from core.db.tables import leases

LEASES = {DRAIN: timedelta(seconds=20), OUTSIDE: timedelta(seconds=330)}
"""Longer than any batch, or any call with all its pages: so long a store waits after its worker died."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one store until its time runs out."""

    store_id: int
    name: str
    token: str
    claim_size: int
    """How many deliveries the next claim may take; 1: they are suspects and are taken one by one."""
    died_alone_id: int | None = None
    """The delivery the last holder was working on alone when it died; None: it did not, or it ended well."""


def acquire(
    db: Connection, store_id: int, name: str, token: str, now: datetime, waiting: Callable[[], int]
) -> Lease | None:
    """Take the lease; None when somebody else holds it. `waiting`: how many deliveries are due at most.

    A lease that still bears a token although its time ran out belonged to a holder that died.
    """
    row = db.execute(select(leases).where(leases.c.store_id == store_id, leases.c.name == name)).first()
    if row is None or not (row.until is None or row.until < now):
        return None
    died = row.token is not None
    # The claim that killed its holder was no larger than what waits now.
    claim_size = max(1, min(row.claim_size, waiting()) // 2) if died else row.claim_size
    taken = db.execute(
        update(leases)
        .where(_is(store_id, name), or_(leases.c.until.is_(None), leases.c.until < now))
        .values(token=token, until=now + LEASES[name], claim_size=claim_size, alone_id=None)
    )
    if taken.rowcount != 1:
        return None
    return Lease(store_id, name, token, claim_size, row.alone_id if died else None)


def prove(db: Connection, lease: Lease, now: datetime, *, after_success: bool = False) -> bool:
    """First statement of every transaction of a holder: False when the lease was lost to another.

    Renews it. `after_success` lets the next claim be twice as large, up to the full size.
    """
    doubled = case((leases.c.claim_size * 2 < FULL_CLAIM, leases.c.claim_size * 2), else_=FULL_CLAIM)
    grown = {"claim_size": doubled, "alone_id": None} if after_success else {}
    renewed = db.execute(
        update(leases)
        .where(_is(lease.store_id, lease.name), leases.c.token == lease.token)
        .values(until=now + LEASES[lease.name], **grown)
    )
    return renewed.rowcount == 1


def suspect(db: Connection, lease: Lease, alone_id: int) -> None:
    """Note which delivery is worked on alone, so that it can be charged should this process die of it."""
    db.execute(
        update(leases)
        .where(_is(lease.store_id, lease.name), leases.c.token == lease.token)
        .values(alone_id=alone_id, claim_size=1)
    )


def narrow(db: Connection, lease: Lease, claim_size: int) -> None:
    """Claims begin at this size from now on, also those of the next holder. Does nothing when it was lost."""
    db.execute(
        update(leases)
        .where(_is(lease.store_id, lease.name), leases.c.token == lease.token)
        .values(claim_size=claim_size)
    )


def release(db: Connection, lease: Lease) -> None:
    """Give the lease back. Does nothing when it was lost."""
    db.execute(
        update(leases)
        .where(_is(lease.store_id, lease.name), leases.c.token == lease.token)
        .values(token=None, until=None, alone_id=None)
    )


def revoke(db: Connection, store_id: int, name: str) -> None:
    """Take the lease from whoever holds it: nothing they have prepared can be stored any more."""
    db.execute(update(leases).where(_is(store_id, name)).values(token=None, until=None, alone_id=None))


def _is(store_id: int, name: str) -> ColumnElement[bool]:
    return and_(leases.c.store_id == store_id, leases.c.name == name)
