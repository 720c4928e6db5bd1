"""Rows of store tokens: read, taken by one renewer at a time, and replaced only by who proves to be it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.db.app_tables import store_tokens
from core.db.tables import stores
from core.domain.stores import StoreState

RENEWING_TAKES: Final = timedelta(seconds=60)
"""Longer than one call may take: so long a renewal waits after its worker died."""


def tokens_of(db: Connection, store_id: int) -> Row[Any] | None:
    """The store's tokens, sealed; None: it has none that we could renew."""
    return db.execute(select(store_tokens).where(store_tokens.c.store_id == store_id)).first()


def put_granted(db: Connection, store_id: int, values: Mapping[str, Any]) -> None:
    """Store tokens a merchant's visit brought, whatever is there; a renewal under way comes to nothing."""
    fresh = {"store_id": store_id, "generation": 1, "lease_token": None, "lease_until": None, **values}
    kept = {name: value for name, value in fresh.items() if name not in {"store_id", "generation"}}
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    db.execute(
        dialect.insert(store_tokens)
        .values(fresh)
        .on_conflict_do_update(
            index_elements=["store_id"], set_={**kept, "generation": store_tokens.c.generation + 1}
        )
    )


def take_renewal(db: Connection, store_id: int, generation: int, token: str, now: datetime) -> bool:
    """Become the one who renews the token of this generation; False when another is, or it is another's."""
    taken = db.execute(
        update(store_tokens)
        .where(
            store_tokens.c.store_id == store_id,
            store_tokens.c.generation == generation,
            or_(store_tokens.c.lease_until.is_(None), store_tokens.c.lease_until < now),
        )
        .values(lease_token=token, lease_until=now + RENEWING_TAKES)
    )
    return taken.rowcount == 1


def put_renewed(db: Connection, store_id: int, token: str, values: Mapping[str, Any]) -> bool:
    """Store what a renewal brought and give it back; False when it was lost to another: nothing is stored."""
    stored = db.execute(
        update(store_tokens)
        .where(store_tokens.c.store_id == store_id, store_tokens.c.lease_token == token)
        .values(generation=store_tokens.c.generation + 1, lease_token=None, lease_until=None, **values)
    )
    return stored.rowcount == 1


def give_back_renewal(db: Connection, store_id: int, token: str) -> bool:
    """Let the next one renew; False when it was lost to another."""
    given = db.execute(
        update(store_tokens)
        .where(store_tokens.c.store_id == store_id, store_tokens.c.lease_token == token)
        .values(lease_token=None, lease_until=None)
    )
    return given.rowcount == 1


def renew_soon(db: Connection, store_id: int, now: datetime) -> None:
    """Have the token renewed before it is used again, if it is one that ends."""
    db.execute(
        update(store_tokens)
        .where(store_tokens.c.store_id == store_id, store_tokens.c.expires_at > now)
        .values(expires_at=now)
    )


def drop_tokens(db: Connection, store_id: int) -> None:
    """Forget the store's tokens."""
    db.execute(delete(store_tokens).where(store_tokens.c.store_id == store_id))


def stores_idle_since(db: Connection, before: datetime) -> list[int]:
    """Connected stores whose tokens end and were last renewed before then."""
    found = db.execute(
        select(store_tokens.c.store_id)
        .join(stores, stores.c.id == store_tokens.c.store_id)
        .where(
            and_(stores.c.state == StoreState.CONNECTED, store_tokens.c.expires_at.is_not(None)),
            store_tokens.c.renewed_at < before,
        )
    )
    return list(found.scalars())
