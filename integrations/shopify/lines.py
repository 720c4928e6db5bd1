"""A Shopify order's lines and refunds: what each line is worth without tax, and what went back of it.

Shopify tells a line's first quantity and what is left of it now. What went back through refunds is kept apart
from what was edited away, so that the sentence about an order can name both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from core.domain.errors import BadDelivery
from core.domain.orders import LONGEST_SKU, OrderLine, Refund, RefundLine
from core.domain.payload import clean_text, reference, rows
from core.domain.rounding import Rounding, whole_points
from integrations.shopify.money import shop_minor


@dataclass(frozen=True, slots=True)
class _Line:
    """One line, taken apart."""

    raw: Mapping[str, Any]
    line_ref: str
    quantity: int
    """As first ordered."""
    current_quantity: int
    """What edits and refunds left of it."""
    refunded_quantity: int
    unit_minor: Fraction
    """Price of one piece after discounts, tax included where prices include it."""
    unit_tax_minor: Fraction | None
    """Tax contained in `unit_minor`; None: the line does not say."""

    @property
    def kept_quantity(self) -> int:
        """Pieces after edits, before refunds."""
        return self.current_quantity + self.refunded_quantity


def lines_and_refunds(
    payload: Mapping[str, Any], currency: str
) -> tuple[tuple[OrderLine, ...], tuple[Refund, ...]]:
    """The order's lines before refunds, and its refunds. Raises BadDelivery for partial data."""
    refunds = rows(payload.get("refunds"), "refunds")
    refunded = _refunded_quantities(refunds)
    includes_tax = payload.get("taxes_included") is True
    taken = [_take_apart(line, refunded, currency, includes_tax=includes_tax) for line in _line_rows(payload)]
    tax_share = _tax_share(payload, taken, currency) if includes_tax else Fraction(0)
    nets = {line.line_ref: _unit_net(line, tax_share) for line in taken}
    lines = tuple(_line(line, nets[line.line_ref], currency) for line in taken)
    left = {line.line_ref: line.refunded_quantity for line in taken}
    told = (refund for one in refunds for refund in _refund(one, nets, left, currency))
    return lines, tuple(told)


def _line_rows(payload: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return rows(payload.get("line_items"), "line_items")


def _take_apart(
    raw: Mapping[str, Any], refunded: Mapping[str, int], currency: str, *, includes_tax: bool
) -> _Line:
    line_ref = reference(raw.get("id"))
    quantity = _count(raw.get("quantity"))
    current = _count(raw.get("current_quantity", quantity))
    price = shop_minor(raw, "price", currency)
    discounts = sum(
        shop_minor(allocation, "amount", currency, signed=True)
        for allocation in rows(raw.get("discount_allocations", []), "discount_allocations")
    )
    tax_lines = rows(raw.get("tax_lines", []), "tax_lines")
    tax = sum(shop_minor(tax_line, "price", currency, signed=True) for tax_line in tax_lines)
    pieces = max(1, quantity)
    return _Line(
        raw=raw,
        line_ref=line_ref,
        quantity=quantity,
        current_quantity=current,
        refunded_quantity=max(0, min(refunded[line_ref], quantity - current)),
        unit_minor=price - Fraction(discounts, pieces),
        unit_tax_minor=Fraction(tax, pieces) if includes_tax and tax_lines else None,
    )


def _tax_share(payload: Mapping[str, Any], taken: Sequence[_Line], currency: str) -> Fraction:
    """Tax in one minor unit of lines that do not say it themselves: the order's tax without shipping's."""
    silent = [line for line in taken if line.unit_tax_minor is None and line.raw.get("taxable") is not False]
    gross = sum(line.unit_minor * line.current_quantity for line in silent)
    if not gross:
        return Fraction(0)
    told = sum(
        line.unit_tax_minor * line.current_quantity for line in taken if line.unit_tax_minor is not None
    )
    shipping = sum(
        shop_minor(tax_line, "price", currency, signed=True)
        for shipping_line in rows(payload.get("shipping_lines", []), "shipping_lines")
        if shipping_line.get("is_removed") is not True
        for tax_line in rows(shipping_line.get("tax_lines", []), "tax_lines")
    )
    total = shop_minor(payload, "current_total_tax", currency)
    return max(Fraction(0), total - shipping - told) / gross


def _unit_net(line: _Line, tax_share: Fraction) -> Fraction:
    if line.unit_tax_minor is not None:
        return line.unit_minor - line.unit_tax_minor
    if line.raw.get("taxable") is False:
        return line.unit_minor
    return line.unit_minor * (1 - tax_share)


def _line(line: _Line, unit_net: Fraction, currency: str) -> OrderLine:
    price = shop_minor(line.raw, "price", currency)
    return OrderLine(
        line_ref=line.line_ref,
        product_ref=_optional_ref(line.raw.get("product_id")),
        variant_ref=_optional_ref(line.raw.get("variant_id")),
        sku=clean_text(line.raw.get("sku"), LONGEST_SKU),
        quantity=line.kept_quantity,
        net_minor=max(0, _whole(unit_net * line.kept_quantity)),
        tax_minor=_whole((line.unit_tax_minor or Fraction(0)) * line.kept_quantity),
        discount_minor=_whole((price - line.unit_minor) * line.kept_quantity),
        is_gift_card=line.raw.get("gift_card") is True,
    )


def _refunded_quantities(refunds: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for refund in refunds:
        for line in rows(refund.get("refund_line_items"), "refund_line_items"):
            counted[reference(line.get("line_item_id"))] += _count(line.get("quantity"))
    return counted


def _refund(
    refund: Mapping[str, Any], nets: Mapping[str, Fraction], left: dict[str, int], currency: str
) -> list[Refund]:
    """One refund: told by line, or else what was for shipping apart from what only an amount is known of."""
    refund_ref = reference(refund.get("id"))
    lines = tuple(
        _refund_line(line, nets, left) for line in rows(refund.get("refund_line_items"), "refund_line_items")
    )
    paid_back = _paid_back(refund, currency)
    if lines:
        return [Refund(refund_ref, paid_back, lines, is_itemized=True)]
    shipping = min(paid_back, _shipping_back(refund, paid_back, currency))
    parts = []
    if shipping or not paid_back:
        parts.append(Refund(refund_ref, shipping, (), is_itemized=True))
    if paid_back > shipping:
        parts.append(Refund(refund_ref, paid_back - shipping))
    return parts


def _refund_line(line: Mapping[str, Any], nets: Mapping[str, Fraction], left: dict[str, int]) -> RefundLine:
    line_ref = reference(line.get("line_item_id"))
    quantity = min(_count(line.get("quantity")), left.get(line_ref, 0))
    left[line_ref] = left.get(line_ref, 0) - quantity
    return RefundLine(line_ref, quantity, _whole(nets.get(line_ref, Fraction(0)) * quantity))


def _paid_back(refund: Mapping[str, Any], currency: str) -> int:
    """Money given back in the store's currency; what the lines say where the money moved in another one."""
    moved = [
        transaction
        for transaction in rows(refund.get("transactions", []), "transactions")
        if transaction.get("kind") == "refund" and transaction.get("status") == "success"
    ]
    if moved and all(transaction.get("currency") == currency for transaction in moved):
        return sum(shop_minor(transaction, "amount", currency) for transaction in moved)
    by_line = sum(
        shop_minor(line, "subtotal", currency, signed=True)
        + shop_minor(line, "total_tax", currency, signed=True)
        for line in rows(refund.get("refund_line_items"), "refund_line_items")
    )
    for_shipping = sum(_shipping_amount(line, currency) for line in _shipping_lines(refund))
    return max(0, by_line + for_shipping - _adjusted(refund, currency))


def _adjusted(refund: Mapping[str, Any], currency: str) -> int:
    """What was given back less than reckoned; below zero: more."""
    return sum(
        shop_minor(adjustment, "amount", currency, signed=True)
        for adjustment in rows(refund.get("order_adjustments", []), "order_adjustments")
    )


def _shipping_back(refund: Mapping[str, Any], paid_back: int, currency: str) -> int:
    """What of a refund without goods was for shipping, tax included."""
    lines = _shipping_lines(refund)
    if not lines:
        return _shipping_adjusted(refund, currency)
    # Webhooks leave its tax out: what no adjustment explains was for shipping.
    told = sum(shop_minor(line, "subtotal_amount", currency, signed=True) for line in lines)
    return max(told, paid_back + _adjusted(refund, currency))


def _shipping_lines(refund: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return rows(refund.get("refund_shipping_lines", []), "refund_shipping_lines")


def _shipping_amount(line: Mapping[str, Any], currency: str) -> int:
    has_tax = not {"tax_amount", "tax_amount_set"}.isdisjoint(line)
    tax = shop_minor(line, "tax_amount", currency, signed=True) if has_tax else 0
    return shop_minor(line, "subtotal_amount", currency, signed=True) + tax


def _shipping_adjusted(refund: Mapping[str, Any], currency: str) -> int:
    """The same as API versions before 2024-10 told it: by adjustments, which are negative."""
    return sum(
        abs(
            shop_minor(adjustment, "amount", currency, signed=True)
            + shop_minor(adjustment, "tax_amount", currency, signed=True)
        )
        for adjustment in rows(refund.get("order_adjustments", []), "order_adjustments")
        if adjustment.get("kind") == "shipping_refund"
    )


def _whole(amount: Fraction) -> int:
    return whole_points(amount, Rounding.HALF_UP)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise BadDelivery("a quantity is not a whole number")
    return value


def _optional_ref(value: object) -> str | None:
    return None if value is None else reference(value)
