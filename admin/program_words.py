"""A program in words: sentences to read aloud, and what differs between two, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

from babel.numbers import format_decimal
from flask_babel import get_locale

from admin.here import here
from admin.retelling import told
from admin.reward_differences import reward_differences
from admin.saying import _, ngettext
from admin.words import money, number
from core.domain.earning.points_per_order import PointsPerOrder
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.earning.rule import EarningRule, Eligibility
from core.domain.program import Anchor, ExpiredCodes, Expiry, ExpiryKind, Program, SpentPoints
from core.domain.program_changes import Difference, Setting, differences
from core.domain.rewards.amount_off import AmountOffReward
from core.domain.rewards.any_amount import AnyAmountReward
from core.domain.rewards.free_shipping import FreeShippingReward
from core.domain.rewards.reward import Offer
from core.domain.rounding import Rounding

REWARDS_READ_ALOUD: Final = 3


@dataclass(frozen=True, slots=True)
class Said:
    """One setting that differs, in words."""

    setting: str
    """What it is called."""
    before: str
    after: str


def what_changes(before: Program, after: Program) -> list[Said]:
    """Every difference of two programs, as a row of a table."""
    return [_said(one) for one in differences(before, after)]


def read_aloud(program: Program) -> str:
    """The whole program in a few sentences."""
    currency = here().store.currency
    sentences = [rule_words(rule, currency) for rule in program.earning] or [nothing_earned()]
    sentences.append(wait_words(program))
    offered = [one for one in program.rewards if not one.is_paused]
    sentences += [reward_sentence(offer, currency) for offer in offered[:REWARDS_READ_ALOUD]]
    if more := len(offered[REWARDS_READ_ALOUD:]):
        sentences.append(ngettext("And %(num)s more reward.", "And %(num)s more rewards.", more))
    return " ".join([*sentences, expiry_words(program.expiry)])


def nothing_earned() -> str:
    """Of a program without earning rules."""
    return _("Orders earn no points.")


def rule_words(rule: EarningRule, currency: str) -> str:
    """One earning rule, as a sentence."""
    if isinstance(rule, PointsPerUnit):
        return ngettext(
            "Members earn %(points)s point for every %(amount)s %(currency)s they pay.",
            "Members earn %(points)s points for every %(amount)s %(currency)s they pay.",
            1 if rule.points_each == 1 else 2,
            points=in_decimals(rule.points_each),
            amount=money(rule.per_minor, currency),
            currency=currency,
        )
    if isinstance(rule, PointsPerOrder):
        return ngettext(
            "An order of %(amount)s %(currency)s or more earns %(points)s point.",
            "An order of %(amount)s %(currency)s or more earns %(points)s points.",
            rule.points_each,
            points=number(rule.points_each),
            amount=money(rule.minimum_minor, currency),
            currency=currency,
        )
    return _("A rule of the kind “%(kind)s” (%(words)s).", kind=rule.kind, words=told(rule.words(currency)))


def in_decimals(value: Decimal) -> str:
    """A number with all the decimals it has, up to five."""
    return str(format_decimal(value, format="#,##0.#####", locale=get_locale()))


def rounding_words(rounding: Rounding) -> str:
    """How a fraction of a point is settled."""
    if rounding is Rounding.FLOOR:
        return _("Each order is rounded down to whole points.")
    if rounding is Rounding.CEIL:
        return _("Each order is rounded up to whole points.")
    return _("Each order is rounded to the nearest whole point.")


def exception_words(eligibility: Eligibility) -> list[str]:
    """What a rule leaves out, each as a sentence; nothing where it counts all."""
    told_so = []
    if eligibility.states:
        told_so.append(_("Orders count as: %(states)s.", states=", ".join(sorted(eligibility.states))))
    if eligibility.excluded_products:
        without = ", ".join(sorted(eligibility.excluded_products))
        told_so.append(_("Without the products %(products)s.", products=without))
    if eligibility.excluded_skus:
        told_so.append(_("Without the SKUs %(skus)s.", skus=", ".join(sorted(eligibility.excluded_skus))))
    return told_so


def wait_words(program: Program) -> str:
    """When points can be spent."""
    if program.pending_days == 0:
        if program.pending_anchor is Anchor.COMPLETED:
            return _("Points can be spent as soon as the order is completed.")
        return _("Points can be spent as soon as the order is paid.")
    if program.pending_anchor is Anchor.COMPLETED:
        return ngettext(
            "Points can be spent %(days)s day after the order is completed.",
            "Points can be spent %(days)s days after the order is completed.",
            program.pending_days,
            days=number(program.pending_days),
        )
    return ngettext(
        "Points can be spent %(days)s day after the order is paid.",
        "Points can be spent %(days)s days after the order is paid.",
        program.pending_days,
        days=number(program.pending_days),
    )


def expiry_words(expiry: Expiry) -> str:
    """How long points last."""
    if expiry.kind is ExpiryKind.NEVER:
        return _("Points do not expire.")
    if expiry.kind is ExpiryKind.ROLLING:
        return ngettext(
            "Points last %(days)s day from the member's last order.",
            "Points last %(days)s days from the member's last order.",
            expiry.expiry_days,
            days=number(expiry.expiry_days),
        )
    return ngettext(
        "Points last %(days)s day from the day they can be spent.",
        "Points last %(days)s days from the day they can be spent.",
        expiry.expiry_days,
        days=number(expiry.expiry_days),
    )


def refund_words(rule: SpentPoints) -> str:
    """When points spent on a returned order come back."""
    if rule is SpentPoints.PART:
        return _("Points spent on a returned order come back for the part that is returned.")
    if rule is SpentPoints.WHOLE:
        return _("Points spent on a returned order come back only when everything is returned.")
    return _("Points spent on a returned order never come back.")


def reward_sentence(offer: Offer, currency: str) -> str:
    """One reward, as a sentence."""
    reward = offer.reward
    if isinstance(reward, AmountOffReward):
        return ngettext(
            "%(points)s point is %(amount)s %(currency)s off.",
            "%(points)s points are %(amount)s %(currency)s off.",
            reward.cost_points,
            points=number(reward.cost_points),
            amount=money(reward.amount_minor, currency),
            currency=currency,
        )
    if isinstance(reward, AnyAmountReward):
        return ngettext(
            "Every %(points)s point is %(amount)s %(currency)s off.",
            "Every %(points)s points are %(amount)s %(currency)s off.",
            reward.step_points,
            points=number(reward.step_points),
            amount=money(reward.amount_minor, currency),
            currency=currency,
        )
    if isinstance(reward, FreeShippingReward):
        return ngettext(
            "%(points)s point is free shipping.",
            "%(points)s points are free shipping.",
            reward.cost_points,
            points=number(reward.cost_points),
        )
    return ngettext(
        "%(points)s point buys: %(reward)s.",
        "%(points)s points buy: %(reward)s.",
        reward.least_points,
        points=number(reward.least_points),
        reward=told(offer.title(currency)),
    )


def _said(one: Difference) -> Said:
    if isinstance(one.before, Offer) and isinstance(one.after, Offer):
        return _of_reward(one.before, one.after)
    return Said(_name(one.setting), *_values(one))


def _of_reward(was: Offer, now: Offer) -> Said:
    """A reward by its name: what it costs and gives where that differs, and whatever else does."""
    currency = here().store.currency
    sentences = reward_sentence(was, currency), reward_sentence(now, currency)
    found = reward_differences(was, now, currency)
    before = [_("%(setting)s: %(value)s", setting=one.setting, value=one.before) for one in found]
    after = [_("%(setting)s: %(value)s", setting=one.setting, value=one.after) for one in found]
    given = ("", "") if sentences[0] == sentences[1] else sentences
    name = _("Reward “%(reward)s”", reward=told(was.title(currency)))
    told_before, told_after = (
        " ".join(filter(None, (sentence, "; ".join(rest))))
        for sentence, rest in zip(given, (before, after), strict=True)
    )
    return Said(name, told_before, told_after)


def _name(setting: Setting) -> str:
    names = {
        Setting.EARN: _("Earn"),
        Setting.WAIT: _("Wait"),
        Setting.EXPIRE: _("Expire"),
        Setting.REFUND: _("Refund"),
        Setting.REWARD: _("Reward"),
        Setting.CODE_PREFIX: _("How codes begin"),
        Setting.EXPIRED_CODES: _("Codes that end unused"),
    }
    return names[setting]


def _values(one: Difference) -> tuple[str, str]:
    if one.before is None or one.after is None:
        return _word(one.setting, one.before), _word(one.setting, one.after)
    return _words(one.setting, one.before), _words(one.setting, one.after)


def _word(setting: Setting, value: object | None) -> str:
    return _("Not there") if value is None else _words(setting, value)


def _words(setting: Setting, value: object) -> str:
    currency = here().store.currency
    match setting:
        case Setting.EARN:
            return _whole_rule(cast("EarningRule", value), currency)
        case Setting.WAIT:
            return wait_words(cast("Program", value))
        case Setting.EXPIRE:
            return expiry_words(cast("Expiry", value))
        case Setting.REFUND:
            return refund_words(SpentPoints(str(value)))
        case Setting.REWARD:
            return reward_sentence(cast("Offer", value), currency)
        case Setting.EXPIRED_CODES:
            is_kept = value == ExpiredCodes.KEEP
            return _("Their points stay spent.") if is_kept else _("Their points come back.")
        case Setting.CODE_PREFIX:
            return str(value)


def _whole_rule(rule: EarningRule, currency: str) -> str:
    sentences = [rule_words(rule, currency)]
    if isinstance(rule, PointsPerUnit):
        sentences.append(rounding_words(rule.rounding))
    return " ".join([*sentences, *exception_words(rule.eligibility)])
