"""How numbers, money and moments are written on pages: in the reader's language, by the store's clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale

from admin.here import here
from admin.retelling import told
from admin.signed_in import the_env
from core.domain.money import exponent, plain


def teach(app: Flask) -> None:
    """Let every template use these words as filters."""
    for word in (number, signed, money, day, short_day, clock, second, moment, ago, span, size, begun, told):
        app.jinja_env.filters[word.__name__] = word


def number(value: int | Decimal) -> str:
    """A number with its thousands apart: 1,234."""
    return str(format_decimal(value, locale=get_locale()))


def signed(points: int) -> str:
    """A change: +49, −16 with a true minus, 0."""
    written = number(abs(points))
    return f"+{written}" if points > 0 else f"−{written}" if points else written


def money(minor: int, currency: str | None = None) -> str:
    """An amount in minor units, without its currency: 49.95. By default in the store's own money."""
    code = currency or here().store.currency
    digits = exponent(code)
    written = format_decimal(
        Decimal(plain(abs(minor), code)),
        format=f"#,##0.{'0' * digits}" if digits else "#,##0",
        locale=get_locale(),
    )
    return f"−{written}" if minor < 0 else str(written)


def day(at: datetime | date, zone: ZoneInfo | None = None) -> str:
    """A day by the store's clock: 21 November 2026."""
    return str(
        format_date(_local(at, zone), "d. MMMM y" if _is_german() else "d MMMM y", locale=get_locale())
    )


def short_day(at: datetime | date, zone: ZoneInfo | None = None) -> str:
    """A day for tables: 21 Nov 2026."""
    return str(format_date(_local(at, zone), "d. MMM y" if _is_german() else "d MMM y", locale=get_locale()))


def clock(at: datetime, zone: ZoneInfo | None = None) -> str:
    """The time of day by the store's clock: 14:32."""
    return str(format_datetime(_local(at, zone), "HH:mm", locale=get_locale()))


def second(at: datetime, zone: ZoneInfo | None = None) -> str:
    """The time of day to the second, where many things happen in a minute: 14:28:07."""
    return str(format_datetime(_local(at, zone), "HH:mm:ss", locale=get_locale()))


def moment(at: datetime, zone: ZoneInfo | None = None) -> str:
    """A moment by the store's clock: 21 November 2026, 14:32 (Europe/Berlin)."""
    where = zone or here().store.zone
    return f"{day(at, where)}, {clock(at, where)} ({where.key})"


def ago(at: datetime) -> str:
    """How long it is since then, or until then, roughly: 40 seconds, 3 days."""
    time = abs(the_env().now() - at)
    if _is_german():
        # Behind “vor” and “seit”, as it stands in every sentence: vor 3 Tagen; at once it is: in 0 Sekunden.
        return str(format_timedelta(-time, add_direction=True, locale=get_locale())).split(maxsplit=1)[1]
    return str(format_timedelta(time, locale=get_locale()))


def span(time: timedelta) -> str:
    """How long something takes, roughly: 40 seconds, 3 days."""
    return str(format_timedelta(time, locale=get_locale()))


def begun(sentence: str) -> str:
    """A sentence of the core's as the beginning of one: with a capital, whatever follows it."""
    return sentence[:1].upper() + sentence[1:]


def size(count: int) -> str:
    """How large something is, in bytes of a thousand: 12.4 MB."""
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= least:
            return f"{format_decimal(round(Decimal(count) / least, 1), locale=get_locale())} {unit}"
    return f"{number(count)} B"


def _local(at: datetime | date, zone: ZoneInfo | None) -> datetime | date:
    return at.astimezone(zone or here().store.zone) if isinstance(at, datetime) else at


def _is_german() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "de"
