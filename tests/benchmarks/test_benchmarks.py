"""The benchmarks run, at a size that measures nothing, and every sum in them is right.

They add everything up themselves and end with an error when a point is missing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import history
from tests.cli.conftest import logging_kept

SYSTEMS = {"regulars", "naive", "simple", "empty_view"}
OPERATIONS = {"award", "partial_refund", "full_refund", "refund_of_spent", "balance_read"}


def document_of(module: str, *words: str) -> Any:
    """What a benchmark prints as JSON; stdout holds nothing else."""
    ran = subprocess.run(
        [sys.executable, "-m", module, "--json", *words],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def spreads(value: Any) -> Iterator[dict[str, float]]:
    """Every median with its range, wherever it stands."""
    if isinstance(value, dict) and set(value) == {"median", "min", "max"}:
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from spreads(one)


def test_the_pipeline_is_measured_beside_a_naive_one_and_an_empty_view() -> None:
    told = document_of("benchmarks.pipeline", "--quick", "--events", "100", "--database", "sqlite")

    assert (told["benchmark"], told["rounds"], told["ratios_are_of"]) == ("pipeline", 1, "sqlite")
    assert {"machine", "versions", "taken_at"} <= set(told)
    assert set(told["databases"]["sqlite"]["systems"]) == SYSTEMS
    assert told["ratio_to_naive"]["median"] > 1
    assert told["ratio_to_simple"]["median"] > 1
    assert set(told["ratio_to_empty_view"]) == {"ack_p99", "ack_p99_at_fixed_rate", "accepted_per_s"}
    assert all(one["min"] <= one["median"] <= one["max"] for one in spreads(told))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_histories_are_measured_against_the_empty_one(kind: str) -> None:
    given = ("--rounds", "2", "--times", "1", "--entries", "0,40,80", "--database", kind)
    told = document_of("benchmarks.history", *given)

    assert (told["benchmark"], told["rounds"], told["entries"]) == ("history", 2, [0, 40, 80])
    found = told["databases"][kind]
    assert set(found["operations"]) == OPERATIONS
    for operation in found["operations"].values():
        assert set(operation) == {"0", "40", "80"}
        assert operation["0"]["ratio_to_empty"] == {"median": 1.0, "min": 1.0, "max": 1.0}
        assert all(0 < one["min"] <= one["median"] <= one["max"] for one in spreads(operation))
    # Five points for each order of the history; in three warm-ups and two rounds 20 spent ones were undone.
    assert found["points"] == {"40": 40 * 5 - 5 * 20, "80": 80 * 5 - 5 * 20}


@pytest.mark.parametrize(
    ("entries", "code", "sentence"),
    [("10,0", 2, "the first of them 0"), ("0,many", 2, "different numbers"), ("0,10", 1, "too short")],
)
def test_histories_that_cannot_be_meant_are_refused(entries: str, code: int, sentence: str) -> None:
    with logging_kept():
        ran = CliRunner().invoke(history.main, ["--entries", entries])

    assert ran.exit_code == code
    assert sentence in ran.output
