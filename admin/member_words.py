"""What stands above each entry of a member's page, and what its redemptions' states are called."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from flask import Flask
from flask_babel import gettext as _
from sqlalchemy import Row

from admin.retelling import told
from core.domain.ledger import EntryKind
from core.domain.redemptions import State
from core.services.member_page import EntrySeen, OrderSeen

MERGED: Final = "merge:"
LOTS_SHOWN: Final = 12


def teach(app: Flask) -> None:
    """Let templates use these words as filters."""
    for word in (entry_title, redemption_state, redemption_chip, order_state, lot_source, last_day):
        app.jinja_env.filters[word.__name__] = word


def entry_title(entry: EntrySeen) -> str:
    """What happened, in a few words."""
    if entry.adjustment is not None:
        if entry.is_undoing:
            return str(_("Undone by %(who)s", who=entry.adjustment.undone_by or ""))
        return str(_("Adjusted by %(who)s", who=entry.adjustment.who))
    if entry.row.key.startswith(MERGED):
        return str(_("Two members who are one"))
    if entry.bought is not None:
        bought = told(entry.bought)
        return bought if entry.row.points < 0 else str(_("%(title)s, points back", title=bought))
    if entry.row.order_ref is not None and entry.row.kind != EntryKind.EXPIRE:
        return _order_title(entry)
    return _other_title(entry.row.kind)


def _order_title(entry: EntrySeen) -> str:
    number = entry.order_number or entry.row.order_ref
    match entry.row.kind:
        case EntryKind.REVOKE:
            return str(_("Order %(number)s, points taken back", number=number))
        case EntryKind.RESTORE:
            return str(_("Order %(number)s, not taken twice", number=number))
        case _:
            return str(_("Order %(number)s", number=number))


def _other_title(kind: str) -> str:
    match kind:
        case EntryKind.EXPIRE:
            return str(_("Not spent in time"))
        case EntryKind.REDEEM:
            return str(_("Spent"))
        case EntryKind.RESTORE:
            return str(_("Given back"))
        case EntryKind.ADJUST:
            return str(_("Adjusted"))
        case EntryKind.REVOKE:
            return str(_("Taken back"))
        case _:
            return str(_("Earned"))


def redemption_state(row: Row[Any]) -> str:
    """How far a redemption is."""
    match row.state:
        case State.PENDING:
            return str(_("Being made"))
        case State.LIVE:
            return str(_("Unused"))
        case State.USED:
            return str(_("Used"))
        case State.EXPIRED:
            return str(_("Ended unused"))
        case State.CANCELLING:
            return str(_("Being switched off"))
        case State.CANCELLED:
            return str(_("Cancelled"))
        case _:
            return str(_("Could not be made"))


def redemption_chip(row: Row[Any]) -> str:
    """The colour of it."""
    match row.state:
        case State.PENDING | State.LIVE:
            return "wait"
        case State.USED:
            return "ok"
        case State.CANCELLING:
            return "warn"
        case State.FAILED:
            return "bad"
        case _:
            return "off"


def order_state(order: OrderSeen) -> tuple[str, str]:
    """(colour, words): where an order stands with its points."""
    row = order.row
    if row.deleted_at is not None:
        return "off", _("Deleted in the store")
    if row.held is not None:
        return "warn", _("Waits: %(why)s", why=row.held)
    if order.is_part_returned:
        return "warn", _("Part returned")
    if row.refunded_minor and not order.net_minor:
        return "off", _("Returned")
    if row.posted_points > 0:
        return "ok", _("Counted")
    return "off", _("No points: %(status)s", status=row.status)


def lot_source(row: Row[Any]) -> str:
    """Where the points of a lot came from."""
    if row.order_ref is not None:
        return str(_("order %(number)s", number=row.number or row.order_ref))
    if row.entry_key.startswith("adjust:"):
        return str(_("adjusted by hand"))
    if row.entry_key.startswith("redemption:"):
        return str(_("given back for a code"))
    if row.entry_key.startswith(MERGED):
        return str(_("from the other of two members who are one"))
    return str(_("given"))


def last_day(ends_at: datetime) -> datetime:
    """The last moment before an end: an end of the day is told as that day, not as the next one."""
    return ends_at - timedelta(seconds=1)
