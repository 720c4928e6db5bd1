"""The steps of setting up a store, with where each really stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row

from admin.words import ago, day, moment, number, signed
from core.db.inbox import State
from core.domain.stores import StoreState
from core.services.front_page import FrontPage


@dataclass(frozen=True, slots=True)
class Step:
    """One step."""

    is_done: bool
    title: str
    says: str
    link: str | None = None
    link_says: str = ""


def steps(page: FrontPage, hooks: Sequence[Row[Any]]) -> list[Step]:
    """In the order in which they are taken."""
    return [_connected(page), _arriving(page, hooks), _program(page), _reward(page), _points(page)]


def _connected(page: FrontPage) -> Step:
    store = page.store
    if store.state is StoreState.UNINSTALLED:
        return Step(
            False, _("The store is disconnected"), _("Nothing new counts until it is connected again.")
        )
    if store.state is StoreState.NEEDS_REAUTH:
        return Step(False, _("The store lets us in no more"), _("Orders that arrive are counted meanwhile."))
    if store.connected_at is None:
        return Step(True, _("Store connected"), store.url)
    return Step(
        True, _("Store connected"), _("%(url)s, since %(day)s", url=store.url, day=day(store.connected_at))
    )


def _arriving(page: FrontPage, hooks: Sequence[Row[Any]]) -> Step:
    made = ngettext(
        "%(count)s webhook is made.", "%(count)s webhooks are made.", len(hooks), count=number(len(hooks))
    )
    if page.heard_at is None:
        said = [_("No message from the store yet. The first one comes with the next order.")]
        return Step(False, _("Orders arrive by themselves"), " ".join([*said, made] if hooks else said))
    said = [_("Last message %(time)s ago.", time=ago(page.heard_at)), _waiting(page.waiting[State.NEW])]
    return Step(
        True,
        _("Orders arrive by themselves"),
        " ".join([*said, made] if hooks else said),
        url_for(".activity"),
        _("See them"),
    )


def _waiting(count: int) -> str:
    if not count:
        return str(_("Waiting now: none."))
    return str(_("Waiting now: %(count)s.", count=number(count)))


def _program(page: FrontPage) -> Step:
    program, link = page.program, url_for(".program")
    if program.is_default:
        return Step(
            False,
            _("The program is the one every store starts with"),
            _("Orders earn by it already. Read it, make it yours, and publish it."),
            link,
            _("To the program"),
        )
    if program.applied_by:
        says = _(
            "Version %(version)s, published by %(who)s on %(day)s.",
            version=program.version,
            who=program.applied_by,
            day=day(program.applied_at),
        )
    else:
        says = _("Version %(version)s, since %(day)s.", version=program.version, day=day(program.applied_at))
    return Step(True, _("The program is live"), says, link, _("Read it"))


def _reward(page: FrontPage) -> Step:
    count, link = page.program.rewards, url_for(".rewards")
    if not count:
        return Step(
            False,
            _("There is no reward yet"),
            _("Points are worth something once they can be spent."),
            link,
            _("Add one"),
        )
    says = ngettext(
        "%(count)s reward can be had for points.",
        "%(count)s rewards can be had for points.",
        count,
        count=number(count),
    )
    return Step(True, _("Points can be spent"), says, link, _("See them"))


def _points(page: FrontPage) -> Step:
    last = page.last_order
    if last is None:
        return Step(
            False, _("No order has been counted yet"), _("The next paid order earns points, and stands here.")
        )
    return Step(
        True,
        _("Orders earn points"),
        _(
            "Order %(number)s was the last one: %(points)s points, %(moment)s.",
            number=last.number,
            points=signed(last.points),
            moment=moment(last.at),
        ),
        url_for(".activity_order", order_ref=last.order_ref),
        _("See why"),
    )
