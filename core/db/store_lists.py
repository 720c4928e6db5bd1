"""Lists of stores, page by page, those that need somebody first. For transactions over all stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, literal, or_, select

from core.db.bulk import among
from core.db.tables import IS_NEW, IS_OPEN, inbox, notices, stores
from core.domain.stores import StoreState

_DEAD = exists().where(inbox.c.store_id == stores.c.id, IS_OPEN, inbox.c.state == "dead")
_NOTICED = exists().where(notices.c.store_id == stores.c.id)
_calm: ColumnElement[int] = case(
    (or_(stores.c.state == StoreState.NEEDS_REAUTH, _NOTICED, _DEAD), 0), else_=1
)


@dataclass(frozen=True, slots=True)
class Mark:
    """The store a page ended with."""

    calm: int
    """0: it needs somebody."""
    name: str


def page(
    everywhere: Connection, open_to: Collection[int] | None, words: str, after: Mark | None, limit: int
) -> list[Row[Any]]:
    """{id, name, calm} of stores behind `after`; `words` stand in their name or address."""
    chosen = _chosen(select(stores.c.id, stores.c.name, _calm.label("calm")), everywhere, open_to, words)
    if after is not None:
        is_behind = and_(_calm == after.calm, stores.c.name > after.name)
        chosen = chosen.where(or_(_calm > literal(after.calm), is_behind))
    return list(everywhere.execute(chosen.order_by("calm", stores.c.name).limit(limit)))


def count(everywhere: Connection, open_to: Collection[int] | None, words: str) -> tuple[int, int]:
    """How many there are, and how many of them need somebody."""
    chosen = _chosen(select(func.count(), func.sum(1 - _calm)), everywhere, open_to, words)
    number, needing = everywhere.execute(chosen.select_from(stores)).one()
    return int(number), int(needing or 0)


def notices_of(everywhere: Connection, store_ids: Collection[int]) -> dict[int, list[str]]:
    """What the merchants of these stores should know, newest first."""
    chosen = select(notices.c.store_id, notices.c.sentence).where(
        among(everywhere, notices.c.store_id, store_ids)
    )
    found: dict[int, list[str]] = {}
    for row in everywhere.execute(chosen.order_by(notices.c.last_at.desc())):
        found.setdefault(row.store_id, []).append(row.sentence)
    return found


def dead_of(everywhere: Connection, store_ids: Collection[int]) -> Mapping[int, int]:
    """How many dead deliveries each of these stores has; those without are left out."""
    chosen = select(inbox.c.store_id, func.count()).where(
        among(everywhere, inbox.c.store_id, store_ids), IS_OPEN, inbox.c.state == "dead"
    )
    return {row[0]: row[1] for row in everywhere.execute(chosen.group_by(inbox.c.store_id))}


def oldest_waiting_of(everywhere: Connection, store_ids: Collection[int]) -> dict[int, datetime]:
    """When the first delivery that waits was received, by store; those without are left out."""
    first = (
        select(inbox.c.received_at)
        .where(inbox.c.store_id == stores.c.id, IS_NEW)
        .order_by(inbox.c.id)
        .limit(1)
        .scalar_subquery()
    )
    chosen = select(stores.c.id, first.label("first_at")).where(among(everywhere, stores.c.id, store_ids))
    return {row.id: row.first_at for row in everywhere.execute(chosen) if row.first_at is not None}


def _chosen(
    chosen: Select[*tuple[Any, ...]], everywhere: Connection, open_to: Collection[int] | None, words: str
) -> Select[*tuple[Any, ...]]:
    chosen = chosen.where(stores.c.state != StoreState.WIPED)
    if open_to is not None:
        chosen = chosen.where(among(everywhere, stores.c.id, open_to))
    if words:
        is_named = or_(
            stores.c.name.icontains(words, autoescape=True), stores.c.url.icontains(words, autoescape=True)
        )
        chosen = chosen.where(is_named)
    return chosen
