"""The form of a program: its fields, filled from a program, and read back into one.

What the form does not know is kept as it is: rewards and codes of the draft, and earning rules of other
kinds, which the form carries along as they were written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from admin.saying import _
from admin.typed import Typed
from admin.words import number
from core.domain.earning.points_per_order import PointsPerOrder
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.earning.rule import EarningRule, Eligibility
from core.domain.errors import ProgramRefused
from core.domain.money import plain
from core.domain.orders import LONGEST_SKU
from core.domain.payload import clean_text
from core.domain.program import (
    MOST_RULES,
    Anchor,
    Expiry,
    ExpiryKind,
    Program,
    SpentPoints,
    default_program,
    read_program,
)
from core.domain.rounding import Rounding

KEPT: Final = "kept"
"""The kind of a rule the form only carries along."""
MOST_POINTS_PER_UNIT: Final = 10_000
MOST_POINTS_PER_ORDER: Final = 1_000_000
MOST_LISTED: Final = 5_000
"""Products, SKUs or statuses of one rule."""


@dataclass(frozen=True, slots=True)
class RuleFields:
    """One earning rule, as its fields hold it."""

    number: int
    kind: str
    values: Mapping[str, str]
    rule: EarningRule | None = None
    """The rule itself where the form only carries it along."""

    def name(self, of: str) -> str:
        """The name of one of its fields."""
        return f"rule-{self.number}-{of}"


@dataclass(frozen=True, slots=True)
class Form:
    """What the fields hold: text as it was typed, or as a program says it."""

    rules: tuple[RuleFields, ...]
    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    program: Program | None = None
    """None: there are problems."""


def filled(program: Program, currency: str) -> Form:
    """The form of a program."""
    days = "" if program.expiry.kind is ExpiryKind.NEVER else str(program.expiry.expiry_days)
    values = {
        "pending_days": str(program.pending_days),
        "pending_anchor": program.pending_anchor.value,
        "expiry": program.expiry.kind.value,
        "expiry_days": days,
        "spent_points": program.spent_points.value,
    }
    rules = tuple(_filled_rule(at, rule, currency) for at, rule in enumerate(program.earning))
    return Form(rules, values, program=program)


def _filled_rule(at: int, rule: EarningRule, currency: str) -> RuleFields:
    if isinstance(rule, PointsPerUnit):
        amounts = {
            "points": _plain_decimal(rule.points_each),
            "amount": plain(rule.per_minor, currency),
            "rounding": rule.rounding.value,
        }
    elif isinstance(rule, PointsPerOrder):
        amounts = {"points": str(rule.points_each), "amount": plain(rule.minimum_minor, currency)}
    else:
        return RuleFields(at, KEPT, {"kept": json.dumps(rule.to_json())}, rule)
    listed = {
        "states": _lines(rule.eligibility.states),
        "products": _lines(rule.eligibility.excluded_products),
        "skus": _lines(rule.eligibility.excluded_skus),
    }
    return RuleFields(at, rule.kind, {**amounts, **listed})


def typed(form: Mapping[str, str], base: Program, currency: str) -> Form:
    """What somebody typed, on top of `base`, of which everything is kept that the form does not know."""
    reading = Typed(form)
    numbers = list(_numbers(form))
    rules = [_read_rule(reading, number, currency) for number in numbers]
    program = replace(
        base,
        earning=tuple(rule for rule in rules if rule is not None),
        pending_days=reading.whole("pending_days", 0, 365),
        pending_anchor=Anchor(reading.choice("pending_anchor", Anchor, Anchor.PAID)),
        expiry=_read_expiry(reading),
        spent_points=SpentPoints(reading.choice("spent_points", SpentPoints, SpentPoints.PART)),
    )
    problems = dict(reading.problems)
    fields = tuple(_typed_rule(form, number, currency) for number in numbers)
    return Form(fields, dict(form), problems, None if problems else program)


def with_rule(program: Program, kind: str, currency: str) -> Program:
    """The program with one more earning rule to begin with. Unknown kinds change nothing."""
    first = default_program(currency).earning[0]
    if not isinstance(first, PointsPerUnit) or len(program.earning) >= MOST_RULES:
        return program
    begun: dict[str, EarningRule] = {
        PointsPerUnit.kind: first,
        PointsPerOrder.kind: PointsPerOrder(50, first.per_minor * 50),
    }
    return replace(program, earning=(*program.earning, begun[kind])) if kind in begun else program


def without_rule(form: Mapping[str, str], number: str) -> dict[str, str]:
    """What was typed without the fields of one rule."""
    return {name: value for name, value in form.items() if not name.startswith(f"rule-{number}-")}


def _numbers(form: Mapping[str, str]) -> Iterator[int]:
    """The numbers of the rules that a form carries, in its order."""
    for at in range(MOST_RULES):
        if f"rule-{at}-kind" in form:
            yield at


def _typed_rule(form: Mapping[str, str], number: int, currency: str) -> RuleFields:
    prefix = f"rule-{number}-"
    values = {name.removeprefix(prefix): text for name, text in form.items() if name.startswith(prefix)}
    kind = values.get("kind", KEPT)
    rule = _kept_rule(values.get("kept", ""), currency) if kind == KEPT else None
    return RuleFields(number, kind, values, rule)


def _read_rule(reading: Typed, number: int, currency: str) -> EarningRule | None:
    name = f"rule-{number}-"
    kind = reading.choice(f"{name}kind", (PointsPerUnit.kind, PointsPerOrder.kind, KEPT), "")
    if kind == KEPT:
        rule = _kept_rule(reading.values.get(f"{name}kept", ""), currency)
        if rule is None:
            reading.problems[f"{name}kind"] = _("This rule cannot be read. Open the page again.")
        return rule
    if kind == PointsPerUnit.kind:
        return PointsPerUnit(
            reading.decimal(f"{name}points", MOST_POINTS_PER_UNIT, 4),
            reading.money(f"{name}amount", currency, 1, 10**9),
            Rounding(reading.choice(f"{name}rounding", Rounding, Rounding.FLOOR)),
            _read_eligibility(reading, name),
        )
    if kind == PointsPerOrder.kind:
        return PointsPerOrder(
            reading.whole(f"{name}points", 1, MOST_POINTS_PER_ORDER, 1),
            reading.money(f"{name}amount", currency, 1, 10**12),
            _read_eligibility(reading, name),
        )
    return None


def _read_eligibility(reading: Typed, name: str) -> Eligibility:
    return Eligibility(
        _listed(reading, f"{name}states"),
        _listed(reading, f"{name}products"),
        _listed(reading, f"{name}skus"),
    )


def _listed(reading: Typed, name: str) -> frozenset[str]:
    """What stands one on each line."""
    lines = [line.strip() for line in re.split(r"\r?\n", reading.values.get(name, ""))]
    entries = frozenset(line for line in lines if line)
    if len(entries) > MOST_LISTED or any(clean_text(one, LONGEST_SKU) != one for one in entries):
        reading.problems[name] = _(
            "Write one on each line, at most %(count)s of them, each no longer than %(most)s characters.",
            count=number(MOST_LISTED),
            most=LONGEST_SKU,
        )
    return entries


def _read_expiry(reading: Typed) -> Expiry:
    kind = ExpiryKind(reading.choice("expiry", ExpiryKind, ExpiryKind.NEVER))
    return Expiry() if kind is ExpiryKind.NEVER else Expiry(kind, reading.whole("expiry_days", 1, 3650, 365))


def _kept_rule(text: str, currency: str) -> EarningRule | None:
    """A rule the form carried along; None for what is none."""
    try:
        document: dict[str, Any] = {"earning": [json.loads(text)]}
        return read_program(json.dumps(document), currency).earning[0]
    except (ValueError, RecursionError, ProgramRefused):
        return None


def _plain_decimal(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _lines(entries: frozenset[str]) -> str:
    return "\n".join(sorted(entries))
