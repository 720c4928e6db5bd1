"""I21: however a refund is split, points go with the money; a full refund takes the whole award."""

from __future__ import annotations

import json
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.domain.orders import Refund
from core.domain.program import Program, read_program
from core.domain.worth import worth
from tests.snapshots import a_snapshot

PARTS = st.lists(st.integers(1, 50_000), min_size=1, max_size=12)
ROUNDINGS = st.sampled_from(["floor", "half-up", "ceil"])
RATES = st.tuples(st.integers(1, 30), st.integers(1, 1000))


def a_program(rounding: str, points: int, per_minor: int) -> Program:
    rule = {"kind": "points_per_unit", "points": points, "per_minor": per_minor, "rounding": rounding}
    return read_program(json.dumps({"earning": [rule]}), "EUR")


@given(PARTS, ROUNDINGS, RATES)
def test_i21_a_refund_in_parts_takes_back_exactly_the_award(
    parts: list[int], rounding: str, rate: tuple[int, int]
) -> None:
    program = a_program(rounding, *rate)
    order = a_snapshot(sum(parts))
    tellings = [
        order,
        *(
            a_snapshot(sum(parts), refunds=tuple(Refund(str(n), part) for n, part in enumerate(parts[:told])))
            for told in range(1, len(parts) + 1)
        ),
    ]
    points = [worth(telling, program).points for telling in tellings]
    taken = [before - after for before, after in pairwise(points)]

    assert points[-1] == 0
    assert sum(taken) == points[0]
    assert min(taken) >= 0
    assert all(left >= 0 for left in points)


@given(PARTS, ROUNDINGS, RATES)
def test_i21_splitting_a_refund_never_gains_more_than_a_point(
    parts: list[int], rounding: str, rate: tuple[int, int]
) -> None:
    program = a_program(rounding, *rate)
    total = sum(parts) + 10_000
    for back in accumulate(parts):
        at_once = a_snapshot(total, refunds=(Refund("1", back),))
        in_two = a_snapshot(total, refunds=(Refund("1", back // 2), Refund("2", back - back // 2)))
        assert abs(worth(at_once, program).points - worth(in_two, program).points) <= 1
