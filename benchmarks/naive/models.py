"""Tables of the naive pipeline."""

from __future__ import annotations

import os
from functools import cache

from sqlalchemy import ForeignKey, UniqueConstraint, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker


class Base(DeclarativeBase):
    """All of them."""


class Member(Base):
    """A shopper in a store, with a balance."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("store", "shopper"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store: Mapped[int]
    shopper: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)


class Order(Base):
    """An order as it was last told."""

    __tablename__ = "orders"

    store: Mapped[int] = mapped_column(primary_key=True)
    order_ref: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    modified_at: Mapped[str]
    points: Mapped[int] = mapped_column(default=0)


class Entry(Base):
    """One movement of points."""

    __tablename__ = "ledger"

    id: Mapped[int] = mapped_column(primary_key=True)
    store: Mapped[int]
    order_ref: Mapped[str]
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    points: Mapped[int]


@cache
def sessions() -> sessionmaker[Session]:
    """Sessions on the database this process was told of; connected when first used."""
    url = os.environ["DATABASE_URL"]
    engine = create_engine(url)
    if url.startswith("sqlite"):
        event.listen(engine, "connect", _as_durable_as_the_product)
    return sessionmaker(engine)


def _as_durable_as_the_product(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
