"""Rows of brands: what a store's points are called and look like."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.db.brand_tables import brands
from core.db.stores import insert_ignoring

_OF_LOGO = [brands.c.logo, brands.c.logo_type]
_WITHOUT_LOGO = [column for column in brands.c if column.name != "logo"]


def of_store(db: Connection, store_id: int) -> Row[Any] | None:
    """The store's row, without the picture itself; None: it chose nothing yet."""
    return db.execute(select(*_WITHOUT_LOGO).where(brands.c.store_id == store_id)).first()


def logo(db: Connection, store_id: int, digest: str) -> Row[Any] | None:
    """The picture with this digest, and what it is: {logo, logo_type}."""
    chosen = select(*_OF_LOGO).where(brands.c.store_id == store_id, brands.c.logo_digest == digest)
    return db.execute(chosen).first()


def begin(db: Connection, values: dict[str, Any]) -> None:
    """The store's first row, unless it has one."""
    db.execute(insert_ignoring(db, brands), values)


def change(db: Connection, store_id: int, revision: int, **values: Any) -> bool:
    """Change this revision, which makes it the next one; False when it is another by now."""
    changed = db.execute(
        update(brands)
        .where(brands.c.store_id == store_id, brands.c.revision == revision)
        .values(revision=revision + 1, **values)
    )
    return changed.rowcount == 1
