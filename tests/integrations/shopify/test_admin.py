"""One call to the Admin API: what comes back, and every way it can go wrong told apart."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from core.domain.errors import (
    GrantEnded,
    Moved,
    PlatformRefused,
    PlatformTrouble,
    PlatformUnavailable,
    StoreUnauthorized,
)
from integrations.shopify.admin import AdminApi, FixedToken
from integrations.shopify.bucket import LocalBucket
from integrations.shopify.documents import Document, document
from integrations.shopify.errors import AccessDenied
from integrations.shopify.wire import Wire
from sandbox.shopify.admin import TOKEN
from sandbox.shopify.orders import ShopOrder
from tests.fakes.shopify_admin import ShopifyAdmin, Trouble, respond

ORDER = {"id": ShopOrder().gid, "after": None, "withEmail": True, "withName": True}


def answering(status: int, body: object, headers: dict[str, str] | None = None) -> Trouble:
    return lambda handler: respond(handler, status, body, headers)


def graphql_error(code: str | None, message: str = "no", **body: Any) -> Trouble:
    error: dict[str, Any] = {"message": message}
    if code:
        error["extensions"] = {"code": code}
    return answering(200, {"errors": [error], **body})


def trouble_of(api: AdminApi) -> PlatformTrouble:
    """What asking for an order ends in."""
    with pytest.raises(PlatformTrouble) as caught:
        api.run(document("order"), ORDER)
    return caught.value


def test_a_good_answer_is_its_data_and_teaches_the_bucket(
    acorn: ShopifyAdmin, api: AdminApi, bucket: LocalBucket
) -> None:
    acorn.put(ShopOrder())
    acorn.admin.bucket.available = 700.0
    data = api.run(document("order"), ORDER)
    assert data["order"]["name"] == "#6200000000427"
    assert bucket.take(900) > 0
    assert bucket.take(650) == 0
    assert acorn.asked[0].headers["x-shopify-access-token"] == TOKEN


def test_a_null_object_is_an_answer(api: AdminApi) -> None:
    assert api.run(document("order"), ORDER) == {"order": None}


def test_throttled_says_how_long_until_there_are_enough_points(acorn: ShopifyAdmin, api: AdminApi) -> None:
    acorn.admin.bucket.available = 95.0
    trouble = trouble_of(api)
    assert isinstance(trouble, PlatformUnavailable)
    assert trouble.retry_after_s == (595 - 95) / 100


def test_throttled_without_a_cost_does_not_guess_the_wait(acorn: ShopifyAdmin, api: AdminApi) -> None:
    acorn.next(graphql_error("THROTTLED"))
    trouble = trouble_of(api)
    assert isinstance(trouble, PlatformUnavailable)
    assert trouble.retry_after_s is None


def test_after_throttling_shopify_is_not_even_asked_until_the_points_are_back(
    acorn: ShopifyAdmin, api: AdminApi
) -> None:
    acorn.admin.bucket.available = 95.0
    trouble_of(api)
    trouble = trouble_of(api)
    assert isinstance(trouble, PlatformUnavailable)
    assert trouble.retry_after_s in {4, 5}
    assert len(acorn.asked) == 1


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("2.0", 2), ("0.4", 1), (None, None), ("soon", None), ("-3", None), ("nan", None), ("inf", 900)],
)
def test_too_many_requests_waits_as_told(
    acorn: ShopifyAdmin, api: AdminApi, header: str | None, wait_s: int | None
) -> None:
    acorn.next(answering(429, {"errors": "Too many"}, {"Retry-After": header} if header else {}))
    trouble = trouble_of(api)
    assert isinstance(trouble, PlatformUnavailable)
    assert trouble.retry_after_s == wait_s


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408, 430])
def test_trouble_inside_shopify_is_worth_another_try(acorn: ShopifyAdmin, api: AdminApi, status: int) -> None:
    acorn.next(answering(status, b"<html>oops</html>", {"Retry-After": "4"}))
    trouble = trouble_of(api)
    assert isinstance(trouble, PlatformUnavailable)
    assert trouble.retry_after_s == 4
    assert str(status) in str(trouble)


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Just a moment</title>",
        b'{"data": {"order": {"id": "gid://sho',
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"data": null}',
        b'{"errors": "Internal Server Error"}',
        b'{"errors": ["what"], "data": {"order": null}}',
        b'{"data": {"order": NaN}}',
        b'{"data": {"a": 1}, "data": {"order": null}}',
        b"\xff\xfe",
    ],
)
def test_a_200_that_is_no_graphql_is_never_taken_for_an_answer(
    acorn: ShopifyAdmin, api: AdminApi, body: bytes
) -> None:
    acorn.next(answering(200, body))
    assert isinstance(trouble_of(api), PlatformUnavailable)


def test_the_data_of_a_partly_failed_answer_is_not_used(acorn: ShopifyAdmin, api: AdminApi) -> None:
    half = {"order": {"id": ShopOrder().gid, "refunds": None}}
    acorn.next(graphql_error(None, "Something went wrong", data=half))
    assert isinstance(trouble_of(api), PlatformUnavailable)


@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "TIMEOUT"])
def test_a_failure_inside_a_query_is_worth_another_try(acorn: ShopifyAdmin, api: AdminApi, code: str) -> None:
    acorn.next(graphql_error(code))
    assert isinstance(trouble_of(api), PlatformUnavailable)


@pytest.mark.parametrize("code", ["MAX_COST_EXCEEDED", "undefinedField", "SOMETHING_NEW", None])
def test_a_query_that_shopify_will_never_run_is_refused(
    acorn: ShopifyAdmin, api: AdminApi, code: str | None
) -> None:
    acorn.next(graphql_error(code, "Field 'x' doesn't exist on type 'Order'"))
    trouble = trouble_of(api)
    assert isinstance(trouble, PlatformRefused)
    assert "Field 'x' doesn't exist" in str(trouble)


def test_a_document_the_schema_does_not_know_is_refused(api: AdminApi) -> None:
    wrong = Document("wrong", "query Wrong { order(id: 1) { nonsense } }", 1, frozenset(), frozenset())
    with pytest.raises(PlatformRefused, match="nonsense"):
        api.run(wrong, {})


@pytest.mark.parametrize(
    ("scope", "spots"),
    [
        ("read_orders", {"order"}),
        ("read_customers", {"order.customer"}),
        ("read_products", {"order.lineItems.nodes.product", "order.lineItems.nodes.variant"}),
    ],
)
def test_a_missing_scope_is_named(acorn: ShopifyAdmin, api: AdminApi, scope: str, spots: set[str]) -> None:
    acorn.put(ShopOrder())
    acorn.scopes.remove(scope)
    denial = trouble_of(api)
    assert isinstance(denial, AccessDenied)
    assert denial.spots == spots
    assert scope in str(denial)


def test_missing_approval_for_protected_data_is_named(acorn: ShopifyAdmin, api: AdminApi) -> None:
    acorn.put(ShopOrder())
    acorn.admin.approved.clear()
    denial = trouble_of(api)
    assert isinstance(denial, AccessDenied)
    assert denial.spots == {"order.email", "order.customer.firstName", "order.customer.lastName"}
    assert "not approved to use the email field" in str(denial)


def test_a_token_that_shopify_does_not_know_needs_the_merchant(acorn: ShopifyAdmin, api: AdminApi) -> None:
    acorn.admin.token = "shpat_another"
    assert isinstance(trouble_of(api), StoreUnauthorized)


@pytest.mark.parametrize("token", ["", "shpat_\nX-Evil: 1", "shpät"])
def test_an_unusable_token_is_never_sent(
    acorn: ShopifyAdmin, wire: Wire, bucket: LocalBucket, token: str
) -> None:
    assert isinstance(trouble_of(AdminApi(acorn.url, FixedToken(token), bucket, wire)), StoreUnauthorized)
    assert acorn.asked == []


def test_a_token_of_the_old_kind_is_a_dead_one_and_any_other_403_is_not(
    acorn: ShopifyAdmin, api: AdminApi
) -> None:
    dead = "[API] Non-expiring access tokens are no longer accepted for the Admin API. Start using …"
    acorn.next(answering(403, {"errors": dead}), answering(403, {"errors": "Forbidden"}))
    assert isinstance(trouble_of(api), StoreUnauthorized)
    assert isinstance(trouble_of(api), PlatformRefused)


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (402, "frozen", PlatformUnavailable),
        (423, "locked", PlatformUnavailable),
        (404, "no such store", PlatformRefused),
    ],
)
def test_a_store_closed_for_now_may_open_again_and_one_that_is_gone_refuses(
    acorn: ShopifyAdmin, api: AdminApi, status: int, word: str, kind: type[Exception]
) -> None:
    acorn.next(answering(status, {"errors": "…"}))
    trouble = trouble_of(api)
    assert isinstance(trouble, kind)
    assert word in str(trouble)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(acorn: ShopifyAdmin, api: AdminApi, status: int) -> None:
    acorn.next(answering(status, b"", {"Location": f"{acorn.url}/admin/api/2026-10/graphql.json"}))
    assert isinstance(trouble_of(api), Moved)
    assert acorn.asked == []


def test_nothing_is_tried_twice(acorn: ShopifyAdmin, api: AdminApi) -> None:
    acorn.next(answering(503, b""))
    trouble_of(api)
    assert acorn.asked == []


def test_no_token_and_no_body_reaches_a_log_or_an_error(
    acorn: ShopifyAdmin, api: AdminApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    acorn.put(ShopOrder())
    api.run(document("order"), ORDER)
    bad: list[Trouble] = [
        answering(403, {"errors": f"{TOKEN} ana@example.com"}),
        answering(500, b"ana@example.com"),
        answering(200, b'"ana@example.com'),
        lambda handler: handler.connection.close(),
    ]
    acorn.next(*bad)
    told = [repr(trouble_of(api)) for _ in bad] + [repr(api), repr(vars(trouble_of(api)))]
    for text in (*told, caplog.text):
        assert TOKEN not in text
        assert "ana@example.com" not in text


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("admin_401_invalid_token", StoreUnauthorized),
        ("admin_403_non_expiring", GrantEnded),
        ("graphql_200_access_denied_scope", AccessDenied),
        ("graphql_200_protected_customer_data", AccessDenied),
        ("graphql_200_max_cost_exceeded", PlatformRefused),
        ("graphql_200_throttled", PlatformUnavailable),
    ],
)
def test_the_sample_answers_mean_what_they_should(
    shared: Path, acorn: ShopifyAdmin, api: AdminApi, file: str, kind: type[PlatformTrouble]
) -> None:
    sample = json.loads((shared / "platforms/shopify/responses" / f"{file}.json").read_text("utf-8"))
    acorn.next(answering(sample.pop("_status"), sample))
    trouble = trouble_of(api)
    assert type(trouble) is kind
    if kind is PlatformUnavailable:
        assert isinstance(trouble, PlatformUnavailable)
        assert trouble.retry_after_s == 8
