"""Where the demo's processes find each other: told by whoever starts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_ACORN, _BIRCH, _REGULARS = "DEMO_ACORN_URL", "DEMO_BIRCH_URL", "DEMO_REGULARS_URL"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of the two stores and of Regulars, as this machine reaches them."""

    acorn: str
    birch: str
    regulars: str

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Addresses:
        """As `environ` says. Raises KeyError where nobody started a demo."""
        return cls(environ[_ACORN], environ[_BIRCH], environ[_REGULARS])

    def environ(self) -> dict[str, str]:
        """What `load` reads back."""
        return {_ACORN: self.acorn, _BIRCH: self.birch, _REGULARS: self.regulars}
