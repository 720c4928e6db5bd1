"""The stand-in's Admin API: what it refuses, how it throttles, and how it fails on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from integrations.shopify.documents import document
from sandbox.shopify.admin import PATH, TOKEN, Admin
from sandbox.shopify.faults import Fault
from sandbox.shopify.http import Skin, create_app
from sandbox.shopify.throttle import Bucket
from tests.contract.rig import served
from tests.contract.shopify import a_store
from tests.integrations.shopify.test_documents import VARIABLES
from tests.world import NOW

BASIC: dict[str, Any] = VARIABLES["code_basic_create"]["discount"]
SHIPPING: dict[str, Any] = VARIABLES["code_free_shipping_create"]["discount"]


@pytest.fixture
def admin() -> Admin:
    """Acorn's API."""
    return Admin(a_store())


def errors(admin: Admin, name: str, discount: dict[str, Any]) -> list[str]:
    """The codes of what is wrong with an input."""
    answer = admin.answer(document(name).text, {"discount": discount}, NOW)
    (payload,) = answer["data"].values()
    return [error["code"] for error in payload["userErrors"]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": " "}, "BLANK"),
        ({"title": "x" * 256}, "TOO_LONG"),
        ({"code": ""}, "BLANK"),
        ({"startsAt": None}, "BLANK"),
        ({"startsAt": "yesterday"}, "INVALID"),
        ({"context": None}, "BLANK"),
        ({"context": {"customerSegments": {"add": ["gid://shopify/Segment/1"]}}}, "BLANK"),
        ({"context": {"customers": {"add": ["gid://shopify/Product/7001"]}}}, "INVALID"),
        ({"usageLimit": 0}, "GREATER_THAN"),
        ({"endsAt": "2026-11-20T10:00:00+00:00"}, "END_DATE_BEFORE_START_DATE"),
        ({"minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "0.001"}}}, "INVALID"),
        ({"customerGets": None}, "BLANK"),
        ({"customerGets": {"value": {"percentage": 10.0}, "items": {"all": True}}}, "VALUE_OUTSIDE_RANGE"),
        ({"customerGets": {"value": {"percentage": 0.1}, "items": {}}}, "BLANK"),
    ],
)
def test_a_wrong_input_makes_nothing_and_says_why(admin: Admin, changes: dict[str, Any], code: str) -> None:
    assert errors(admin, "code_basic_create", BASIC | changes) == [code]
    assert admin.store.discounts == {}


def test_free_shipping_needs_a_destination_and_combines_with_no_other_shipping(admin: Admin) -> None:
    assert errors(admin, "code_free_shipping_create", SHIPPING | {"destination": None}) == [
        "BLANK",
        "INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS",
    ]


def test_a_name_is_taken_whatever_its_case(admin: Admin) -> None:
    assert errors(admin, "code_basic_create", BASIC) == []
    assert errors(admin, "code_basic_create", BASIC | {"code": BASIC["code"].lower()}) == ["TAKEN"]


@pytest.mark.parametrize(
    "context", [{"all": "ALL", "customers": {"add": []}}, {"everybody": True}, {"all": "SOME"}]
)
def test_an_input_the_schema_does_not_know_is_refused_before_it_runs(
    admin: Admin, context: dict[str, Any]
) -> None:
    answer = admin.answer(document("code_basic_create").text, {"discount": BASIC | {"context": context}}, NOW)
    assert answer["errors"]
    assert admin.store.discounts == {}


def test_points_come_back_with_time_and_never_beyond_the_bucket() -> None:
    bucket = Bucket(available=100.0, maximum=1000.0, restore_per_s=50.0)
    assert bucket.take(100, NOW)
    assert not bucket.take(100, NOW + timedelta(seconds=1))
    assert bucket.take(100, NOW + timedelta(seconds=2))
    assert not bucket.take(1001, NOW + timedelta(days=1))
    assert bucket.available == 1000.0


@pytest.fixture
def skin(admin: Admin) -> Iterator[tuple[str, Skin]]:
    """The API over HTTP, impatient."""
    opened = Skin(admin, clock=lambda: NOW, silence_s=0.2, slow_s=0.1)
    with served(create_app(opened)) as url:
        yield url, opened


def ask(url: str) -> requests.Response:
    query = json.dumps({"query": document("code_basic_create").text, "variables": {"discount": BASIC}})
    headers = {"X-Shopify-Access-Token": TOKEN, "Content-Type": "application/json"}
    return requests.post(f"{url}{PATH}", data=query, headers=headers, timeout=3, allow_redirects=False)


@pytest.mark.parametrize(
    ("fault", "status", "is_made"),
    [
        (Fault.TIMEOUT_BEFORE, None, False),
        (Fault.TIMEOUT_AFTER, None, True),
        (Fault.RESET_BEFORE, None, False),
        (Fault.RESET_AFTER, None, True),
        (Fault.TOO_MANY, 429, False),
        (Fault.SERVER_ERROR, 500, False),
        (Fault.UNAVAILABLE, 503, False),
        (Fault.HTML, 200, False),
        (Fault.REDIRECT, 301, False),
        (Fault.SLOW, 200, True),
    ],
)
def test_the_next_call_fails_as_told_and_the_one_after_it_does_not(
    skin: tuple[str, Skin], fault: Fault, status: int | None, is_made: bool
) -> None:
    url, opened = skin
    asked = requests.post(f"{url}/control/faults", json={"faults": [fault]}, timeout=3)
    assert asked.json() == {"waiting": [fault]}
    if status is None:
        with pytest.raises(requests.ConnectionError):
            ask(url)
    else:
        assert ask(url).status_code == status
    assert bool(opened.admin.store.discounts) == is_made
    assert ask(url).status_code == 200
    assert opened.admin.store.discounts


def test_trouble_nobody_knows_is_refused_and_trouble_can_be_called_off(skin: tuple[str, Skin]) -> None:
    url, _ = skin
    assert requests.post(f"{url}/control/faults", json={"faults": ["flood"]}, timeout=3).status_code == 400
    requests.post(f"{url}/control/faults", json={"faults": ["503", "html"]}, timeout=3)
    assert requests.delete(f"{url}/control/faults", timeout=3).json() == {"waiting": []}
    assert ask(url).status_code == 200


@pytest.mark.parametrize(
    ("path", "token", "body", "status"),
    [
        (PATH, "shpat_other", b"{}", 401),
        (PATH, None, b"{}", 401),
        ("/admin/api/2019-01/graphql.json", TOKEN, b"{}", 404),
        (PATH, TOKEN, b"not json", 400),
        (PATH, TOKEN, b"[]", 400),
        (PATH, TOKEN, b"{}", 400),
    ],
)
def test_a_request_that_is_none_is_refused(
    admin: Admin, path: str, token: str | None, body: bytes, status: int
) -> None:
    assert admin.reply(path, token, body, NOW).status == status


def test_a_document_that_is_no_graphql_is_refused(admin: Admin) -> None:
    assert "Syntax Error" in admin.answer("query {", {}, NOW)["errors"][0]["message"]
