"""The files for servers run what there is to run, and name settings that are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
PROGRAMS = {"cli.serve", "worker points", "worker outside", "worker beat"}


def programs_in(text: str) -> set[str]:
    """What is run as `python -m …`, by its name and, for workers, its role."""
    return {
        f"{module} {role}".strip() if module == "worker" else module
        for module, role in re.findall(r"-m,? ([\w.]+),? ?([\w%]*)", text)
    }


def test_the_procfile_and_the_compose_file_run_every_process_and_bring_the_database_up_to_date_first() -> (
    None
):
    for name in ("Procfile", "compose.yaml"):
        text = (ROOT / name).read_text("utf-8")
        assert programs_in(text) == PROGRAMS | {"cli.main"}, name
        assert re.search(r"cli\.main,? upgrade", text), name


def test_the_units_run_everything_by_themselves_or_together() -> None:
    run = set().union(*(programs_in(unit.read_text("utf-8")) for unit in UNITS))
    assert run == {"cli.main", "cli.serve", "worker %i"}


@pytest.mark.parametrize(
    "name",
    ["compose.yaml", "docs/deploy.md", "Dockerfile", *[f"deploy/systemd/{unit.name}" for unit in UNITS]],
)
def test_only_settings_that_are_read_are_named(name: str) -> None:
    read = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", (ROOT / "README.md").read_text("utf-8")))
    named = set(
        re.findall(
            r"\b(?:REGULARS_[A-Z_]+|DATABASE_URL|REDIS_URL|PUBLIC_URL)\b", (ROOT / name).read_text("utf-8")
        )
    )
    assert named <= read


def test_nothing_in_front_redirects_or_cuts_off_what_the_receiver_would_take() -> None:
    from webhooks.requests import LARGEST_BODY_BYTES

    nginx = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    assert not re.search(r"^\s*(return 30|rewrite)", nginx, re.MULTILINE)
    for text in (nginx, (ROOT / "deploy" / "Caddyfile").read_text("utf-8")):
        size = re.search(r"(?:client_max_body_size|max_size) (\d+)", text)
        assert size is not None
        assert int(size[1]) * 1_000_000 > LARGEST_BODY_BYTES
