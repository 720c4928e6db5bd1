"""A store that answers as told: refusing for good, or making something else than was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from core.domain.discounts import CodePage, CodeShop, Discount, FoundCode
from core.domain.errors import PlatformRefused, StoreUnauthorized


@dataclass
class Stubborn:
    """A real store behind somebody with a will."""

    shop: CodeShop
    answers: list[str]
    """What happens to the next calls: `refuse create`, `refuse find`, `refuse disable`, `change create`,
    or `deny` with one of these or with `fetch`."""
    between: Callable[[], object] = lambda: None
    """Happens after a code was made and before that is told."""
    asked: list[str] = field(default_factory=list)

    def _meets(self, call: str) -> str:
        self.asked.append(call)
        if self.answers and self.answers[0].endswith(call):
            answer, _, _ = self.answers.pop(0).partition(" ")
            if answer == "refuse":
                raise PlatformRefused(f"The store says no to this: {call}.")
            if answer == "deny":
                raise StoreUnauthorized(f"403: {call}")
            return answer
        return ""

    def create_code(self, wanted: Discount) -> FoundCode:
        if self._meets("create") == "change":
            self.shop.create_code(replace(wanted, minimum_spend_minor=100))
            [made] = self.shop.find_codes(wanted)
        else:
            made = self.shop.create_code(wanted)
        self.between()
        return made

    def find_codes(self, wanted: Discount) -> list[FoundCode]:
        self._meets("find")
        return self.shop.find_codes(wanted)

    def disable_code(self, code_ref: str) -> None:
        self._meets("disable")
        self.shop.disable_code(code_ref)

    def orders_with(self, code: str) -> tuple[str, ...]:
        self._meets("search")
        return self.shop.orders_with(code)

    def our_codes(self, cursor: str | None = None) -> CodePage:
        self._meets("list")
        return self.shop.our_codes(cursor)

    def fetch_order(self, *asked: Any) -> bytes:
        self._meets("fetch")
        fetched: bytes = self.shop.fetch_order(*asked)  # type: ignore[attr-defined]
        return fetched


def in_the_way(*answers: str, between: Callable[[], object] = lambda: None) -> Callable[[CodeShop], Stubborn]:
    """What stands before a store from now on; its answers are used up once."""
    left, asked = list(answers), list[str]()
    return lambda shop: Stubborn(shop, left, between, asked)
