"""Shopify's own demands on an app, one test each, as a reviewer would try them."""

from __future__ import annotations

import tomllib

import pytest

from core.domain.stores import StoreState
from integrations.body_signature import header
from integrations.shopify.app import configuration
from tests.shopify_install import CLIENT_ID, DOMAIN, SECRET, Acorn

CONFIGURATION = tomllib.loads(configuration())
COMPLIANCE = tuple(CONFIGURATION["webhooks"]["subscriptions"][1]["compliance_topics"])
EVERY_TOPIC = (*CONFIGURATION["webhooks"]["subscriptions"][0]["topics"], *COMPLIANCE)


def deliver(shop: Acorn, topic: str, signature: str | None) -> int:
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": DOMAIN, "X-Shopify-Webhook-Id": topic}
    if signature is not None:
        headers["X-Shopify-Hmac-Sha256"] = signature
    return shop.world.client.post("/webhooks/shopify", data=BODY, headers=headers).status_code


BODY = b'{"shop_domain": "acorn.myshopify.com"}'


@pytest.mark.parametrize("topic", EVERY_TOPIC)
def test_every_webhook_with_a_bad_or_missing_signature_is_answered_401(installed: Acorn, topic: str) -> None:
    assert deliver(installed, topic, header(BODY, "x" * 40)) == 401
    assert deliver(installed, topic, "nonsense") == 401
    assert deliver(installed, topic, None) == 401


@pytest.mark.parametrize("topic", COMPLIANCE)
def test_the_three_compliance_topics_are_answered_200_also_for_a_shop_nobody_knows(
    shop: Acorn, topic: str
) -> None:
    assert deliver(shop, topic, header(BODY, SECRET)) == 200
    assert shop.visit().status_code == 200
    assert deliver(shop, topic, header(BODY, SECRET)) == 200


def test_the_compliance_topics_are_declared_once_each() -> None:
    assert sorted(COMPLIANCE) == ["customers/data_request", "customers/redact", "shop/redact"]


def asks_to_sign_in(page: str) -> bool:
    """Whether somebody who reads the page is to prove who they are."""
    return 'type="password"' in page or "/admin/sign-in" in page or "Sign in" in page


def test_the_app_is_used_at_once_after_install_and_after_reinstall_without_signing_in(shop: Acorn) -> None:
    first = shop.visit()
    assert first.status_code == 200
    assert not asks_to_sign_in(first.text)
    shop.installation.uninstall()
    shop.say_uninstalled()
    shop.world.wait(minutes=1)
    shop.send()
    shop.work()
    shop.installation.install()
    again = shop.visit()
    assert again.status_code == 200
    assert "Connected" in again.text
    assert not asks_to_sign_in(again.text)


def test_no_shop_domain_is_ever_asked_for(shop: Acorn) -> None:
    for path in ("/shopify", "/shopify/install", "/shopify/callback", "/shopify/reload"):
        page = shop.world.client.get(path)
        assert page.status_code == 400
        assert "<input" not in page.text


@pytest.mark.parametrize(
    "path", ["/", "/shopify", "/shopify/install", "/shopify/callback", "/shopify/reload", "/shopify?shop=x"]
)
def test_no_page_without_a_proof_may_be_framed(shop: Acorn, path: str) -> None:
    assert "frame-ancestors 'none'" in shop.world.client.get(path).headers["Content-Security-Policy"]


def test_the_page_may_be_framed_by_the_shop_of_its_proof_alone(shop: Acorn) -> None:
    page = shop.world.client.get(
        "/shopify", query_string={"shop": "birch.myshopify.com", "id_token": shop.id_token()}
    )
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith(f"frame-ancestors https://{DOMAIN} https://admin.shopify.com;")
    assert "*" not in policy
    assert "birch" not in policy


def test_the_newest_app_bridge_is_the_first_script_and_named_for_loading_early(shop: Acorn) -> None:
    page = shop.visit()
    first = page.text.index("<script")
    tag = page.text[first : page.text.index(">", first)]
    assert 'src="https://cdn.shopify.com/shopifycloud/app-bridge.js"' in tag
    assert f'data-api-key="{CLIENT_ID}"' in tag
    assert not any(word in tag for word in ("async", "defer", "module"))
    assert "app-bridge.js" in page.headers["Link"]


def test_the_embedded_page_sets_no_cookie_and_reads_none(shop: Acorn) -> None:
    page = shop.visit()
    assert "Set-Cookie" not in page.headers
    shop.world.client.set_cookie("session", "mallory")
    assert shop.visit().status_code == 200


def test_no_page_shows_a_secret(shop: Acorn) -> None:
    page = shop.visit()
    held = shop.held
    assert held is not None
    said = page.text + str(page.headers)
    assert not any(secret in said for secret in (SECRET, held.access_token, held.refresh_token))


def test_tokens_are_only_ever_asked_for_as_ones_that_end(shop: Acorn) -> None:
    shop.visit()
    held = shop.held
    assert held is not None
    assert held.expires_at is not None
    assert all(one.get("expiring") == "1" for one in shop.installation.asked)


def test_one_shops_proof_shows_nothing_of_another(shop: Acorn) -> None:
    assert shop.visit().status_code == 200
    assert shop.store.state is StoreState.CONNECTED
    forged = shop.id_token(dest="https://birch.myshopify.com", iss="https://birch.myshopify.com/admin")
    # Signed by the same app: another shop's merchant, who sees no store but her own.
    page = shop.visit(forged)
    assert page.status_code == 302
    assert "acorn</h1>" not in page.text
