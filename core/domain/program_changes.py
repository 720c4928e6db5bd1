"""What differs between two programs, setting by setting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.domain.program import Program


class Setting(StrEnum):
    """A setting of a program, as a page tells them apart."""

    EARN = "earn"
    """One earning rule; values are rules."""
    WAIT = "wait"
    """Values are programs, of which days and anchor are meant."""
    EXPIRE = "expire"
    """Values are of `Expiry`."""
    REFUND = "refund"
    """Values are of `SpentPoints`."""
    REWARD = "reward"
    """One reward; values are offers."""
    CODE_PREFIX = "code_prefix"
    EXPIRED_CODES = "expired_codes"


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is another in the second program."""

    setting: Setting
    before: object | None
    """None: the second program has it in addition."""
    after: object | None
    """None: the second program has it no more."""


def differences(before: Program, after: Program) -> tuple[Difference, ...]:
    """Everything that differs, in the order a page shows it; nothing for equal programs."""
    return tuple(_differences(before, after))


def _differences(before: Program, after: Program) -> Iterator[Difference]:
    yield from _of_rules(before, after)
    if (before.pending_days, before.pending_anchor) != (after.pending_days, after.pending_anchor):
        yield Difference(Setting.WAIT, before, after)
    yield from _of_rewards(before, after)
    if before.code_prefix != after.code_prefix:
        yield Difference(Setting.CODE_PREFIX, before.code_prefix, after.code_prefix)
    if before.expired_codes != after.expired_codes:
        yield Difference(Setting.EXPIRED_CODES, before.expired_codes, after.expired_codes)
    if before.expiry != after.expiry:
        yield Difference(Setting.EXPIRE, before.expiry, after.expiry)
    if before.spent_points != after.spent_points:
        yield Difference(Setting.REFUND, before.spent_points, after.spent_points)


def _of_rules(before: Program, after: Program) -> Iterator[Difference]:
    """Rules that stand in both are left out, wherever they stand; the others pair off within their kind."""
    gone, new = list(before.earning), []
    for rule in after.earning:
        if rule in gone:
            gone.remove(rule)
        else:
            new.append(rule)
    for rule in new:
        old = next((one for one in gone if one.kind == rule.kind), None)
        if old is not None:
            gone.remove(old)
        yield Difference(Setting.EARN, old, rule)
    for rule in gone:
        yield Difference(Setting.EARN, rule, None)


def _of_rewards(before: Program, after: Program) -> Iterator[Difference]:
    for offer in before.rewards:
        now = after.offer(offer.reward_ref)
        if now != offer:
            yield Difference(Setting.REWARD, offer, now)
    for offer in after.rewards:
        if before.offer(offer.reward_ref) is None:
            yield Difference(Setting.REWARD, None, offer)
