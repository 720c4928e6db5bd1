"""Where the demo's processes and data go."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cli.plan import PRODUCT, clear_demo, demo_folder, demo_plan


def test_an_installation_runs_nothing_of_the_demo() -> None:
    assert (PRODUCT.app, PRODUCT.outside, PRODUCT.beside, PRODUCT.environ) == (
        "wsgi",
        ("worker", "outside"),
        {},
        {},
    )


def test_the_stores_get_other_ports_where_theirs_are_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port: int = taken.getsockname()[1]
        plan = demo_plan("http://127.0.0.1:8000", port - 1, {})
    assert f"http://127.0.0.1:{port}" not in plan.stores.values()
    assert len(set(plan.stores.values())) == 2


@pytest.mark.parametrize(("environ", "level"), [({}, "warning"), ({"REGULARS_LOG_LEVEL": "info"}, "info")])
def test_its_log_tells_of_trouble_alone_unless_somebody_asks_for_more(
    environ: dict[str, str], level: str
) -> None:
    assert demo_plan("http://127.0.0.1:8000", 8000, environ).environ["REGULARS_LOG_LEVEL"] == level


def test_each_demo_begins_anew_and_touches_nothing_but_its_own(tmp_path: Path) -> None:
    folder = demo_folder(tmp_path, {})
    folder.mkdir()
    for name in ("regulars.db", "regulars.db-wal", "secrets.json", "notes.txt"):
        (folder / name).touch()
        (tmp_path / name).touch()
    clear_demo(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert len([path for path in tmp_path.iterdir() if path.is_file()]) == 4


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "PUBLIC_URL"])
def test_it_runs_on_nobodys_database_queue_or_address(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        demo_folder(tmp_path, {name: "x"})
    assert f"unset {name}" in capsys.readouterr().err
