"""How the store says no: as its REST API words it, and as its checkout does."""

from __future__ import annotations


class Problem(Exception):
    """An error of the REST API."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(f"{status} {code}: {message}")

    def body(self) -> dict[str, object]:
        """As the API writes it."""
        return {"code": self.code, "message": self.message, "data": {"status": self.status}}


class CheckoutRefused(Exception):
    """The checkout does not go through; `str()` is what the shopper reads."""

    def __init__(self, message: str, code: str = "woocommerce_rest_cart_coupon_error") -> None:
        self.code = code
        super().__init__(message)


def no_such(kind: str) -> Problem:
    """404 for an id that nothing has: `kind` is shop_order, shop_coupon, shop_webhook …"""
    return Problem(404, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.")


def bad_parameter(name: str) -> Problem:
    """400 for a parameter that cannot be meant so."""
    return Problem(400, "rest_invalid_param", f"Invalid parameter(s): {name}")
