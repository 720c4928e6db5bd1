"""What members are called: the one place that says so, for lists and pages alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from core.db import member_history
from core.services.terms import Sealing


@dataclass(frozen=True, slots=True)
class Called:
    """What is known of who somebody is."""

    member_id: int
    name: str | None
    """None: nobody told one."""
    email: str | None
    """None: not known."""
    customer_ref: str | None
    """The platform's number of the account; None: a guest, or forgotten."""
    is_erased: bool
    """Nobody knows any more who it was."""


def called_of(
    db: Connection, store_id: int, member_ids: Collection[int], sealing: Sealing
) -> dict[int, Called]:
    """What these members are called, by id; those there are. One query, however many."""
    return {row.id: called_by(row, sealing) for row in member_history.names(db, store_id, member_ids)}


def called_by(row: Row[Any], sealing: Sealing) -> Called:
    """The same, of a row that has {id, name, email, customer_ref, erased_at}, the first two sealed."""
    return Called(
        row.id,
        None if row.name is None else sealing.open_name(row.name).full,
        None if row.email is None else sealing.open_email(row.email),
        row.customer_ref,
        row.erased_at is not None,
    )
