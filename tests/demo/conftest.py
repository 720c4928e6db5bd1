"""One demo that runs for all tests of a session."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.eventually import eventually
from tests.start.conftest import ended
from tests.start.installation import ROOT, Installation


@dataclass(frozen=True)
class Demo:
    """`bin/start --demo`, seen from outside."""

    installation: Installation
    stores: dict[str, str]
    """Addresses by name."""
    first_answers: dict[str, int]
    """What each store answered once its address was announced."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.installation.port}"

    def state(self, store: str) -> dict[str, Any]:
        """What a store tells of itself."""
        told: dict[str, Any] = requests.get(f"{self.stores[store]}/demo/state", timeout=10).json()
        return told


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """It runs, and both stores have delivered."""
    subprocess.run([ROOT / "bin" / "start", "--help"], check=True, capture_output=True)
    with ended(Installation(tmp_path_factory.mktemp("demo") / "data", flags=("--demo",))) as made:
        made.start()
        addresses = eventually(lambda: re.findall(r"(Acorn|Birch) +(http://127\.0\.0\.1:\d+)", made.log))
        answers = {name: requests.get(url, timeout=10).status_code for name, url in addresses}
        running = Demo(made, dict(addresses), answers)
        for store in ("Acorn", "Birch"):
            eventually(lambda store=store: _has_delivered(running, store))  # type: ignore[misc]
        yield running


def _has_delivered(running: Demo, store: str) -> bool:
    try:
        return bool(running.state(store)["records"])
    except (requests.RequestException, ValueError):
        return False
