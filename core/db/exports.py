"""Rows of exports: what was put together for somebody who asked what is held of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select

from core.db.bulk import among
from core.db.tables import exports


def add(db: Connection, values: dict[str, Any]) -> int:
    """Keep one; its id."""
    export_id: int = db.execute(exports.insert().returning(exports.c.id), values).scalar_one()
    return export_id


def listed(db: Connection, store_id: int) -> list[Row[Any]]:
    """All of a store, the newest first, without the documents."""
    wanted = (exports.c.id, exports.c.member_id, exports.c.request_ref, exports.c.made_at, exports.c.ends_at)
    return list(
        db.execute(select(*wanted).where(exports.c.store_id == store_id).order_by(exports.c.id.desc()))
    )


def sealed(db: Connection, store_id: int, export_id: int) -> bytes | None:
    """One document, encrypted; None: there is none."""
    document: bytes | None = db.execute(
        select(exports.c.document).where(exports.c.store_id == store_id, exports.c.id == export_id)
    ).scalar()
    return document


def delete_of(db: Connection, store_id: int, member_ids: Collection[int]) -> list[str]:
    """Delete what was put together for these members; the platform's numbers of the requests."""
    return _delete(db, store_id, among(db, exports.c.member_id, member_ids))


def delete_ended(db: Connection, store_id: int, now: datetime) -> list[str]:
    """Delete those whose time is over; the platform's numbers of the requests."""
    return _delete(db, store_id, exports.c.ends_at <= now)


def _delete(db: Connection, store_id: int, which: ColumnElement[bool]) -> list[str]:
    gone = db.execute(
        delete(exports).where(exports.c.store_id == store_id, which).returning(exports.c.request_ref)
    )
    return list(gone.scalars())
