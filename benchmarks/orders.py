"""Made-up WooCommerce orders of about 10 KB, in the shape of real ones, no two alike.

Everything comes from the `Random` that is handed in: names, addresses, lines, the marks that plugins leave.
Amounts are integers in cents until they are written, so that what an order is worth is known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

OPENED_AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
GUEST_SHARE = 0.1
TAX_PERCENTS = (19, 19, 19, 7)
SHIPPING_CENTS = (0, 390, 490, 690)

_SYLLABLES = "ka lo mi ren tas vor bel dün zig hal mor fen sta rü wen dal pro eck lin os".split()
_THINGS = "mug beans grinder filter kettle apron scale spoon jar cloth lamp chair poster notebook".split()
_PAYMENTS = (("stripe", "Credit card"), ("ppcp-gateway", "PayPal"), ("klarna_payments", "Klarna"))
_DEVICES = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile Safari",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
)


@dataclass(slots=True)
class Purchase:
    """The truth about one order, from which its tellings are written."""

    order_id: int
    customer: int
    placed_at: datetime
    document: dict[str, Any]
    net_cents: int
    gross_cents: int
    refunded_cents: list[int] = field(default_factory=list)
    changes: int = 0

    @property
    def points(self) -> int:
        """One point for each whole euro of goods that was paid for and not given back in proportion."""
        if self.document["status"] not in {"processing", "completed"}:
            return 0
        return self.net_cents * (self.gross_cents - sum(self.refunded_cents)) // (self.gross_cents * 100)


def place(chance: Random, order_id: int, customer: int) -> Purchase:
    """A paid order."""
    placed_at = OPENED_AT + timedelta(seconds=order_id * 7 % 6_000_000)
    lines = [_line(chance, order_id * 20 + number) for number in range(chance.randint(4, 9))]
    net_cents = sum(line.net_cents for line in lines)
    tax_cents = sum(line.tax_cents for line in lines)
    shipping_cents = chance.choice(SHIPPING_CENTS)
    purchase = Purchase(
        order_id, customer, placed_at, {}, net_cents, gross_cents=net_cents + tax_cents + shipping_cents
    )
    purchase.document = {
        **_head(chance, purchase, tax_cents, shipping_cents),
        **_people(chance, customer),
        **_payment(chance),
        "number": str(order_id),
        "meta_data": _marks(chance, order_id),
        "line_items": [line.document for line in lines],
        "tax_lines": [_tax_line(order_id, percent, lines) for percent in sorted(set(TAX_PERCENTS))],
        "shipping_lines": [_shipping_line(chance, order_id, shipping_cents)],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        **_dates(placed_at),
        "currency_symbol": "€",
        "_links": _links(order_id, customer),
    }
    return purchase


def change(chance: Random, purchase: Purchase) -> None:
    """What happens to orders later: mostly a refund, else completed or cancelled."""
    purchase.changes += 1
    document, what = purchase.document, chance.random()
    if what < 0.6:
        _refund(chance, purchase)
    else:
        document["status"] = "completed" if what < 0.85 else "cancelled"
    modified_at = purchase.placed_at + timedelta(hours=purchase.changes, seconds=chance.randint(1, 3000))
    document["date_modified"] = document["date_modified_gmt"] = _stamp(modified_at)


def _refund(chance: Random, purchase: Purchase) -> None:
    left_cents = purchase.gross_cents - sum(purchase.refunded_cents)
    cents = chance.randint(1, left_cents)
    purchase.refunded_cents.append(cents)
    refund = {
        "id": purchase.order_id * 20 + 10 + purchase.changes,
        "reason": _words(chance, 3),
        "total": _money(-cents),
        "total_tax": "0.00",
    }
    purchase.document["refunds"] = [refund, *purchase.document["refunds"]]


@dataclass(frozen=True, slots=True)
class _Line:
    document: dict[str, Any]
    net_cents: int
    tax_cents: int
    tax_percent: int


def _line(chance: Random, line_id: int) -> _Line:
    quantity, each_cents = chance.randint(1, 4), chance.randint(199, 8900)
    full_cents = quantity * each_cents
    net_cents = full_cents - (full_cents * chance.choice((0, 0, 0, 10, 20)) // 100)
    percent = chance.choice(TAX_PERCENTS)
    tax_cents = net_cents * percent // 100
    product = chance.randint(10, 4000)
    document = {
        "id": line_id,
        "name": f"{_word(chance).title()} {chance.choice(_THINGS)} {_words(chance, 2)}",
        "product_id": product,
        "variation_id": chance.choice((0, product + 5000)),
        "quantity": quantity,
        "tax_class": "" if percent == 19 else "reduced-rate",
        "subtotal": _money(full_cents),
        "subtotal_tax": _money(full_cents * percent // 100),
        "total": _money(net_cents),
        "total_tax": _money(tax_cents),
        "taxes": [{"id": percent, "total": _money(tax_cents), "subtotal": _money(tax_cents)}],
        "meta_data": [_line_mark(chance, line_id, number) for number in range(chance.randint(1, 3))],
        "sku": f"{_word(chance).upper()}-{product}",
        "global_unique_id": str(chance.randint(10**12, 10**13 - 1)),
        "price": net_cents / quantity / 100,
        "image": {"id": str(product + 9000), "src": f"https://birch.example/media/{_hex(chance, 12)}.jpg"},
        "parent_name": None,
    }
    return _Line(document, net_cents, tax_cents, percent)


def _line_mark(chance: Random, line_id: int, number: int) -> dict[str, Any]:
    name, value = _word(chance), _words(chance, 2)
    return {
        "id": line_id * 10 + number,
        "key": f"pa_{name}",
        "value": value,
        "display_key": name.title(),
        "display_value": value.title(),
    }


def _head(chance: Random, purchase: Purchase, tax_cents: int, shipping_cents: int) -> dict[str, Any]:
    return {
        "id": purchase.order_id,
        "parent_id": 0,
        "status": "processing",
        "currency": "EUR",
        "version": "11.0.1",
        "prices_include_tax": True,
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": _money(shipping_cents),
        "shipping_tax": "0.00",
        "cart_tax": _money(tax_cents),
        "total": _money(purchase.gross_cents),
        "total_tax": _money(tax_cents),
        "customer_id": purchase.customer,
        "order_key": f"wc_order_{_hex(chance, 7)}",
        "created_via": chance.choice(("checkout", "store-api")),
        "customer_note": _words(chance, chance.randint(0, 12)),
        "cart_hash": _hex(chance, 16),
    }


def _people(chance: Random, customer: int) -> dict[str, Any]:
    """The addresses; the customer's e-mail address is always the same one."""
    address = {
        "first_name": _word(chance).title(),
        "last_name": f"{_word(chance)}{_word(chance)}".title(),
        "company": _words(chance, chance.randint(0, 2)),
        "address_1": f"{_word(chance).title()}straße {chance.randint(1, 250)}",
        "address_2": "",
        "city": _word(chance).title(),
        "state": "DE-BE",
        "postcode": str(chance.randint(10000, 99999)),
        "country": "DE",
        "phone": f"+49 {chance.randint(10**9, 10**10)}",
    }
    is_guest = chance.random() < GUEST_SHARE
    email = f"{'guest' if is_guest else 'member'}{customer}@shoppers.example"
    people = {"billing": {**address, "email": email}, "shipping": address}
    return {**people, "customer_id": 0} if is_guest else people


def _payment(chance: Random) -> dict[str, Any]:
    method, title = chance.choice(_PAYMENTS)
    return {
        "payment_method": method,
        "payment_method_title": title,
        "transaction_id": f"ch_{_hex(chance, 12)}",
        "customer_ip_address": ".".join(str(chance.randint(1, 254)) for _ in range(4)),
        "customer_user_agent": f"{chance.choice(_DEVICES)} {chance.randint(100, 999)}",
    }


def _marks(chance: Random, order_id: int) -> list[dict[str, Any]]:
    """What checkout and plugins leave on an order."""
    values: dict[str, Any] = {
        "_coupons_hash": _hex(chance, 16),
        "_fees_hash": _hex(chance, 16),
        "_shipping_hash": _hex(chance, 16),
        "_taxes_hash": _hex(chance, 16),
        "is_vat_exempt": "no",
        "_wc_order_attribution_source_type": chance.choice(("organic", "utm", "typein")),
        "_wc_order_attribution_referrer": f"https://{_word(chance)}.example/{_hex(chance, 10)}",
        "_wc_order_attribution_utm_source": _word(chance),
        "_wc_order_attribution_session_entry": f"https://birch.example/{_word(chance)}?x={_hex(chance, 20)}",
        "_wc_order_attribution_session_start_time": _stamp(OPENED_AT + timedelta(seconds=order_id)),
        "_wc_order_attribution_user_agent": chance.choice(_DEVICES),
        "_stripe_intent_id": f"pi_{_hex(chance, 12)}",
        "_stripe_source_id": f"pm_{_hex(chance, 12)}",
        "_stripe_customer_id": f"cus_{_hex(chance, 7)}",
        "_stripe_charge_captured": "yes",
        "_invoice_data": {"number": str(order_id), "hash": _hex(chance, 32), "lines": chance.randint(1, 9)},
        "_shipment_token": _hex(chance, 64),
    }
    return [
        {"id": order_id * 30 + number, "key": key, "value": value}
        for number, (key, value) in enumerate(values.items())
    ]


def _tax_line(order_id: int, percent: int, lines: list[_Line]) -> dict[str, Any]:
    return {
        "id": order_id * 20 + percent,
        "rate_code": f"DE-MWST-{percent}",
        "rate_id": percent,
        "label": "MwSt",
        "compound": False,
        "tax_total": _money(sum(line.tax_cents for line in lines if line.tax_percent == percent)),
        "shipping_tax_total": "0.00",
        "rate_percent": percent,
        "meta_data": [],
    }


def _shipping_line(chance: Random, order_id: int, cents: int) -> dict[str, Any]:
    items = ", ".join(f"{_words(chance, 2)} × {chance.randint(1, 4)}" for _ in range(3))
    mark = {"id": order_id * 40, "key": "Items", "value": items, "display_key": "Items"}
    return {
        "id": order_id * 20 + 9,
        "method_title": "Flat rate",
        "method_id": "flat_rate",
        "instance_id": str(chance.randint(1, 9)),
        "total": _money(cents),
        "total_tax": "0.00",
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": [{**mark, "display_value": items}],
    }


def _dates(placed_at: datetime) -> dict[str, Any]:
    names = ("date_created", "date_modified", "date_paid")
    dates = {f"{name}{zone}": _stamp(placed_at) for name in names for zone in ("", "_gmt")}
    return {**dates, "date_completed": None, "date_completed_gmt": None}


def _links(order_id: int, customer: int) -> dict[str, Any]:
    root = "https://birch.example/wp-json/wc/v3"
    return {
        "self": [{"href": f"{root}/orders/{order_id}", "targetHints": {"allow": ["GET", "POST", "PUT"]}}],
        "collection": [{"href": f"{root}/orders"}],
        "email_templates": [{"embeddable": True, "href": f"{root}/orders/{order_id}/actions/templates"}],
        "customer": [{"href": f"{root}/customers/{customer}"}],
    }


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _hex(chance: Random, length_bytes: int) -> str:
    return chance.randbytes(length_bytes).hex()


def _word(chance: Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 3)))


def _words(chance: Random, count: int) -> str:
    return " ".join(_word(chance) for _ in range(count))
