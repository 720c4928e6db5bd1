"""One member's page: what they have, when it can be spent and when it ends, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row
from werkzeug.exceptions import NotFound

from admin.guards import least
from admin.here import here
from admin.member_banner import banner
from admin.member_words import LOTS_SHOWN
from admin.naming import known_by, name_of
from admin.signed_in import the_env
from core.db import members
from core.domain.adjusting import UNDONE_WITHIN
from core.domain.lots import terms_from
from core.domain.staff import Role
from core.domain.versions import in_force
from core.services.adjusting import left_today
from core.services.auditing import check_member
from core.services.excluding import why_excluded
from core.services.member_page import Places, can_be_cancelled, member_page
from core.services.naming import Called, called_of
from core.services.terms import Sealing, StoreTerms, load_terms
from core.services.undoing import why_not

BIGGEST: Final = 2**63 - 1
MEMBER: Final = "/members/<int:member_id>"
"""Where a member's pages begin."""


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    blueprint.add_url_rule(MEMBER, "members_one", one)
    blueprint.add_url_rule(f"{MEMBER}/check", "members_check", check)


@least(Role.VIEWER)
def one(member_id: int) -> ResponseReturnValue:
    """The member's page. One who was merged leads to the survivor's; with `own`: what was theirs."""
    env, where = the_env(), here()
    sealing = Sealing(env.secrets)
    with env.database.read_still(where.store.store_id) as db:
        row = the_member(db, member_id)
        if row.merged_into is not None and not request.args.get("own"):
            now_id = members.survivors(db, where.store.store_id, [member_id])[member_id]
            return redirect(url_for(".members_one", member_id=now_id, was=member_id), 303)
        terms = load_terms(db, where.store)
        page = member_page(db, terms, row, _places(), sealing, env.now())
        said = banner(db, page.called, row, sealing)
        return render_template(
            "admin/member.html",
            page=page,
            name=name_of(page.called),
            known_by=known_by(page.called),
            name_of=name_of,
            banner=said,
            why_excluded=why_excluded(db, where.store.store_id, member_id, sealing),
            was=address_number("was"),
            is_first=request.args.keys().isdisjoint({"before", "orders_before", "codes_before"}),
            pending_days=page.pending_by_day(where.store.zone),
            lots_shown=len(page.released) if request.args.get("lots") == "all" else LOTS_SHOWN,
            can_be_cancelled=can_be_cancelled,
            may=where.who.may,
            may_undo=lambda made: not why_not(made, row, where.who, env.now()),
            role=Role,
            now=env.now(),
            undone_within=UNDONE_WITHIN,
            adjust=adjusting_facts(db, terms),
        )


@least(Role.VIEWER)
def check(member_id: int) -> ResponseReturnValue:
    """The member's balance beside the sums of all their entries and lots."""
    env, store_id = the_env(), here().store.store_id
    with env.database.read_still(store_id) as db:
        row = the_member(db, member_id)
        called = called_of(db, store_id, [member_id], Sealing(env.secrets))[member_id]
        checked = check_member(db, store_id, row)
    return render_template(
        "admin/member_check.html", member=row, name=name_of(called), checked=checked, now=env.now()
    )


def the_member(db: Connection, member_id: int) -> Row[Any]:
    """A member of the store where the request is. Raises NotFound."""
    row = members.by_id(db, here().store.store_id, member_id)
    if row is None:
        raise NotFound
    return row


def called_here(db: Connection, member_id: int) -> Called:
    """What they are called."""
    return called_of(db, here().store.store_id, [member_id], Sealing(the_env().secrets))[member_id]


@dataclass(frozen=True, slots=True)
class AdjustingFacts:
    """What a form that adjusts says beforehand."""

    token: str
    """Drawn for this form alone."""
    left_today: int | None
    """How many points whoever is at work may still give or take today; None: any number."""
    ends_at: Any
    """When points given now would end; None: never, or so many days after the last activity."""
    rolling_days: int | None
    """After how many days without activity they would end; None: they do not roll."""


def adjusting_facts(db: Connection, terms: StoreTerms) -> AdjustingFacts:
    """For a form about to be shown."""
    env, where = the_env(), here()
    now = env.now()
    ends = terms_from(now, in_force(terms.versions, now).program, where.store.zone)
    return AdjustingFacts(
        env.token(), left_today(db, where.store, where.who, now), ends.expires_at, ends.rolling_days
    )


def address_number(name: str) -> int | None:
    """A number of ours in the address; None for what is none."""
    value = request.args.get(name, "")
    usable = value.isascii() and value.isdigit() and 0 < len(value) < 20 and int(value) <= BIGGEST
    return int(value) if usable else None


def _places() -> Places:
    order_ref = request.args.get("orders_before", "")
    is_usable = order_ref.isprintable() and 0 < len(order_ref) <= 40 and order_ref.isascii()
    return Places(address_number("before"), order_ref if is_usable else None, address_number("codes_before"))
