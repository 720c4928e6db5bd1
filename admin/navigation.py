"""What stands at the top of a store's pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Row

from admin.here import here_or_none
from admin.signed_in import the_env, the_person, the_session
from core.db import stores
from core.services.staffing import stores_open_to

SECTIONS: Final = (
    ("home", _l("Home")),
    ("program", _l("Program")),
    ("rewards", _l("Rewards")),
    ("members", _l("Members")),
    ("activity", _l("Activity")),
    ("settings", _l("Settings")),
)
"""The first page of each part, and what it is called. Its other pages begin with that name: `members_…`."""


PICKED_MOST: Final = 20
"""So many stores are offered on each page; the list of stores has all of them."""


@dataclass(frozen=True, slots=True)
class Section:
    """A link."""

    endpoint: str
    title: str
    is_here: bool


def sections() -> list[Section]:
    """The parts of a store's pages; none outside of them."""
    if here_or_none() is None:
        return []
    name = (request.endpoint or "").rpartition(".")[2]
    return [
        Section(f".{part}", str(title), name == part or name.startswith(f"{part}_"))
        for part, title in SECTIONS
    ]


def stores_to_pick() -> list[Row[Any]]:
    """Some of the stores that whoever is signed in may go to, by name; none within a platform's admin."""
    where = here_or_none()
    if the_session() is None or (where is not None and where.is_embedded):
        return []
    with the_env().database.read_all() as db:
        return stores.first_by_name(db, PICKED_MOST, stores_open_to(db, the_person()))


def signed_in_as() -> str:
    """How the page names who is signed in."""
    person = the_person()
    return person.name if person is not None else _("Server")
