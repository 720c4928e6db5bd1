"""What a member's page says of what was done a moment ago: the address names it, the rows say the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, Row

from admin.here import here
from admin.naming import name_of
from admin.signed_in import the_env
from admin.words import number
from core.db import adjustments, members, merges, redemptions
from core.domain.redemptions import CALM, State
from core.services.adjusting import notes_of
from core.services.naming import Called
from core.services.terms import Sealing
from core.services.undoing import why_not


@dataclass(frozen=True, slots=True)
class Banner:
    """One result."""

    headline: str
    more: str = ""
    undo: str = ""
    """Where the form goes that undoes it; empty: it cannot be undone, or not by whoever looks."""
    colour: str = "ok"


def banner(db: Connection, called: Called, member: Row[Any], sealing: Sealing) -> Banner | None:
    """What the address says was done; None: nothing, or something else's."""
    for name, tell in (("adjusted", _adjusted), ("cancelled", _cancelled), ("merged", _merged)):
        value = request.args.get(name, "")
        if value.isascii() and value.isdigit() and 0 < len(value) < 19:
            return tell(db, called, member, sealing, int(value))
    return Banner(_("This member is forgotten.")) if request.args.get("erased") and called.is_erased else None


def _adjusted(
    db: Connection, called: Called, member: Row[Any], sealing: Sealing, adjustment_id: int
) -> Banner | None:
    row = adjustments.by_id(db, member.store_id, adjustment_id)
    if row is None or row.member_id != member.id:
        return None
    if row.undone_at is not None:
        return Banner(_undone(row))
    points = abs(row.points)
    headline = (
        ngettext("%(points)s point added.", "%(points)s points added.", points, points=number(points))
        if row.points > 0
        else ngettext(
            "%(points)s point taken away.", "%(points)s points taken away.", points, points=number(points)
        )
    )
    notes = notes_of(row, sealing)
    sees = _("%(name)s sees “%(note)s”.", name=name_of(called), note=notes.public) if notes else ""
    can_undo = not why_not(row, member, here().who, the_env().now())
    undo = url_for(".members_undo_adjustment", member_id=member.id, adjustment_id=row.id)
    return Banner(headline, sees, undo if can_undo else "")


def _undone(row: Row[Any]) -> str:
    points = abs(row.points)
    written = number(points)
    if row.points > 0:
        told = ngettext(
            "Undone: %(points)s point taken back.",
            "Undone: %(points)s points taken back.",
            points,
            points=written,
        )
    else:
        told = ngettext(
            "Undone: %(points)s point given back.",
            "Undone: %(points)s points given back.",
            points,
            points=written,
        )
    return str(told)


def _cancelled(
    db: Connection, _called: Called, member: Row[Any], _sealing: Sealing, redemption_id: int
) -> Banner | None:
    row = redemptions.by_id(db, member.store_id, redemption_id)
    if row is None:
        return None
    if members.survivors(db, member.store_id, [row.member_id]).get(row.member_id, row.member_id) != member.id:
        return None
    points = number(row.cost_points)
    if row.state == State.CANCELLED:
        return Banner(
            _("Code %(code)s is cancelled.", code=row.code), _("%(points)s points are back.", points=points)
        )
    if row.state != State.CANCELLING:
        return None
    return Banner(
        _("Code %(code)s is being switched off.", code=row.code),
        _(
            "The store is asked to switch it off. %(minutes)s minutes after it did, and if no order used it, "
            "%(points)s points come back by themselves.",
            minutes=number(int(CALM.total_seconds()) // 60),
            points=points,
        ),
        colour="warn",
    )


def _merged(
    db: Connection, _called: Called, member: Row[Any], _sealing: Sealing, merge_id: int
) -> Banner | None:
    row = merges.by_id(db, member.store_id, merge_id)
    if row is None or member.id not in {row.into_member_id, row.from_member_id}:
        return None
    if row.undone_at is not None:
        return Banner(_("Undone: members %(one)s and %(two)s are two again.", **_two(row)))
    undo = url_for(".members_unmerge", member_id=member.id, merge_id=row.id)
    return Banner(_("Member %(one)s is member %(two)s from now on.", **_two(row)), undo=undo)


def _two(row: Row[Any]) -> dict[str, str]:
    return {"one": str(row.from_member_id), "two": str(row.into_member_id)}
