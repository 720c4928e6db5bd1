"""What people typed into a form, read once; every problem is kept beside its field, with what would work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from admin.words import money as money_words
from admin.words import number
from core.domain.money import exponent
from core.domain.payload import clean_text

_WHOLE = re.compile(r"[+−-]?\d{1,15}")
# A comma before exactly three digits may set thousands apart as well: it is not guessed at.
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,12}|,(?!\d{3}$)\d{1,12})?")


@dataclass(slots=True)
class Typed:
    """One form being read. Each reader returns a usable value after noting a problem."""

    values: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)
    """By field, in the reader's language."""

    def text(self, name: str, longest: int, *, least: int = 0) -> str:
        """Text of one line, trimmed."""
        value = self._raw(name)
        if len(value) > longest or clean_text(value, longest) != value:
            self.problems[name] = _("Enter at most %(count)s characters, on one line.", count=number(longest))
            return ""
        if len(value) < least:
            self.problems[name] = _("This is needed. Enter something.")
        return value

    def whole(self, name: str, least: int, most: int, default: int = 0) -> int:
        """A whole number; − and - are the same."""
        value = self._raw(name).replace("−", "-")
        if _WHOLE.fullmatch(value) and value.isascii() and least <= int(value) <= most:
            return int(value)
        self.problems[name] = _(
            "Enter a whole number from %(least)s to %(most)s.", least=number(least), most=number(most)
        )
        return default

    def whole_or_none(self, name: str, least: int, most: int) -> int | None:
        """The same, where nothing typed means no limit."""
        return self.whole(name, least, most) if self._raw(name) else None

    def decimal(self, name: str, most: int, places: int, default: Decimal = Decimal(1)) -> Decimal:
        """A number above 0, with a point or a comma before its decimals."""
        value = self._raw(name)
        if _DECIMAL.fullmatch(value) and value.isascii():
            read = Decimal(value.replace(",", "."))
            if 0 < read <= most and read == round(read, places):
                return read
        self.problems[name] = _(
            "Enter a number above 0, at most %(most)s, with at most %(places)s decimals.",
            most=number(most),
            places=places,
        )
        return default

    def money(self, name: str, currency: str, least_minor: int, most_minor: int) -> int:
        """An amount in minor units of `currency`."""
        value, digits = self._raw(name), exponent(currency)
        if _DECIMAL.fullmatch(value) and value.isascii():
            minor = Decimal(value.replace(",", ".")) * 10**digits
            if minor == int(minor) and least_minor <= minor <= most_minor:
                return int(minor)
        self.problems[name] = _(
            "Enter an amount in %(currency)s from %(least)s to %(most)s.",
            currency=currency,
            least=money_words(least_minor, currency),
            most=money_words(most_minor, currency),
        )
        return least_minor

    def money_or_none(self, name: str, currency: str, least_minor: int, most_minor: int) -> int | None:
        """The same, where nothing typed means none."""
        return self.money(name, currency, least_minor, most_minor) if self._raw(name) else None

    def choice(self, name: str, options: Iterable[str], default: str) -> str:
        """One of a few words."""
        value = self._raw(name)
        if value in set(options):
            return value
        self.problems[name] = _("Choose one of what is offered.")
        return default

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self._raw(name))

    def day(self, name: str, zone: ZoneInfo) -> datetime | None:
        """The beginning of a day by the store's clock; None after noting a problem."""
        try:
            return datetime.combine(date.fromisoformat(self._raw(name)), time(), zone)
        except ValueError:
            self.problems[name] = _("Enter a day such as 2026-12-31.")
            return None

    def _raw(self, name: str) -> str:
        return self.values.get(name, "").strip()
