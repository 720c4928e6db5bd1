"""What a store needs somebody for, in plain words, each with what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Row

from admin.settled import Settled
from admin.words import ago, number
from core.db.inbox import State
from core.domain.staff import Role, Who
from core.services.front_page import COUNTED_MOST, FrontPage

NOTICES_MOST: Final = 20
LATE_AFTER: Final = timedelta(minutes=5)
"""A delivery that waits so long waits for a worker that is not there."""

_TITLES: Final = {
    "connection_broken": _l("The store and we no longer reach each other"),
    "needs_reauth": _l("The store no longer lets us in"),
    "uninstalled": _l("The app was taken out of the store"),
    "lacks_rights": _l("We lack a right in the store"),
    "unknown_status": _l("A status of orders says nothing to us"),
    "quarantined": _l("A delivery may be another store’s"),
    "refused": _l("Deliveries were refused"),
    "hooks_refused": _l("The store has no webhooks of a kind"),
    "hooks_unseen": _l("We cannot see to our webhooks"),
    "hooks_lost": _l("Webhooks were switched off"),
    "unknown_shop": _l("Another store writes to us"),
    "code_used": _l("A code was used, but its order is missing"),
    "data_request": _l("A customer asks what is held of them"),
    "wipe_refused": _l("The store’s data was not deleted"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """A link, or a button that sends a form."""

    label: str
    address: str
    is_form: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing."""

    title: str
    sentences: tuple[str, ...]
    """As pages say them; those of the core are told again by the template."""
    acts: tuple[Act, ...] = ()


def needs_of(page: FrontPage, settled: Settled, who: Who, now: datetime) -> list[Need]:
    """All of it, what costs points first."""
    return [
        *_missing(settled, who),
        *_dead(page, who),
        *_late(page, now),
        *_held(page),
        *(_need_of(row, page) for row in page.notices[:NOTICES_MOST]),
        *_parked(page, who),
        *_further(page),
    ]


def counted(count: int) -> str:
    """How many, where nobody counted further than so far."""
    return _("%(count)s or more", count=number(count)) if count >= COUNTED_MOST else number(count)


def _missing(settled: Settled, who: Who) -> Iterator[Need]:
    missing = settled.found.missing
    if not missing:
        return
    names = ", ".join(one.number for one in missing[:3])
    if len(missing) > 3:
        told = _(
            "Orders %(names)s and others are paid in your store and do not stand here as there.", names=names
        )
    else:
        told = ngettext(
            "Order %(names)s is paid in your store and does not stand here as there.",
            "Orders %(names)s are paid in your store and do not stand here as there.",
            len(missing),
            names=names,
        )
    fetch = ngettext(
        "Fetch the order", "Fetch the %(count)s orders", len(missing), count=number(len(missing))
    )
    can_fetch = settled.can_be_asked_for and who.may(Role.SUPPORT)
    yield Need(
        ngettext(
            "%(count)s paid order is missing",
            "%(count)s paid orders are missing",
            len(missing),
            count=number(len(missing)),
        ),
        (told, _("Whoever bought still gets the points that are due.")),
        (Act(fetch, url_for(".fetch_missing_orders"), is_form=True),) if can_fetch else (),
    )


def _dead(page: FrontPage, who: Who) -> Iterator[Need]:
    count = page.waiting[State.DEAD]
    if not count:
        return
    look = Act(_("Look at it"), url_for(".activity", state=State.DEAD))
    again = ngettext("Read it again", "Read all again", count)
    yield Need(
        ngettext(
            "%(count)s delivery could not be read",
            "%(count)s deliveries could not be read",
            count,
            count=counted(count),
        ),
        (_("Nothing was booked for it. It is kept, and can be read again at any time."),),
        (Act(again, url_for(".activity_reread_dead"), is_form=True), look)
        if who.may(Role.SUPPORT)
        else (look,),
    )


def _late(page: FrontPage, now: datetime) -> Iterator[Need]:
    oldest = page.oldest_waiting_at
    if oldest is None or now - oldest < LATE_AFTER:
        return
    yield Need(
        _("Deliveries wait to be counted"),
        (
            _(
                "The oldest has waited for %(time)s. Nothing is lost: all is counted in turn.",
                time=ago(oldest),
            ),
            _("If it takes long, whoever runs this server should look whether a worker runs."),
        ),
        (Act(_("See what waits"), url_for(".activity", state=State.NEW)),),
    )


def _held(page: FrontPage) -> Iterator[Need]:
    count = page.waiting[State.HELD]
    if not count:
        return
    set_rate = Act(_("Set a rate"), url_for(".settings_rates"))
    look = Act(_("Look at them"), url_for(".activity", state=State.HELD))
    yield Need(
        ngettext(
            "%(count)s order waits for a rate",
            "%(count)s orders wait for a rate",
            count,
            count=counted(count),
        ),
        (_("It was paid in another currency than the store’s. With a rate it earns at once."),),
        (set_rate, look),
    )


def _need_of(row: Row[Any], page: FrontPage) -> Need:
    title = str(_TITLES.get(row.kind, _("Something to know")))
    return Need(title, (row.sentence,), tuple(_acts_of(row, page)))


def _acts_of(row: Row[Any], page: FrontPage) -> Iterator[Act]:
    if row.kind == "quarantined" and page.waiting[State.QUARANTINED]:
        yield Act(_("Decide"), url_for(".activity", state=State.QUARANTINED))
    if row.kind == "unknown_status":
        yield Act(_("To the program"), url_for(".program"))
    if row.kind == "data_request":
        yield Act(_("To the requests"), url_for(".settings_privacy"))


def _parked(page: FrontPage, who: Who) -> Iterator[Need]:
    if not page.parked:
        return
    again = Act(_("Try again now"), url_for(".activity_call_again"), is_form=True)
    yield Need(
        ngettext(
            "%(count)s call to the store is set aside",
            "%(count)s calls to the store are set aside",
            page.parked,
            count=number(page.parked),
        ),
        (
            _("It is tried again by itself, and at once when the store is connected again."),
            page.parked_problem,
        ),
        (again,) if who.may(Role.SUPPORT) and page.store.state == "connected" else (),
    )


def _further(page: FrontPage) -> Iterator[Need]:
    left = len(page.notices) - NOTICES_MOST
    if left > 0:
        yield Need(
            _("And %(count)s more notices", count=number(left)), (_("They stand here once these are done."),)
        )
