"""The form of a program holds all of it: read back untouched it is the same program."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from admin.program_form import Form, filled, typed, with_rule
from core.domain.earning.points_per_order import PointsPerOrder
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.earning.rule import Eligibility
from core.domain.program import MOST_RULES, Program, default_program
from tests.strategies import programs


def sent(form: Form) -> dict[str, str]:
    """What a browser would send of it."""
    values = dict(form.values)
    for rule in form.rules:
        values |= {rule.name(of): value for of, value in rule.values.items()} | {rule.name("kind"): rule.kind}
    return values


def names_in(eligibility: Eligibility) -> frozenset[str]:
    return eligibility.states | eligibility.excluded_products | eligibility.excluded_skus


@given(programs, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_any_program_read_back_untouched_is_the_same(program: Program, currency: str) -> None:
    # An amount of thirteen digits is no field's, and a name that is nothing but space no line's.
    assume(all(getattr(rule, "minimum_minor", 0) < 10**12 for rule in program.earning))
    assume(all(name == name.strip() for rule in program.earning for name in names_in(rule.eligibility)))
    form = typed(sent(filled(program, currency)), program, currency)
    assert form.problems == {}
    assert form.program == program


@given(programs)
def test_what_the_form_does_not_know_stays_as_it_is_in_the_draft(program: Program) -> None:
    fields = sent(filled(default_program("EUR"), "EUR"))
    read = typed(fields, program, "EUR").program
    assert read is not None
    assert (read.rewards, read.code_prefix, read.expired_codes) == (
        program.rewards,
        program.code_prefix,
        program.expired_codes,
    )


def test_a_rule_of_a_kind_the_form_does_not_know_is_carried_along() -> None:
    kept = '{"kind": "points_per_order", "points": 7, "minimum_minor": 300}'
    fields = {"rule-3-kind": "kept", "rule-3-kept": kept} | dict(filled(default_program("EUR"), "EUR").values)
    form = typed(fields, default_program("EUR"), "EUR")
    assert form.program is not None
    assert form.program.earning == (PointsPerOrder(7, 300),)
    assert form.rules[0].rule == PointsPerOrder(7, 300)


@pytest.mark.parametrize("kind", ["points_per_unit", "points_per_order"])
def test_a_rule_is_added_to_begin_with_and_no_more_than_a_program_can_have(kind: str) -> None:
    program = default_program("JPY")
    for _ in range(MOST_RULES + 5):
        program = with_rule(program, kind, "JPY")
    assert len(program.earning) == MOST_RULES
    assert isinstance(program.earning[1], PointsPerUnit if kind == "points_per_unit" else PointsPerOrder)
    assert with_rule(default_program("EUR"), "unheard_of", "EUR") == default_program("EUR")
