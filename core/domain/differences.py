"""What changed between two documents, value by value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is another now."""

    path: str
    """Where it stands, such as `earning[0].points`."""
    before: str | None
    """None: it was not there."""
    after: str | None
    """None: it is there no longer."""


def differences(before: str | None, after: str | None) -> list[Difference]:
    """What two JSON texts differ in, in the order of the first; None is a document that is not there."""
    old, new = _flat(before), _flat(after)
    return [
        Difference(path, old.get(path), new.get(path))
        for path in [*old, *(path for path in new if path not in old)]
        if old.get(path) != new.get(path)
    ]


def _flat(text: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    if text is not None:
        _collect("", json.loads(text), found, 0)
    return found


def _collect(path: str, value: Any, found: dict[str, str], depth: int) -> None:
    if isinstance(value, dict) and value and depth < _DEEPEST:
        for name, one in value.items():
            _collect(f"{path}.{name}" if path else str(name), one, found, depth + 1)
    elif isinstance(value, list) and value and depth < _DEEPEST:
        for at, one in enumerate(value):
            _collect(f"{path}[{at}]", one, found, depth + 1)
    else:
        found[path] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
