"""How members are called on the pages: by name, else by address, else by what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import gettext as _

from core.services.terms import Sealing


class Known(Protocol):
    """What a row says of who a member is, sealed."""

    @property
    def id(self) -> Any:
        """Our number."""
        ...

    @property
    def customer_ref(self) -> Any:
        """The platform's number; None: no account."""
        ...

    @property
    def erased_at(self) -> Any:
        """Since when nobody knows who it is."""
        ...

    @property
    def email(self) -> Any:
        """The address, sealed, or None."""
        ...

    @property
    def name(self) -> Any:
        """The name, sealed, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Called:
    """A member in words."""

    title: str
    """Never empty."""
    email: str
    """Empty where it is not known, or the title already."""


def called(row: Known, sealing: Sealing) -> Called:
    """How a member is called."""
    email = "" if row.email is None else sealing.open_email(row.email)
    if row.name is not None:
        return Called(sealing.open_name(row.name).full, email)
    if email:
        return Called(email, "")
    if row.erased_at is not None:
        return Called(_("Forgotten member %(number)s", number=row.id), "")
    if row.customer_ref is not None:
        return Called(_("Customer %(number)s", number=row.customer_ref), "")
    return Called(_("Guest %(number)s", number=row.id), "")
