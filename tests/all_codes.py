"""Every page of a store's codes that are ours."""

from __future__ import annotations

from collections.abc import Iterator

from core.domain.discounts import CodeShop, FoundCode


def all_codes(shop: CodeShop) -> Iterator[FoundCode]:
    """One after the other, as a sweep that is never interrupted meets them."""
    cursor: str | None = None
    while True:
        page = shop.our_codes(cursor)
        yield from page.codes
        cursor = page.next_cursor
        if cursor is None:
            return
