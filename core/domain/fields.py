"""Reading a merchant's JSON: every mistake is collected and named by its path, not only the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.domain.errors import Mistake
from core.domain.orders import LONGEST_SKU
from core.domain.payload import clean_text


@dataclass(slots=True)
class Fields:
    """One JSON object being read. Each reader returns a usable default after noting a mistake."""

    values: Mapping[str, Any]
    path: str
    mistakes: list[Mistake]
    known: set[str] = field(default_factory=set)

    def at(self, name: str) -> str:
        """The path of a field, such as `earning[0].per_minor`."""
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, problem: str) -> None:
        """Note a mistake in field `name`."""
        self.mistakes.append(Mistake(self.at(name), problem))

    def take(self, name: str, default: object = None) -> Any:
        """The raw value of a field, which is from now on known."""
        self.known.add(name)
        return self.values.get(name, default)

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(name, f"must be a whole number from {least:,} to {most:,}")
            return default
        return value

    def decimal(self, name: str, default: Decimal, most: int, places: int) -> Decimal:
        """A number above zero with at most `places` decimals."""
        value = self.take(name, default)
        number = _plain_decimal(value)
        if number is not None and 0 < number <= most and number == round(number, places):
            return number
        self.wrong(name, f"must be a number above 0, at most {most:,}, with at most {places} decimals")
        return default

    def yes_or_no(self, name: str) -> bool:
        """True or false; false when the field is missing."""
        value = self.take(name, False)
        if not isinstance(value, bool):
            self.wrong(name, "must be true or false")
            return False
        return value

    def choice(self, name: str, default: str, options: Iterable[str]) -> str:
        """One of a few words."""
        value = self.take(name, default)
        allowed = list(options)
        if value not in allowed:
            self.wrong(name, f"must be one of {', '.join(allowed)}")
            return default
        return str(value)

    def platform_id(self, name: str) -> str:
        """One id of the platform's, as text."""
        value = self.take(name)
        if not _is_word(value):
            self.wrong(name, "must be an id of the store's platform, such as 42")
            return ""
        return str(value)

    def words(self, name: str) -> frozenset[str]:
        """A list of words or platform ids; none when the field is missing."""
        value = self.take(name, [])
        entries = value if isinstance(value, list) else [None]
        if not all(_is_word(entry) for entry in entries):
            self.wrong(name, 'must be a list such as ["12", "MUG"]')
            return frozenset()
        return frozenset(str(entry) for entry in entries)

    def close(self) -> None:
        """Note every field nobody asked for: a misspelt setting must not be silently ignored."""
        for name in self.values:
            if name not in self.known:
                self.wrong(
                    clean_text(name, 60) or '""',
                    f"is not a setting; known here: {', '.join(sorted(self.known))}",
                )


def _is_word(entry: object) -> bool:
    """Whether an entry can name anything of an order: text as orders are read, or a whole number."""
    if isinstance(entry, str):
        # One line: the settings page lists them one on each.
        return bool(entry) and not set(entry) & {"\n", "\r"} and clean_text(entry, LONGEST_SKU) == entry
    return isinstance(entry, int) and not isinstance(entry, bool)


def _plain_decimal(value: object) -> Decimal | None:
    """A number written as JSON number or text, such as 2, 1.5 or "1.5"; None for anything else."""
    text = str(value) if isinstance(value, (int, Decimal, str)) and not isinstance(value, bool) else ""
    return Decimal(text) if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text, re.ASCII) else None
