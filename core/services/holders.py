"""For whom a code is: the one place where a member's address is opened, just before it is needed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from core.db import members
from core.domain.discounts import Holder
from core.services.terms import Sealing


def holder_of(db: Connection, member: Row[Any], sealing: Sealing) -> Holder:
    """The member's account and address at the store; None for what the store never told."""
    sealed = members.sealed_email(db, member.store_id, member.id)
    email = None if sealed is None else sealing.open_email(sealed)
    return Holder(member.customer_ref, email)
