"""A merchant's program: what it may say, and every mistake named by its path."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.earning import earning_rules
from core.domain.earning.points_per_order import PointsPerOrder
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.earning.rule import Eligibility
from core.domain.errors import ProgramRefused
from core.domain.program import Anchor, Expiry, ExpiryKind, Program, default_program, read_program
from core.domain.rounding import Rounding
from tests.strategies import damaged, jsons, programs

PER_UNIT = {"kind": "points_per_unit", "points": 1, "per_minor": 100}
PER_ORDER = {"kind": "points_per_order", "points": 50, "minimum_minor": 2000}


def mistakes(document: object, currency: str = "EUR") -> dict[str, str]:
    """Problems by path."""
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(ProgramRefused) as refused:
        read_program(text, currency)
    assert len({mistake.path for mistake in refused.value.mistakes}) == len(refused.value.mistakes)
    return {mistake.path: mistake.problem for mistake in refused.value.mistakes}


def paths(document: object) -> set[str]:
    return set(mistakes(document))


def test_an_empty_program_is_the_default_one() -> None:
    assert read_program("{}", "EUR") == default_program("EUR")


def test_by_default_one_unit_of_money_is_a_point_and_a_hundred_where_there_are_no_decimals() -> None:
    rules = {currency: default_program(currency).earning[0] for currency in ("EUR", "JPY", "KWD")}

    assert rules == {
        "EUR": PointsPerUnit(Decimal(1), 100),
        "JPY": PointsPerUnit(Decimal(1), 100),
        "KWD": PointsPerUnit(Decimal(1), 1000),
    }
    assert default_program("EUR").pending_days == 14


def test_the_smallest_program_of_all_settings() -> None:
    program = read_program(
        json.dumps(
            {
                "earning": [
                    {
                        "kind": "points_per_unit",
                        "points": "1.5",
                        "per_minor": 100,
                        "rounding": "half-up",
                        "states": ["completed"],
                        "excluded_products": [12, "13"],
                        "excluded_skus": ["MUG"],
                    },
                    PER_ORDER,
                ],
                "pending_days": 0,
                "pending_anchor": "completed",
                "expiry": {"kind": "fixed", "days": 30},
            }
        ),
        "EUR",
    )

    eligibility = Eligibility(frozenset({"completed"}), frozenset({"12", "13"}), frozenset({"MUG"}))
    assert program == Program(
        earning=(
            PointsPerUnit(Decimal("1.5"), 100, Rounding.HALF_UP, eligibility),
            PointsPerOrder(50, 2000),
        ),
        pending_days=0,
        pending_anchor=Anchor.COMPLETED,
        expiry=Expiry(ExpiryKind.FIXED, 30),
    )


@given(programs)
def test_any_program_reads_back_as_it_was_written(program: Program) -> None:
    assert read_program(program.to_json(), "EUR") == program
    assert read_program(program.to_json(), "JPY") == program


@pytest.mark.parametrize("text", ["", "{", "points: 1", "\ufeff{}", '{"pending_days": 1, "pending_days": 2}'])
def test_a_file_that_is_no_json_is_one_mistake(text: str) -> None:
    assert mistakes(text)["(file)"].startswith("is not JSON: ")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a": 1e99999999999999999999}', '{"a": ' + "9" * 5000 + "}"]
)
def test_a_file_made_to_break_its_reader_is_one_mistake(text: str) -> None:
    assert set(mistakes(text)) == {"(file)"}


@pytest.mark.parametrize("document", [[], 5, None, "text", True])
def test_a_program_is_an_object(document: object) -> None:
    assert paths(json.dumps(document)) == {"(file)"}


@pytest.mark.parametrize("days", [-1, 366, 1.5, 14.0, "14", True, None, [], {}, 10**30])
def test_pending_days_are_a_whole_number_up_to_a_year(days: object) -> None:
    assert mistakes({"pending_days": days}) == {"pending_days": "must be a whole number from 0 to 365"}


@pytest.mark.parametrize(
    "points", [0, -1, 10_001, "1,5", "0.33333", 0.33333, "1e3", " 1", "", True, None, [], "NaN"]
)
def test_points_per_unit_are_above_zero_with_few_decimals(points: object) -> None:
    assert mistakes({"earning": [PER_UNIT | {"points": points}]}) == {
        "earning[0].points": "must be a number above 0, at most 10,000, with at most 4 decimals"
    }


@pytest.mark.parametrize("value", [0, -100, 10**9 + 1, "100", 100.0, None])
def test_per_minor_is_a_whole_number_above_zero(value: object) -> None:
    assert paths({"earning": [PER_UNIT | {"per_minor": value}]}) == {"earning[0].per_minor"}


@pytest.mark.parametrize(
    ("name", "value"), [("points", 0), ("points", 1.5), ("minimum_minor", 0), ("minimum_minor", "1")]
)
def test_points_per_order_are_whole_numbers_above_zero(name: str, value: object) -> None:
    assert paths({"earning": [PER_ORDER | {name: value}]}) == {f"earning[0].{name}"}


def test_an_unknown_kind_is_told_which_there_are() -> None:
    kinds = ", ".join(earning_rules())
    unknown: list[object] = ["points_per_galaxy", None, 5, [], {}, ""]
    for kind in unknown:
        assert mistakes({"earning": [{"kind": kind}]}) == {"earning[0].kind": f"must be one of {kinds}"}
    assert paths({"earning": [{}]}) == {"earning[0].kind"}


@pytest.mark.parametrize(("name", "value"), [("rounding", "up"), ("rounding", None), ("rounding", ["floor"])])
def test_a_word_that_is_none_of_the_choices_is_told_which_there_are(name: str, value: object) -> None:
    assert mistakes({"earning": [PER_UNIT | {name: value}]}) == {
        f"earning[0].{name}": "must be one of floor, half-up, ceil"
    }


@pytest.mark.parametrize(
    "value", ["MUG", [""], [None], [True], [1.5], [["MUG"]], {"MUG": 1}, None, ["\x00"], ["x" * 256]]
)
@pytest.mark.parametrize("name", ["states", "excluded_products", "excluded_skus"])
def test_lists_hold_words_or_ids(name: str, value: object) -> None:
    assert mistakes({"earning": [PER_UNIT | {name: value}]}) == {
        f"earning[0].{name}": 'must be a list such as ["12", "MUG"]'
    }


@pytest.mark.parametrize("value", [None, 5, "points_per_unit", {"kind": "points_per_unit"}, [PER_UNIT] * 51])
def test_earning_is_a_list_of_at_most_fifty_rules(value: object) -> None:
    assert mistakes({"earning": value}) == {"earning": "must be a list of at most 50 earning rules"}


@pytest.mark.parametrize("rule", [None, 5, "points_per_unit", []])
def test_a_rule_is_an_object(rule: object) -> None:
    assert paths({"earning": [PER_UNIT, rule]}) == {"earning[1]"}


@pytest.mark.parametrize("expiry", [None, 5, "never", []])
def test_expiry_is_an_object(expiry: object) -> None:
    assert paths({"expiry": expiry}) == {"expiry"}


@pytest.mark.parametrize(
    ("expiry", "wrong"),
    [
        ({"kind": "yearly", "days": 30}, {"expiry.kind"}),
        ({"kind": "fixed", "days": 0}, {"expiry.days"}),
        ({"kind": "rolling", "days": 3651}, {"expiry.days"}),
        ({"kind": "rolling", "weeks": 3}, {"expiry.weeks"}),
    ],
)
def test_each_mistake_of_an_expiry_is_named_once(expiry: dict[str, object], wrong: set[str]) -> None:
    assert paths({"expiry": expiry}) == wrong


FIVE = {"id": "five", "kind": "amount_off", "cost_points": 500, "amount_minor": 500}
ANY: dict[str, object] = {"kind": "any_amount"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"id": "Five"}, {"id"}),
        ({"id": "x" * 41}, {"id"}),
        ({"id": None}, {"id"}),
        ({"name": "x" * 101}, {"name"}),
        ({"name": "\x00"}, {"name"}),
        ({"kind": "amount"}, {"kind"}),
        ({"cost_points": 0}, {"cost_points"}),
        ({"cost_points": 10**9 + 1}, {"cost_points"}),
        ({"amount_minor": 0}, {"amount_minor"}),
        ({"amount_minor": "500"}, {"amount_minor"}),
        ({"minimum_spend_minor": 0}, {"minimum_spend_minor"}),
        ({"valid_days": 3651}, {"valid_days"}),
        ({"products": [""]}, {"products"}),
        ({"combines_with": ["coupon"]}, {"combines_with"}),
        ({"stock": -1}, {"stock"}),
        ({"per_member": 1.5}, {"per_member"}),
        ({"percent": 10}, {"percent"}),
        ({"kind": "percent_off", "percent": 101}, {"percent", "amount_minor"}),
        ({"kind": "percent_off", "percent": "0.001"}, {"percent", "amount_minor"}),
        ({"kind": "percent_off", "cap_minor": 0}, {"cap_minor", "amount_minor"}),
        ({"kind": "free_product"}, {"product", "amount_minor"}),
        (
            {"kind": "any_amount", "step_points": 100, "minimum_points": 150},
            {"cost_points", "minimum_points"},
        ),
        ({"kind": "any_amount", "step_points": 100, "minimum_points": 50}, {"cost_points", "minimum_points"}),
    ],
)
def test_each_mistake_of_a_reward_is_named_once(change: dict[str, object], wrong: set[str]) -> None:
    assert paths({"rewards": [FIVE | change]}) == {f"rewards[0].{name}" for name in wrong}


def test_a_reward_is_an_object_and_its_name_is_its_own() -> None:
    assert paths({"rewards": [FIVE, 5]}) == {"rewards[1]"}
    assert mistakes({"rewards": [FIVE, FIVE]}) == {"rewards[1].id": "is taken: another reward is called five"}
    for value in (5, {"five": FIVE}, [FIVE] * 101):
        assert mistakes({"rewards": value}) == {"rewards": "must be a list of at most 100 rewards"}


@pytest.mark.parametrize("prefix", ["", "acorn", "ACORN-", "A" * 13, 5, None])
def test_codes_begin_with_capital_letters_and_digits(prefix: object) -> None:
    assert mistakes({"code_prefix": prefix}) == {
        "code_prefix": "must be 1 to 12 capital letters and digits, such as ACORN"
    }


def test_expired_codes_are_kept_or_returned() -> None:
    assert mistakes({"expired_codes": "burn"}) == {"expired_codes": "must be one of keep, return"}


def test_points_of_a_returned_order_come_back_in_part_on_the_whole_or_never() -> None:
    assert mistakes({"spent_points": "some"}) == {"spent_points": "must be one of part, whole, never"}


@pytest.mark.parametrize(
    ("before", "after", "is_shorter"),
    [
        (Expiry(), Expiry(ExpiryKind.FIXED, 3650), True),
        (Expiry(), Expiry(ExpiryKind.ROLLING, 365), True),
        (Expiry(ExpiryKind.FIXED, 365), Expiry(ExpiryKind.FIXED, 364), True),
        (Expiry(ExpiryKind.ROLLING, 365), Expiry(ExpiryKind.FIXED, 365), True),
        (Expiry(ExpiryKind.FIXED, 365), Expiry(ExpiryKind.ROLLING, 364), True),
        (Expiry(ExpiryKind.FIXED, 365), Expiry(ExpiryKind.ROLLING, 365), False),
        (Expiry(ExpiryKind.FIXED, 365), Expiry(ExpiryKind.FIXED, 366), False),
        (Expiry(ExpiryKind.FIXED, 365), Expiry(ExpiryKind.FIXED, 365), False),
        (Expiry(ExpiryKind.ROLLING, 1), Expiry(), False),
    ],
)
def test_an_expiry_is_shorter_when_points_may_end_sooner(
    before: Expiry, after: Expiry, is_shorter: bool
) -> None:
    assert after.is_shorter_than(before) == is_shorter


def test_days_beside_never_mean_nothing() -> None:
    assert read_program('{"expiry": {"kind": "never", "days": 30}}', "EUR").expiry == Expiry()


def test_a_misspelt_setting_is_a_mistake_and_never_passed_over() -> None:
    document = {"earnings": [], "earning": [PER_UNIT | {"per_cent": 1}]}

    assert paths(document) == {"earnings", "earning[0].per_cent"}
    assert mistakes(document)["earnings"] == (
        "is not a setting; known here: code_prefix, earning, expired_codes, expiry, pending_anchor, "
        "pending_days, rewards, spent_points"
    )


def test_all_mistakes_are_named_at_once() -> None:
    document = {
        "earning": [PER_UNIT | {"points": 0, "rounding": "up"}, {"kind": "magic"}, 5],
        "pending_days": -1,
        "pending_anchor": "shipped",
        "expiry": {"kind": "fixed", "days": "x"},
        "colour": "red",
    }

    assert paths(document) == {
        "earning[0].points",
        "earning[0].rounding",
        "earning[1].kind",
        "earning[2]",
        "pending_days",
        "pending_anchor",
        "expiry.days",
        "colour",
    }


WHOLE = json.loads(default_program("EUR").to_json()) | {"expiry": {"kind": "rolling", "days": 90}}


@given(st.builds(json.dumps, jsons) | damaged(WHOLE).map(bytes.decode))
def test_any_json_is_a_program_or_refused_by_paths(text: str) -> None:
    try:
        program: Any = read_program(text, "EUR")
    except ProgramRefused as refused:
        program = None
        named = [mistake.path for mistake in refused.mistakes]
        assert all(named)
    assert program is None or read_program(program.to_json(), "EUR") == program
