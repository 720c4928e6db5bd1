"""Lots that points are taken back from: as few as will do, however many a member holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from core.db.bulk import among
from core.db.ledger import lots_by_id, lots_by_member
from core.db.tables import HOLDS_POINTS, lots
from core.domain.lots import Lot


def lots_of_orders(
    db: Connection, store_id: int, order_refs: Collection[str], member_ids: Collection[int]
) -> dict[int, list[Lot]]:
    """What these locked members hold from these orders, expired points among it, by member."""
    found = db.execute(
        select(lots).where(
            lots.c.store_id == store_id,
            among(db, lots.c.order_ref, order_refs),
            among(db, lots.c.member_id, member_ids),
            or_(lots.c.remaining_points > 0, lots.c.expired_points > 0),
        )
    )
    return lots_by_member(found)


def newest_worth(db: Connection, store_id: int, points: Mapping[int, int]) -> dict[int, list[Lot]]:
    """Each member's newest released lots that hold `points[member]` together, or all if they do not."""
    if not points:
        return {}
    walked = _walk(_wanted(db, points), store_id)
    lot_ids = db.execute(select(walked.c.lot_id).where(walked.c.lot_id.is_not(None))).scalars().all()
    return lots_by_id(db, store_id, lot_ids)


def _walk(wanted: FromClause, store_id: int) -> CTE:
    """(member_id, lot_id, points): from lot to older lot; `points` is what was wanted when coming to it.

    A member's walk ends with the lot that has enough, or with NULL. Lots are looked up one by one and never
    joined: a plan made before the store's lots were counted would join by going through all of them.
    """
    member_id, points = wanted.c.member_id, wanted.c.points
    newest = _newest(store_id, member_id).scalar_subquery().label("lot_id")
    walked = select(member_id, newest, points).cte("walked", recursive=True)
    held_points = (
        select(lots.c.remaining_points)
        .where(lots.c.store_id == store_id, lots.c.id == walked.c.lot_id)
        .scalar_subquery()
    )
    older = _newest(store_id, walked.c.member_id).where(lots.c.id < walked.c.lot_id).scalar_subquery()
    return walked.union_all(
        select(walked.c.member_id, older, walked.c.points - held_points).where(walked.c.points > held_points)
    )


def _newest(store_id: int, member_id: ColumnElement[int]) -> Select[tuple[int]]:
    """The member's newest released lot that holds points."""
    return (
        select(lots.c.id)
        .where(
            lots.c.store_id == store_id,
            lots.c.member_id == member_id,
            lots.c.is_released.is_(True),
            HOLDS_POINTS,
        )
        .order_by(lots.c.id.desc())
        # As a parameter, the plan that PostgreSQL keeps for all values would not know how few are wanted.
        .limit(literal_column("1"))
    )


def _wanted(db: Connection, points: Mapping[int, int]) -> FromClause:
    """(member_id, points) as rows of one parameter, so that there is one statement for all batches."""
    if db.dialect.name == "sqlite":
        pairs = func.json_each(json.dumps(points)).table_valued("key", "value")
        return select(
            cast(pairs.c.key, BigInteger).label("member_id"), pairs.c.value.label("points")
        ).subquery("wanted")
    arrays = [bindparam(None, list(one), type_=ARRAY(BigInteger)) for one in (points, points.values())]
    return func.unnest(*arrays).table_valued("member_id", "points", name="wanted").render_derived()
