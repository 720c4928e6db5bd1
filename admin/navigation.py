"""What stands at the top of a store's pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin.here import here_or_none
from admin.signed_in import the_env, the_person, the_session
from core.db import stores
from core.domain.stores import Store
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
    there = current_app.view_functions
    return [
        Section(f".{part}", str(title), name == part or name.startswith(f"{part}_"))
        for part, title in SECTIONS
        if f"{request.blueprint}.{part}" in there
    ]


def has_page(endpoint: str) -> bool:
    """Whether the part of the pages that we are in has this page."""
    return f"{request.blueprint}.{endpoint}" in current_app.view_functions


def stores_to_pick() -> list[Store]:
    """The stores that whoever is signed in may go to; none within a platform's admin."""
    where = here_or_none()
    if the_session() is None or (where is not None and where.is_embedded):
        return []
    with the_env().database.read_all() as db:
        open_to = stores_open_to(db, the_person())
        return [one for one in stores.all_stores(db) if open_to is None or one.store_id in open_to]


def signed_in_as() -> str:
    """How the page names who is signed in."""
    person = the_person()
    return person.name if person is not None else _("Server")
