"""Waiting for what other processes do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_AGAIN_S = 0.02
PATIENCE_S = 45
"""For what a busy machine may delay; tests about how long something takes say so themselves."""


def at_leisure(seconds: float) -> float:
    """What takes so long on an idle machine may take as much longer here as there is other work to do."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def eventually(look: Callable[[], T], within_s: float = PATIENCE_S) -> T:
    """The first truthy thing seen. After `within_s` the test fails, naming what was seen last."""
    ends_s = time.monotonic() + within_s
    while not (seen := look()):
        assert time.monotonic() < ends_s, f"not within {within_s} s; last seen: {seen!r}"
        time.sleep(LOOK_AGAIN_S)
    return seen
