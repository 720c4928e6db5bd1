"""Worked examples beside the settings of a program, in words: the store's own last orders, under a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from admin.here import here
from admin.program_words import in_decimals, reward_sentence
from admin.retelling import told
from admin.saying import _, ngettext
from admin.words import day, money, number
from core.domain.money import exponent
from core.domain.program import ExpiryKind, Program
from core.domain.program_examples import (
    HALF,
    Example,
    Shown,
    half_returned,
    money_for_a_point,
    worked_out,
)
from core.domain.redemptions import points_back
from core.domain.sentences import order_sentence

COST_WITHOUT_REWARDS: Final = 100
"""What a code is said to have cost where the program has no reward to tell by."""
_A_MOMENT: Final = timedelta(microseconds=1)
_PLACES: Final = 2
"""Decimals beyond those of the smallest coin."""


@dataclass(frozen=True, slots=True)
class Row:
    """One order in the table beside Earn."""

    order: str
    net: str
    exact: str
    points: int
    live_points: int
    """Under the program that is live."""
    why_nothing: str
    """Why it earns nothing; empty: it earns something, or that is told beside the table."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside each setting."""

    is_made_up: bool
    """Whether the store has no order to explain with yet."""
    rows: tuple[Row, ...]
    why: str
    """How the order that the other examples tell of came to its points."""
    wait: str
    live_wait: str
    """The same under the program that is live; empty: it is the same."""
    spend: tuple[str, ...]
    live_share: str
    """What customers get back under the program that is live; empty: the same, or nothing to say."""
    expire: str
    refund: tuple[str, ...]


def beside(shown: Sequence[Shown], program: Program, live: Program) -> Beside:
    """Every example, for a program that is being written."""
    zone = here().store.zone
    examples = [worked_out(one, program, zone) for one in shown]
    before = [worked_out(one, live, zone) for one in shown]
    telling = next((one for one in examples if one.points), examples[0])
    told_before = before[examples.index(telling)]
    waits_alike = (program.pending_days, program.pending_anchor) == (live.pending_days, live.pending_anchor)
    share, live_share = _share(examples, program), _share(before, live)
    return Beside(
        is_made_up=shown[0].is_made_up,
        rows=tuple(
            _row(one, then, is_told=one is telling) for one, then in zip(examples, before, strict=True)
        ),
        why=_(
            "%(order)s: %(why)s",
            order=order_name(telling.shown),
            why=told(order_sentence(telling.shown.order, telling.worth, here().store.currency)),
        ),
        wait=_wait(telling, program),
        live_wait="" if waits_alike else _wait(told_before, live),
        spend=_spend(program, share),
        live_share="" if live_share == share else live_share,
        expire=_expire(telling, program),
        refund=(_earned_back(telling.shown, program), _spent_back(program)),
    )


def order_name(shown: Shown) -> str:
    """What the page calls the order."""
    return _("A made-up order") if shown.is_made_up else _("Order %(number)s", number=shown.order.number)


def _row(one: Example, before: Example, *, is_told: bool) -> Row:
    return Row(
        order=_("Made up") if one.shown.is_made_up else one.shown.order.number,
        net=money(int(one.shown.net_minor)),
        exact=_shortened(one.exact_points, 2),
        points=one.points,
        live_points=before.points,
        why_nothing="" if one.points or is_told else _earns_nothing(one),
    )


def _earns_nothing(one: Example) -> str:
    return _(
        "%(order)s, which is “%(status)s” now: %(why)s",
        order=order_name(one.shown),
        status=one.shown.order.status,
        why=told(order_sentence(one.shown.order, one.worth, here().store.currency)),
    )


def _wait(one: Example, program: Program) -> str:
    named = {"order": order_name(one.shown), "net": money(int(one.shown.net_minor))}
    if not one.points:
        return _("%(order)s, %(net)s net, earns no points, so nothing waits.", **named)
    if one.available_at is None:
        return ngettext(
            "%(order)s, %(net)s net: %(points)s points, spendable %(days)s day after it is completed; "
            "so far it is not.",
            "%(order)s, %(net)s net: %(points)s points, spendable %(days)s days after it is completed; "
            "so far it is not.",
            program.pending_days,
            points=number(one.points),
            days=number(program.pending_days),
            **named,
        )
    if not program.pending_days:
        return ngettext(
            "%(order)s, %(net)s net: %(points)s point, spendable at once, on %(day)s.",
            "%(order)s, %(net)s net: %(points)s points, spendable at once, on %(day)s.",
            one.points,
            points=number(one.points),
            day=day(one.available_at),
            **named,
        )
    return ngettext(
        "%(order)s, %(net)s net: %(points)s point, spendable on %(day)s.",
        "%(order)s, %(net)s net: %(points)s points, spendable on %(day)s.",
        one.points,
        points=number(one.points),
        day=day(one.available_at),
        **named,
    )


def _spend(program: Program, share: str) -> tuple[str, ...]:
    currency = here().store.currency
    if not program.rewards:
        return (_("There is no reward yet, so points buy nothing so far."),)
    value = money_for_a_point(program)
    if value is None:
        return (
            _("No reward is a fixed amount of money, so what a point is worth depends on the order."),
            *(reward_sentence(offer, currency) for offer in program.rewards[:3]),
        )
    worth = _("A point is worth %(amount)s %(currency)s.", amount=exactly(value, currency), currency=currency)
    return (worth, share) if share else (worth,)


def _share(examples: Sequence[Example], program: Program) -> str:
    """How much of what customers pay they get back; empty: no reward says."""
    value, paid = money_for_a_point(program), sum(one.shown.net_minor for one in examples)
    if value is None or paid <= 0:
        return ""
    share = sum(one.points for one in examples) * value / paid * 100
    return _("Customers get back %(percent)s %% of what they pay.", percent=_shortened(Fraction(share), 1))


def _expire(one: Example, program: Program) -> str:
    order, zone = order_name(one.shown), here().store.zone.key
    kind, points = program.expiry.kind, number(one.points)
    if kind is ExpiryKind.NEVER:
        return _("%(order)s: its %(points)s points do not expire.", order=order, points=points)
    if one.ends_at is None:
        return _("%(order)s: its points begin to count their days once it is completed.", order=order)
    named = {"order": order, "points": points, "day": _last_day(one.ends_at), "zone": zone}
    if kind is ExpiryKind.ROLLING:
        return _(
            "%(order)s: its %(points)s points expire at the end of %(day)s (%(zone)s), "
            "unless the member orders again before; then the days begin anew.",
            **named,
        )
    return _("%(order)s: its %(points)s points expire at the end of %(day)s (%(zone)s).", **named)


def _last_day(ends_at: datetime) -> str:
    return day(ends_at - _A_MOMENT)


def _earned_back(shown: Shown, program: Program) -> str:
    back = half_returned(shown, program)
    if not back.earned_points:
        return _("%(order)s earns no points, so none go when it is returned.", order=order_name(shown))
    return _(
        "%(order)s: %(net)s net earned %(earned)s points. Half is returned: %(left)s is left, worth "
        "%(left_points)s, so %(gone)s points go.",
        order=order_name(shown),
        net=money(int(shown.net_minor)),
        earned=number(back.earned_points),
        left=money(int(back.left_minor)),
        left_points=number(back.left_points),
        gone=number(back.earned_points - back.left_points),
    )


def _spent_back(program: Program) -> str:
    cost = program.rewards[0].reward.least_points if program.rewards else COST_WITHOUT_REWARDS
    half, whole = (
        points_back(cost, HALF, program.spent_points),
        points_back(cost, Fraction(1), program.spent_points),
    )
    named = {"cost": number(cost), "half": number(half), "whole": number(whole)}
    if not whole:
        return _("A code on it had cost %(cost)s points: none come back.", **named)
    if not half:
        return _(
            "A code on it had cost %(cost)s points: none come back for a half. When everything is returned, "
            "all %(whole)s do, with the expiry date they had.",
            **named,
        )
    return _(
        "A code on it had cost %(cost)s points: %(half)s come back, with the expiry date they had.", **named
    )


def exactly(minor: Fraction, currency: str) -> str:
    """An amount that may be less than the smallest coin, such as 0.005."""
    least = exponent(currency)
    value = Decimal(minor.numerator) / Decimal(minor.denominator) / 10**least
    return money(int(minor), currency) if minor == int(minor) else in_decimals(round(value, least + _PLACES))


def _shortened(value: Fraction, places: int) -> str:
    return number(round(Decimal(value.numerator) / Decimal(value.denominator), places))
