"""The members of a store: found by what one knows of somebody, in the order one wants, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row

from admin.guards import least
from admin.here import here
from admin.naming import address_beside, name_of
from admin.signed_in import the_env
from admin.typed import Typed
from core.db import member_lists
from core.db.member_lists import COUNTED_MOST, Page, Show, Sort, Wanted
from core.domain.listing import PER_PAGE, PER_PAGE_MOST, BadPlace, Place, read_place
from core.domain.staff import Role
from core.services.finding import By, Found, find
from core.services.naming import Called, called_by
from core.services.terms import Sealing

IDLE_DAYS_MOST: Final = 3650
DOWN, UP = "down", "up"


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/members", "members", members)


@dataclass(slots=True)
class Asked:
    """What the address asks for; what it asks in vain is among the problems, and left out."""

    query: str = ""
    show: Show = Show.ALL
    idle_days: int | None = None
    sort: Sort = Sort.ACTIVITY
    is_up: bool = False
    per_page: int = PER_PAGE
    place: Place | None = None
    problems: dict[str, str] = field(default_factory=dict)

    def args(self, **changes: str) -> dict[str, Any]:
        """Of the same list from its beginning, with changes; what goes without saying is left out."""
        said = {
            "q": self.query,
            "show": self.show if self.show is not Show.ALL else "",
            "idle": str(self.idle_days or ""),
            "sort": self.sort if self.sort is not Sort.ACTIVITY else "",
            "order": UP if self.is_up else "",
            "per_page": str(self.per_page) if self.per_page != PER_PAGE else "",
        }
        return {name: str(value) for name, value in (said | changes).items() if value}

    @property
    def is_filtered(self) -> bool:
        """Whether not everybody is asked for."""
        return bool(self.query) or self.show is not Show.ALL or self.idle_days is not None


@dataclass(frozen=True, slots=True)
class Seen:
    """One member as the list shows it."""

    row: Row[Any]
    called: Called
    url: str
    """Empty: there is no page of one member."""


@dataclass(frozen=True, slots=True)
class Understood:
    """One number that was found, with who is behind it."""

    by: By
    number: str
    called: Called | None
    """None: an order of nobody's."""
    url: str


@least(Role.VIEWER)
def members() -> ResponseReturnValue:
    """The list. 422 for an address that asks for what there is not, with the list as far as it goes."""
    env, store_id = the_env(), here().store.store_id
    asked, sealing = read_asked(request.args), Sealing(env.secrets)
    with env.database.read(store_id) as db:
        found = find(db, store_id, asked.query, sealing) if asked.query else Found()
        wanted = wanted_of(asked, found)
        page = member_lists.page_of(db, store_id, wanted, asked.place, asked.per_page)
        count = member_lists.count_of(db, store_id, wanted)
        understood = _understood(db, store_id, found, sealing)
    shown = render_template(
        "admin/members.html",
        asked=asked,
        found=found,
        understood=understood,
        name_of=name_of,
        address_beside=address_beside,
        rows=[Seen(row, called_by(row, sealing), member_url(row.id)) for row in page.rows],
        count=count,
        counted_most=COUNTED_MOST,
        places=_places(asked, page),
        heads=[_head(asked, sort) for sort in Sort],
        shows=list(Show),
        idle_days_most=IDLE_DAYS_MOST,
    )
    return (shown, 422) if asked.problems else shown


def read_asked(args: Mapping[str, str]) -> Asked:
    """What an address asks for."""
    typed = Typed(args)
    asked = Asked(problems=typed.problems, query=args.get("q", "").strip())
    if args.get("show"):
        asked.show = Show(typed.choice("show", list(Show), Show.ALL))
    if args.get("sort"):
        asked.sort = Sort(typed.choice("sort", list(Sort), Sort.ACTIVITY))
    if args.get("order"):
        asked.is_up = typed.choice("order", (DOWN, UP), DOWN) == UP
    if args.get("idle"):
        days = typed.whole("idle", 1, IDLE_DAYS_MOST)
        asked.idle_days = days or None
    if args.get("per_page"):
        asked.per_page = min(PER_PAGE_MOST, typed.whole("per_page", 1, 10**15, PER_PAGE))
    try:
        asked.place = read_place(args.get("page", ""))
    except BadPlace:
        typed.problems["page"] = _("This page of the list does not exist. Here is the first.")
    if asked.place is not None and asked.place.value is None and asked.sort is not Sort.ACTIVITY:
        asked.place = None
        typed.problems["page"] = _("This page of the list does not exist. Here is the first.")
    return asked


def wanted_of(asked: Asked, found: Found) -> Wanted:
    """The same as the database is asked."""
    idle_since = None
    if asked.idle_days is not None:
        idle_since = the_env().now() - timedelta(days=asked.idle_days)
    member_ids = found.member_ids if asked.query else None
    return Wanted(asked.show, asked.sort, asked.is_up, idle_since, member_ids)


def member_url(member_id: int) -> str:
    """Where the page of one member is; empty where there is none."""
    if f"{request.blueprint}.members_one" not in current_app.view_functions:
        return ""
    return url_for(".members_one", member_id=member_id)


def _understood(db: Connection, store_id: int, found: Found, sealing: Sealing) -> list[Understood]:
    ids = {hit.member_id for hit in found.hits if hit.member_id is not None}
    known = member_lists.people(db, store_id, ids) if ids else {}
    return [
        Understood(
            hit.by,
            hit.number,
            called_by(known[hit.member_id], sealing) if hit.member_id in known else None,
            member_url(hit.member_id) if hit.member_id in known else "",
        )
        for hit in found.hits
    ]


def _places(asked: Asked, page: Page) -> dict[str, str]:
    """The addresses of the pages before and behind; empty where there is none."""
    return {
        name: url_for(".members", **asked.args(page=str(place))) if place is not None else ""
        for name, place in (("previous", page.previous), ("next", page.next))
    }


def _head(asked: Asked, sort: Sort) -> dict[str, str]:
    """A head of a column: its address, which turns the order round where it is sorted by it already."""
    is_here = asked.sort is sort
    turned = UP if is_here and not asked.is_up else ""
    return {
        "sort": sort,
        "aria": ("ascending" if asked.is_up else "descending") if is_here else "",
        "url": url_for(".members", **asked.args(sort=sort, order=turned)),
    }
