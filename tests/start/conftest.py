"""Installations for the tests of bin/start."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.start.installation import ROOT, Installation


@pytest.fixture(scope="session")
def built() -> None:
    """The libraries bin/start runs with are in place, so that no test waits for them."""
    subprocess.run([ROOT / "bin" / "start", "--help"], check=True, capture_output=True)


@pytest.fixture
def installation(built: None, tmp_path: Path) -> Iterator[Installation]:
    """One that is not started yet, and is gone at the end."""
    with ended(Installation(tmp_path / "data")) as made:
        yield made


@pytest.fixture(scope="module")
def running(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One that runs, for tests that leave it running."""
    with ended(Installation(tmp_path_factory.mktemp("running") / "data")) as made:
        made.start()
        yield made


@contextmanager
def ended(installation: Installation) -> Iterator[Installation]:
    """Nothing of it runs afterwards, however the test went."""
    try:
        yield installation
    finally:
        installation.clean_up()
