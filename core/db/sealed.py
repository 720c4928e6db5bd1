"""Every column that holds something encrypted, whichever table it is in, read and replaced in portions.

A column says so itself (`info=SEALED`); nothing else knows which there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, func, select, tuple_, update

from core.db.schema import metadata

PORTION: Final = 500


@dataclass(frozen=True, slots=True)
class Spot:
    """A column whose values are sealed."""

    table: Table
    column: Column[bytes]

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def key(self) -> tuple[Column[Any], ...]:
        """What tells one row of its table from all others."""
        return tuple(self.table.primary_key.columns)


@dataclass(frozen=True, slots=True)
class Value:
    """One sealed value and where it is."""

    key: tuple[Any, ...]
    sealed: bytes


def spots() -> list[Spot]:
    """Every sealed column there is."""
    return [
        Spot(table, column)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.info.get("is_sealed")
    ]


def count(db: Connection, spot: Spot) -> int:
    """How many values there are."""
    found = db.execute(select(func.count()).select_from(spot.table).where(spot.column.is_not(None)))
    return int(found.scalar_one())


def values_after(db: Connection, spot: Spot, after: tuple[Any, ...] | None) -> list[Value]:
    """The next portion, in the order of the keys; from the beginning for None."""
    chosen = select(*spot.key, spot.column).where(spot.column.is_not(None))
    if after is not None:
        chosen = chosen.where(tuple_(*spot.key) > tuple_(*after))
    rows: Sequence[Any] = db.execute(chosen.order_by(*spot.key).limit(PORTION)).all()
    return [Value(tuple(row[:-1]), row[-1]) for row in rows]


def replace_value(db: Connection, spot: Spot, value: Value, sealed: bytes) -> None:
    """Put `sealed` in the place of a value, unless it is another by now."""
    same = [column == part for column, part in zip(spot.key, value.key, strict=True)]
    db.execute(
        update(spot.table).where(*same, spot.column == value.sealed).values({spot.column.name: sealed})
    )
