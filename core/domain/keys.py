"""A store's keys: which of them are for calling it, and how they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.domain.platform import Field

CALLING: Final = frozenset({Field.CONSUMER_KEY, Field.CONSUMER_SECRET, Field.ACCESS_TOKEN})
"""The keys a store is called with; the others only tell who signed."""


def changed_keys(
    held: Mapping[str, str], given: Mapping[Field, str], *, forget_previous: bool
) -> dict[str, str]:
    """The keys after a change. An empty value changes nothing.

    A webhook secret that is replaced goes on being accepted, until it is forgotten or its successor is
    replaced, too.
    """
    after = dict(held) | {str(field): value for field, value in given.items() if value}
    replaced = held.get(Field.WEBHOOK_SECRET)
    if replaced and after[Field.WEBHOOK_SECRET] != replaced:
        after[Field.PREVIOUS_WEBHOOK_SECRET] = replaced
    if forget_previous:
        after.pop(Field.PREVIOUS_WEBHOOK_SECRET, None)
    return after
