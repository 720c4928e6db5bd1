"""Reading since when something is meant."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

from core.domain.errors import Refused
from core.domain.stores import Store


def read_day(text: str, store: Store) -> datetime:
    """The beginning of a day in the store's zone. Raises Refused."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"“{text}” is not a day; write one such as 2026-01-31.") from error
    return datetime.combine(day, time_of_day(), store.zone)


def read_since(text: str, store: Store, now: datetime) -> datetime:
    """The same, or so many days ago, such as 60d. Raises Refused."""
    if days := re.fullmatch(r"(\d{1,4})d", text, re.ASCII):
        return now - timedelta(days=int(days[1]))
    return read_day(text, store)
