"""A store's first page: what needs somebody, what today brought, and how far setting up is."""

from __future__ import annotations

from typing import Final

from babel.dates import format_date
from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from admin.charts import bar_chart
from admin.guards import least
from admin.here import here
from admin.needs import counted, needs_of
from admin.past_orders import seen_past_orders
from admin.policy import leaving
from admin.setting_up import steps
from admin.settled import seen_settled
from admin.signed_in import the_env
from core.db import hooks
from core.db.inbox import State
from core.domain.connecting import HandsOverKeys
from core.domain.days import Week
from core.domain.staff import Role
from core.services.front_page import FrontPage, front_page

LOOKS_EVERY_MS: Final = 10_000
LOOKS_OFTEN_MS: Final = 2_000
"""While something is under way."""


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("", "home", home)


@least(Role.VIEWER)
def home() -> ResponseReturnValue:
    """What is known of the store, and what can be done about it."""
    return store_page()


def store_page(problem: str = "") -> ResponseReturnValue:
    """The page; `problem`: why what was chosen about past orders was not done."""
    env, where = the_env(), here()
    store, now = where.store, env.now()
    past = seen_past_orders(env, store)
    with env.database.read(store.store_id) as db:
        page = front_page(db, store, now)
        made = hooks.of_store(db, store.store_id)
        settled = seen_settled(db, store, now)
    taken = steps(page, made)
    is_busy = past.stage == "running" or settled.is_under_way
    shown = render_template(
        "admin/store.html",
        page=page,
        store=store,
        now=now,
        waiting=counted(page.waiting[State.NEW]) if page.waiting[State.NEW] else "",
        needs=needs_of(page, settled, where.who, now),
        steps=taken,
        steps_done=sum(step.is_done for step in taken),
        weekday=format_date(page.today, "EEEE", locale=get_locale()),
        weeks=_rows(page.weeks),
        chart=bar_chart(
            [(_name(week), (week.sums.earned_points, week.sums.spent_points)) for week in page.weeks]
        ),
        share=_share(page),
        hooks=made,
        can_connect=isinstance(env.platforms[store.platform], HandsOverKeys),
        can_disconnect=where.who.may(Role.OWNER),
        past=past,
        past_problem=problem,
        settled=settled,
        is_busy=is_busy,
        every_ms=LOOKS_OFTEN_MS if is_busy else LOOKS_EVERY_MS,
    )
    return leaving(make_response(shown), over_http=bool(env.settings.allowed_networks))


def _rows(weeks: tuple[Week, ...]) -> list[tuple[str, tuple[int, int]]]:
    """For the table; the drawing has no room for more than the week's name."""
    return [
        (
            _("W%(number)s so far", number=week.number) if week is weeks[-1] else _name(week),
            (week.sums.earned_points, week.sums.spent_points),
        )
        for week in weeks
    ]


def _name(week: Week) -> str:
    return str(_("W%(number)s", number=week.number))


def _share(page: FrontPage) -> int | None:
    """How many of 100 points earned these weeks were spent; None: too few were."""
    earned = sum(week.sums.earned_points for week in page.weeks)
    spent = sum(week.sums.spent_points for week in page.weeks)
    return round(100 * spent / earned) if earned >= 100 else None
