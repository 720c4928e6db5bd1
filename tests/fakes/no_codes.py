"""A shop that is only asked for orders."""

from __future__ import annotations

from core.domain.discounts import CodePage, Discount, FoundCode


class NoCodes:
    """Half a shop: whoever asks it for codes made a mistake."""

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
