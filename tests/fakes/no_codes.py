"""A shop that is only asked for single orders."""

from __future__ import annotations

from datetime import datetime

from core.domain.catching_up import Mark, OrdersPage
from core.domain.discounts import CodePage, Discount, FoundCode


class NoCodes:
    """Half a shop: whoever asks it for codes, or for all of its orders, made a mistake."""

    def list_orders(self, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:
        raise AssertionError(f"nobody should list {which} from {mark} at {asked_at}")

    def list_past_orders(self, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:
        return self.list_orders(which, mark, asked_at)

    def create_code(self, wanted: Discount) -> FoundCode:
        raise AssertionError(f"nobody should make {wanted.code} here")

    def find_codes(self, wanted: Discount) -> list[FoundCode]:
        raise AssertionError(f"nobody should look for {wanted.code} here")

    def disable_code(self, code_ref: str) -> None:
        raise AssertionError(f"nobody should disable {code_ref} here")

    def orders_with(self, code: str) -> tuple[str, ...]:
        raise AssertionError(f"nobody should ask for orders with {code} here")

    def our_codes(self, cursor: str | None = None) -> CodePage:
        raise AssertionError(f"nobody should list codes from {cursor} here")
