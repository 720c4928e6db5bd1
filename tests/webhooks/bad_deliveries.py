"""The table of bad deliveries: what is posted, and what is expected of it. Run by `test_bad_inputs`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from integrations.body_signature import header
from tests.payloads import a_line, a_refund, an_order, body_of
from tests.world import SECRET
from webhooks.requests import LARGEST_BODY_BYTES

SIGNATURE = "X-WC-Webhook-Signature"
GOOD = body_of(an_order())
AGAIN = header(GOOD, SECRET)


@dataclass(frozen=True)
class Bad:
    """One delivery, and what is expected of it."""

    row: str
    what: str
    body: bytes = GOOD
    topic: str = "order.updated"
    headers: dict[str, str | None] = field(default_factory=dict)
    """Beside or instead of the good ones; None: left out."""
    status: int = 200
    state: str | None = "dead"
    """Of the stored delivery; None: nothing is stored."""
    problem: str = ""
    """What stands in the dead letter."""
    points: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.row} {self.what}"


def order(**changes: Any) -> bytes:
    return body_of(an_order() | changes)


def spelt(name: str, raw: str) -> bytes:
    """Ana's order with this raw JSON as one of its values."""
    return order(**{name: "@@"}).replace(b'"@@"', raw.encode("utf-8", "surrogatepass"))


def refused(row: str, what: str, signature: str | None, body: bytes = GOOD) -> Bad:
    return Bad(row, what, body, headers={SIGNATURE: signature}, status=401, state=None)


SIGNED_WRONGLY = [
    refused("B1", "no signature", None),
    refused("B1", "empty signature", ""),
    refused("B2", "another secret", header(GOOD, "acorn-webhook-secret")),
    refused("B2", "the signature of another body", header(GOOD + b" ", SECRET)),
    refused("B3", "other case", AGAIN.swapcase()),
    refused("B3", "hexadecimal", "5f" * 32),
    refused("B3", "a space inside", f"{AGAIN[:9]} {AGAIN[9:]}"),
    refused("B3", "10 kB of it", "A" * 10_000),
    refused("B4", "not ASCII", "é" * 44),
    refused("B5", "two in one header", f"{AGAIN}, {AGAIN}"),
    refused("B6", "JSON written anew", AGAIN, GOOD.replace(b": ", b":")),
    refused("B14", "a ping with an order behind it", None, b"webhook_id=5&" + GOOD),
]

TRANSPORT = [
    Bad("B15", "5 MB and a byte", b" " * (LARGEST_BODY_BYTES + 1), status=413, state=None),
    Bad("B15", "5 MB to the byte", b" " * LARGEST_BODY_BYTES, problem="empty"),
    Bad("B17", "gzip", headers={"Content-Encoding": "gzip"}, status=415, state=None),
    Bad("B17", "brotli", headers={"Content-Encoding": "br"}, status=415, state=None),
    Bad("B17", "packed twice", headers={"Content-Encoding": "identity, gzip"}, status=415, state=None),
    Bad("B17", "not packed", headers={"Content-Encoding": "Identity"}, state="done", points=(49,)),
]

OTHER_TOPICS = [
    Bad("B11", "a topic of our own", b'{"order_ref":"1042"}', "regulars.fetched_order", state="ignored"),
    Bad("B11", "a topic nobody knows", topic="galaxy.exploded", state="ignored"),
    Bad("B11", "a topic nobody uses", topic="coupon.updated", state="ignored"),
    Bad("B11", "no topic", headers={"X-WC-Webhook-Topic": None}, state="ignored"),
    Bad("B11", "a topic of 10 kB", topic="order.updated" * 800, state="ignored"),
    Bad("B11", "a topic in capitals", topic="ORDER.Updated", state="done", points=(49,)),
    Bad(
        "B12",
        "a customer as an order",
        body_of({"id": 7, "email": "ana@example.com"}),
        problem="not an order",
    ),
    Bad("B12", "a coupon as an order", body_of({"id": 7, "code": "spring"}), problem="not an order"),
    Bad("B12", "an order as its deletion", topic="order.deleted", problem="not the deletion"),
    Bad(
        "B12",
        "a refund's hook as a deletion",
        b'{"action":"woocommerce_order_refunded","arg":1042}',
        "action.woocommerce_delete_order",
        problem="not the deletion",
    ),
    Bad("B12", "a deletion of nothing", b"{}", "order.deleted", problem="not a positive whole number"),
]

NOT_JSON = [
    Bad("B13", "empty", b"", problem="empty"),
    Bad("B13", "blank", b" \r\n\t", problem="empty"),
    Bad("B18", "not JSON", b"<br />\n<b>Notice</b>: Undefined index", problem="not JSON"),
    Bad("B18", "a form", b"webhook_id=5", problem="not JSON"),
    Bad("B18", "cut off", GOOD[:-20], problem="not JSON"),
    Bad("B18", "two documents", GOOD + GOOD, problem="not JSON"),
    Bad("B18", "a list", b"[" + GOOD + b"]", problem="not a JSON object"),
    Bad("B18", "null", b"null", problem="not a JSON object"),
    Bad("B19", "100,000 deep", b"[" * 100_000 + b"]" * 100_000, problem="too deep"),
    Bad("B19", "900 deep inside", spelt("total", "[" * 900 + "]" * 900), problem="amount"),
    Bad("B20", "an integer of 5,000 digits", spelt("id", "9" * 5000), problem="not JSON"),
    Bad("B21", "NaN", spelt("total", "NaN"), problem="NaN is not a number"),
    Bad("B21", "Infinity", spelt("total", "Infinity"), problem="not a number"),
    Bad("B21", "-Infinity in what nobody reads", spelt("note", "-Infinity"), problem="not a number"),
    Bad("B21", "1e999", spelt("total", "1e999"), problem="not an amount"),
    Bad("B21", "a number of no size", spelt("total", "1e99999999999999999999"), problem="beyond all measure"),
    Bad("B23", "a key twice", b'{"id":1,' + GOOD[1:], problem="appears twice"),
    Bad("B23", "a key twice deep inside", spelt("note", '[{"a":1,"a":1}]'), problem="appears twice"),
    Bad("B25", "a byte order mark", b"\xef\xbb\xbf" + GOOD, state="done", points=(49,)),
    Bad("B25", "two byte order marks", b"\xef\xbb\xbf" * 2 + GOOD, problem="not JSON"),
    Bad("B25", "Latin-1", order(number="Ü").replace(b"\\u00dc", b"\xdc"), problem="not UTF-8"),
    Bad("B25", "UTF-16", GOOD.decode().encode("utf-16"), problem="not UTF-8"),
    Bad("B25", "UTF-16 without its mark", GOOD.decode().encode("utf-16-le"), problem="not JSON"),
]

_AMOUNTS = [
    '"-10.00"',
    '"10,00"',
    '"1e3"',
    "1e3",
    '" 10 "',
    '""',
    "true",
    "[]",
    "{}",
    "null",
    "-10",
    '"１０"',
]

AMOUNTS = [
    *(Bad("B22", f"total {raw}", spelt("total", raw), problem="amount") for raw in _AMOUNTS),
    *(
        Bad(
            "B22",
            f"line total {raw}",
            order(line_items=[a_line(total="@@")]).replace(b'"@@"', raw.encode()),
            problem="amount",
        )
        for raw in _AMOUNTS
    ),
    Bad("B22", "thirteen digits", order(total="1" * 13), problem="not an amount"),
    Bad("B22", "seven decimals", order(total="1.1234567"), problem="not an amount"),
    Bad("B22", "a plain number", spelt("total", "49.95"), state="done", points=(49,)),
    Bad("B22", "six decimals", order(line_items=[a_line("49.950000")]), state="done", points=(49,)),
]

TEXT = [
    Bad(
        "B24",
        "NUL and a lone surrogate everywhere",
        order(
            number="\x00\ud800",
            billing={"first_name": "\x00\udfff", "email": "\ud800@example.com"},
            created_via="\x00",
            customer_note="\ud800",
            meta_data=[{"id": 1, "key": "_regulars_ref", "value": "\ud83d"}],
            line_items=[a_line(sku="\x00", name="\ud800")],
            coupon_lines=[{"code": "\x00"}],
        ),
        state="done",
        points=(49,),
    ),
    Bad("B24", "in the status", order(status="\x00\ud800"), state="done", points=(49,)),
    Bad("B24", "in the currency", order(currency="\x00\ud800"), problem="not an ISO 4217 currency"),
]

IDS = [
    Bad("B27", "as text", order(id="1042"), state="done", points=(49,)),
    Bad("B27", "a global id", order(id="gid://shop/Order/1042"), state="done", points=(49,)),
    Bad("B27", "the largest", order(id=2**63 - 1), state="done", points=(49,)),
    *(
        Bad("B27", raw, spelt("id", raw), problem="not a positive whole number")
        for raw in (
            "1.0e15",
            "1042.0",
            str(2**63),
            "-5",
            "0",
            "true",
            "null",
            '"１０４２"',
            '"1042 "',
            "[1042]",
        )
    ),
]


def dated(what: str, state: str = "needs_fetch", points: tuple[int, ...] = (), **dates: str | None) -> Bad:
    return Bad("B28", what, order(**dates), state=state, points=points)


DATES = [
    dated("modified missing", date_modified_gmt=None),
    dated("modified no date", date_modified_gmt="yesterday"),
    dated("30 February", date_modified_gmt="2026-02-30T10:00:00"),
    dated("a leap second", date_modified_gmt="2026-11-20T23:59:60"),
    dated("year 1", date_modified_gmt="0001-01-01T00:00:00+14:00"),
    dated("year 9999", date_modified_gmt="9999-12-31T23:59:59-14:00"),
    dated("25 hours ahead", date_modified_gmt="2026-12-02T13:00:00"),
    dated("23 hours ahead", state="done", points=(49,), date_modified_gmt="2026-12-02T11:00:00"),
    dated("ordered in year 1", date_created_gmt="0001-01-01T00:00:00"),
    dated("ordered in year 9999", date_created_gmt="9999-12-31T00:00:00"),
    dated("paid in year 9999", state="done", points=(49,), date_paid_gmt="9999-12-31T23:59:59"),
    dated("paid in year 1", state="done", points=(49,), date_paid_gmt="0001-01-01T00:00:00"),
    dated("with a zone", state="done", points=(49,), date_modified_gmt="2026-11-20T11:00:00+01:00"),
]

MEANINGS = [
    *(
        Bad("B29", f"currency {code!r}", order(currency=code), problem="not an ISO 4217 currency")
        for code in ("", "XXX", "BTC")
    ),
    Bad("B29", "lower case", order(currency="eur"), state="done", points=(49,)),
    Bad("B29", "of another store", order(currency="USD"), state="held", problem="currency USD"),
    Bad("B30", "a refund above the price", order(refunds=[a_refund("60.00")]), state="needs_fetch"),
    Bad("B30", "a refund of nothing", order(refunds=[a_refund("0.00")]), state="done", points=(49,)),
    Bad("B30", "refunds missing", order(refunds=None), problem="“refunds” is not a list"),
    Bad("B31", "a guest without an address", order(customer_id=0, billing={}), state="done"),
    Bad("B31", "a null customer", order(customer_id=None, billing={}), state="done"),
    Bad("B32", "a checkout draft", order(status="checkout-draft"), "order.created", state="ignored"),
    Bad("B32", "a draft", order(status="auto-draft"), state="ignored"),
]

ROWS = [*SIGNED_WRONGLY, *TRANSPORT, *OTHER_TOPICS, *NOT_JSON, *AMOUNTS, *TEXT, *IDS, *DATES, *MEANINGS]
