"""What a process logs, and what it leaves out."""

from __future__ import annotations

import subprocess
import sys

import pytest

SAYS_ALL = """
import logging, structlog
from core.config.logs import configure_logs
configure_logs("web")
log = structlog.get_logger()
log.info("informed")
log.warning("warned")
log.error("failed")
logging.getLogger("library").info("informed by another")
"""


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("", ["informed", "warned", "failed", "informed by another"]),
        ("loud", ["informed", "warned", "failed", "informed by another"]),
        ("warning", ["warned", "failed"]),
        ("error", ["failed"]),
    ],
)
def test_nothing_below_the_level_that_the_environment_names_is_logged(level: str, told: list[str]) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SAYS_ALL],
        env={"REGULARS_LOG_LEVEL": level, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert [line.split(maxsplit=4)[-1] for line in said.splitlines()] == told
