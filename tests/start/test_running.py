"""While bin/start runs."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.eventually import at_leisure, eventually
from tests.payloads import a_recent_order
from tests.start.installation import Installation

READY_WITHIN_S = 15
SETTLED_WITHIN_S = 2


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_ready_within_fifteen_seconds(running: Installation) -> None:
    assert running.ready_after_s is not None
    assert running.ready_after_s < at_leisure(READY_WITHIN_S)


def test_a_signed_delivery_to_a_store_added_meanwhile_becomes_points_within_two_seconds(
    running: Installation,
) -> None:
    with running.inside() as world:
        birch = world.connect()
        assert running.deliver(birch, a_recent_order()) == 200
        eventually(lambda: world.points(birch, "1042") == [49], at_leisure(SETTLED_WITHIN_S))


def test_the_secrets_are_the_owners_alone(running: Installation) -> None:
    assert mode_of(running.data_dir / "secrets.json") == 0o600
    assert mode_of(running.data_dir) == 0o700


def test_the_terminal_says_where_it_runs_and_what_comes_next(running: Installation) -> None:
    eventually(lambda: "bin/regulars login-link" in running.log)
    assert f"http://127.0.0.1:{running.port}" in running.log


def test_a_port_in_use_is_refused_in_one_sentence(running: Installation, tmp_path: Path) -> None:
    said = Installation(tmp_path / "other", port=running.port).refuse()
    assert said.returncode == 2
    assert said.stderr.startswith(f"Port {running.port} on 127.0.0.1 is in use: ")
    assert said.stderr.count("\n") == 1


def test_a_second_start_on_the_same_data_is_refused_naming_the_first(running: Installation) -> None:
    said = Installation(running.data_dir).refuse()
    assert said.returncode == 2
    assert said.stderr == (f"Regulars is already running on {running.data_dir} (process {running.pid}).\n")
    assert running.is_healthy()
