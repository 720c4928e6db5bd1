"""A store's program: how points are earned, when they can be spent, when they expire."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from core.domain.earning import earning_rules
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.earning.rule import EarningRule
from core.domain.errors import Mistake, ProgramRefused
from core.domain.fields import Fields
from core.domain.money import exponent
from core.domain.payload import exact_decimal, unique_keys
from core.domain.rewards import read_rewards
from core.domain.rewards.reward import Offer

DEFAULT_PENDING_DAYS = 14
MOST_RULES = 50
DEFAULT_CODE_PREFIX = "POINTS"

_PREFIX = re.compile(r"[A-Z0-9]{1,12}", re.ASCII)


class Anchor(StrEnum):
    """The moment pending days are counted from."""

    PAID = "paid"
    COMPLETED = "completed"


class ExpiryKind(StrEnum):
    """How long points live once they can be spent."""

    NEVER = "never"
    FIXED = "fixed"
    """So many days after they became available."""
    ROLLING = "rolling"
    """So many days after the member's last activity."""


class ExpiredCodes(StrEnum):
    """What becomes of the points of a code that ended without being used."""

    KEEP = "keep"
    """They stay spent."""
    RETURN = "return"
    """They go back to the member."""


class SpentPoints(StrEnum):
    """When the points of a code come back whose order is returned."""

    PART = "part"
    """For the part of its goods that is returned."""
    WHOLE = "whole"
    """Only when everything is returned."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a lot ends: at the end of a day in the store's time zone."""

    kind: ExpiryKind = ExpiryKind.NEVER
    expiry_days: int = 365
    """Without meaning for `never`."""

    def is_shorter_than(self, before: Expiry) -> bool:
        """Whether points may end sooner by this than by `before`."""
        if self.kind is ExpiryKind.NEVER:
            return False
        if before.kind is ExpiryKind.NEVER or self.expiry_days < before.expiry_days:
            return True
        return before.kind is ExpiryKind.ROLLING and self.kind is ExpiryKind.FIXED


@dataclass(frozen=True, slots=True)
class Program:
    """One program version's content."""

    earning: tuple[EarningRule, ...]
    pending_days: int = DEFAULT_PENDING_DAYS
    pending_anchor: Anchor = Anchor.PAID
    expiry: Expiry = Expiry()
    rewards: tuple[Offer, ...] = ()
    code_prefix: str = DEFAULT_CODE_PREFIX
    """How every discount code begins."""
    expired_codes: ExpiredCodes = ExpiredCodes.KEEP
    spent_points: SpentPoints = SpentPoints.PART

    def offer(self, reward_ref: str) -> Offer | None:
        """The reward of this name."""
        return next((offer for offer in self.rewards if offer.reward_ref == reward_ref), None)

    def to_json(self) -> str:
        """The program in full, defaults written out; `read_program` reads it back to an equal one."""
        document: dict[str, object] = {
            "earning": [rule.to_json() for rule in self.earning],
            "pending_days": self.pending_days,
            "pending_anchor": self.pending_anchor,
            "expiry": {"kind": self.expiry.kind},
        }
        if self.expiry.kind is not ExpiryKind.NEVER:
            document["expiry"] = {"kind": self.expiry.kind, "days": self.expiry.expiry_days}
        if (self.rewards, self.code_prefix, self.expired_codes) != _NO_REWARDS:
            document["rewards"] = [offer.to_json() for offer in self.rewards]
            document["code_prefix"] = self.code_prefix
            document["expired_codes"] = self.expired_codes
        if self.spent_points is not SpentPoints.PART:
            document["spent_points"] = self.spent_points
        return json.dumps(document, ensure_ascii=False)


_NO_REWARDS = ((), DEFAULT_CODE_PREFIX, ExpiredCodes.KEEP)
"""Programs from before there were rewards say nothing of them."""


def default_program(currency: str) -> Program:
    """What a store starts with: 1 point for every 1.00 (100 where money has no decimals), 14 days pending."""
    return Program(earning=(PointsPerUnit(Decimal(1), _per_minor(currency)),))


@lru_cache(maxsize=1024)
def read_program(text: str, currency: str) -> Program:
    """The program in a JSON text. Raises ProgramRefused naming every mistake by its path."""
    try:
        document = json.loads(text, parse_float=exact_decimal, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise ProgramRefused([Mistake("(file)", f"is not JSON: {error}")]) from error
    mistakes: list[Mistake] = []
    if not isinstance(document, dict):
        raise ProgramRefused([Mistake("(file)", 'must be a JSON object such as {"earning": […]}')])
    fields = Fields(document, "", mistakes)
    program = Program(
        earning=_read_earning(fields, currency),
        pending_days=fields.integer("pending_days", DEFAULT_PENDING_DAYS, 0, 365),
        pending_anchor=Anchor(fields.choice("pending_anchor", Anchor.PAID, Anchor)),
        expiry=_read_expiry(fields),
        rewards=read_rewards(fields),
        code_prefix=_read_prefix(fields),
        expired_codes=ExpiredCodes(fields.choice("expired_codes", ExpiredCodes.KEEP, ExpiredCodes)),
        spent_points=SpentPoints(fields.choice("spent_points", SpentPoints.PART, SpentPoints)),
    )
    fields.close()
    if mistakes:
        raise ProgramRefused(mistakes)
    return program


def _read_earning(fields: Fields, currency: str) -> tuple[EarningRule, ...]:
    listed = fields.take("earning", [])
    if "earning" not in fields.values:
        return default_program(currency).earning
    if not isinstance(listed, list) or len(listed) > MOST_RULES:
        fields.wrong("earning", f"must be a list of at most {MOST_RULES} earning rules")
        return ()
    read = (_read_rule(rule, f"earning[{at}]", currency, fields.mistakes) for at, rule in enumerate(listed))
    return tuple(rule for rule in read if rule is not None)


def _read_rule(value: Any, path: str, currency: str, mistakes: list[Mistake]) -> EarningRule | None:
    if not isinstance(value, dict):
        mistakes.append(Mistake(path, 'must be an object such as {"kind": "points_per_unit", "points": 1}'))
        return None
    fields = Fields(value, path, mistakes)
    kind = fields.take("kind")
    rule_type = earning_rules().get(kind) if isinstance(kind, str) else None
    if rule_type is None:
        fields.wrong("kind", f"must be one of {', '.join(earning_rules())}")
        return None
    rule = rule_type.read(fields, _per_minor(currency))
    fields.close()
    return rule


def _read_prefix(fields: Fields) -> str:
    value = fields.take("code_prefix", DEFAULT_CODE_PREFIX)
    if not isinstance(value, str) or not _PREFIX.fullmatch(value):
        fields.wrong("code_prefix", "must be 1 to 12 capital letters and digits, such as ACORN")
        return DEFAULT_CODE_PREFIX
    return value


def _read_expiry(fields: Fields) -> Expiry:
    value = fields.take("expiry", {"kind": ExpiryKind.NEVER})
    if not isinstance(value, dict):
        fields.wrong("expiry", 'must be an object such as {"kind": "fixed", "days": 365}')
        return Expiry()
    inner = Fields(value, fields.at("expiry"), fields.mistakes)
    kind = ExpiryKind(inner.choice("kind", ExpiryKind.NEVER, ExpiryKind))
    days = inner.integer("days", 365, 1, 3650)
    inner.close()
    return Expiry(kind) if kind is ExpiryKind.NEVER else Expiry(kind, days)


def _per_minor(currency: str) -> int:
    """One unit of the store's money, or 100 where money has no decimals."""
    minor_in_one: int = 10 ** max(2, exponent(currency))
    return minor_in_one
