"""What a shopper's browser gets through Shopify's app proxy, and what anybody else does."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from integrations.shopify.proxied import proxy_signature
from tests.shopify_install import DOMAIN, SECRET, Acorn

NOBODY = {"signed_in": False}


def asked(acorn: Acorn, /, secret: str = SECRET, also: str = "", **changes: Any) -> TestResponse:
    """A request as Shopify passes it on; `also` is added behind its back."""
    told = {
        "shop": DOMAIN,
        "logged_in_customer_id": "",
        "path_prefix": "/apps/regulars",
        "timestamp": str(int(acorn.world.now.timestamp())),
        **changes,
    }
    values = {name: value if isinstance(value, list) else [value] for name, value in told.items()}
    query = [(name, value) for name, listed in values.items() for value in listed]
    signed = [*query, ("signature", proxy_signature(values, secret))]
    text = "&".join(f"{name}={value}" for name, value in signed)
    return acorn.world.client.get(f"/shopify/proxy?{text}{also}")


def test_shopifys_own_example_is_signed_as_shopify_signs_it() -> None:
    told = {
        "extra": ["1", "2"],
        "shop": ["shop-name.myshopify.com"],
        "logged_in_customer_id": ["1"],
        "path_prefix": ["/apps/awesome_reviews"],
        "timestamp": ["1317327555"],
    }
    expected = "4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"
    assert proxy_signature(told, "hush") == expected


def test_a_customer_who_is_signed_in_reads_their_points(shop: Acorn) -> None:
    shop.visit()
    assert asked(shop, logged_in_customer_id="7").json == {
        "signed_in": True,
        "available_points": 0,
        "pending_points": 0,
    }


def test_b42_a_visitor_who_is_not_signed_in_is_nobody(shop: Acorn) -> None:
    shop.visit()
    assert asked(shop).json == NOBODY
    assert asked(shop, extra=["1", "2"]).json == NOBODY


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"secret": "of another app"}, id="signed by somebody else"),
        pytest.param({"also": "&logged_in_customer_id=7"}, id="a parameter more"),
        pytest.param({"also": "&signature=0"}, id="two signatures"),
        pytest.param({"timestamp": "1317327555"}, id="long ago"),
        pytest.param({"timestamp": "abc"}, id="at no time"),
        pytest.param({"shop": "acorn.example"}, id="of no shop"),
    ],
)
def test_b42_what_shopify_did_not_sign_as_it_is_is_refused(shop: Acorn, changes: dict[str, Any]) -> None:
    shop.visit()
    assert asked(shop, **changes).status_code == 401


def test_b42_without_a_signature_nothing_is_told(shop: Acorn) -> None:
    shop.visit()
    assert shop.world.client.get(f"/shopify/proxy?shop={DOMAIN}&logged_in_customer_id=7").status_code == 401


def test_a_store_that_took_us_out_tells_its_shoppers_nothing(shop: Acorn) -> None:
    assert asked(shop, logged_in_customer_id="7").json == NOBODY
