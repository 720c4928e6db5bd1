"""Who may open the app's page: every check of what Shopify's admin sends, and what a failed one gets."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from werkzeug.test import TestResponse

from core.db.stores import all_stores
from core.services.apps import app_of, forget_previous, set_secret
from integrations.shopify.signed_query import signature
from sandbox.shopify.faults import Fault
from tests.shopify_install import CLIENT_ID, DOMAIN, SECRET, Acorn

RETRY = "X-Shopify-Retry-Invalid-Session-Request"


def state_of(shop: Acorn, id_token: str) -> TestResponse:
    """What the page's own scripts ask for."""
    return shop.world.client.get("/shopify", headers={"Authorization": f"Bearer {id_token}"})


def claims_of(shop: Acorn) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(shop.id_token(), options={"verify_signature": False})
    return claims


def at(shop: Acorn, **seconds: int) -> dict[str, int]:
    """Claims about times, so many seconds from now."""
    return {name: int(shop.world.now.timestamp()) + after for name, after in seconds.items()}


def test_a_good_token_opens_page_and_state(shop: Acorn) -> None:
    assert shop.visit().status_code == 200
    told = state_of(shop, shop.id_token())
    assert told.status_code == 200
    assert "Connected" in told.text


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": "another-app"}, id="of another app"),
        pytest.param({"aud": None}, id="of no app"),
        pytest.param({"iss": "https://birch.myshopify.com/admin"}, id="iss and dest of different shops"),
        pytest.param({"dest": "https://birch.myshopify.com"}, id="dest of another shop than iss"),
        pytest.param({"dest": "https://acorn.example", "iss": "https://acorn.example/admin"}, id="no shop"),
        pytest.param({"dest": "http://acorn.myshopify.com"}, id="not over https"),
        pytest.param({"dest": "https://acorn.myshopify.com.evil.example"}, id="a longer host"),
        pytest.param({"dest": "https://x@acorn.myshopify.com"}, id="with a user"),
        pytest.param({"sub": "gid://shopify/Customer/7"}, id="a shopper's"),
        pytest.param({"sub": ""}, id="of nobody"),
        pytest.param({"sid": None}, id="of no session"),
        pytest.param({"iss": None}, id="without issuer"),
        pytest.param({"exp": None}, id="without end"),
        pytest.param({"exp": "soon"}, id="with an end that is no number"),
        pytest.param({"nbf": None}, id="without beginning"),
    ],
)
def test_b41_a_token_that_is_no_admin_sessions_of_this_app_opens_nothing(
    shop: Acorn, changes: dict[str, Any]
) -> None:
    forged = shop.id_token(**changes)
    told = state_of(shop, forged)
    assert (told.status_code, told.headers[RETRY]) == (401, "1")
    page = shop.visit(forged)
    assert page.status_code in {401, 302}
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert shop.installation.asked == []


def test_b41_a_token_of_another_time_is_renewed(shop: Acorn) -> None:
    for moments in (at(shop, exp=-11), at(shop, nbf=60, iat=60, exp=120)):
        stale = shop.id_token(**moments)
        told = state_of(shop, stale)
        assert (told.status_code, told.headers[RETRY]) == (401, "1")
        assert shop.visit(stale).status_code == 302
    for moments in (at(shop, exp=-9), at(shop, nbf=9, iat=9)):
        assert state_of(shop, shop.id_token(**moments)).status_code == 200


def test_b41_only_the_apps_own_secret_in_the_one_algorithm_counts(shop: Acorn) -> None:
    claims = claims_of(shop)
    other = jwt.encode(claims, "x" * 40, algorithm="HS256")
    none = jwt.encode(claims, "", algorithm="none")
    longer = jwt.encode(claims, SECRET + "0" * 30, algorithm="HS512")
    for forged in (other, none, longer, "", "a.b.c", "{}", shop.id_token() + "x", "a" * 5000):
        assert state_of(shop, forged).status_code == 401
    assert state_of(shop, shop.id_token()).status_code == 200


def test_the_secret_of_before_signs_on_until_it_is_forgotten(shop: Acorn) -> None:
    def app() -> Any:
        with shop.world.database.read_all() as db:
            return app_of(db, shop.env.secrets, shop.app.app_id)

    with shop.world.database.write_all() as db:
        set_secret(db, app(), "shpss_new_0123456789abcdef0123456789", shop.env.secrets)
    old = shop.id_token()
    told = state_of(shop, old)
    # Let in; that Shopify does not know the new secret yet is trouble that passes.
    assert told.status_code == 503
    with shop.world.database.write_all() as db:
        forget_previous(db, app(), shop.env.secrets)
    assert state_of(shop, old).status_code == 401


def test_a_document_with_a_stale_token_goes_to_the_page_that_has_it_renewed(shop: Acorn) -> None:
    answer = shop.visit(shop.id_token(**at(shop, exp=-60)))
    assert answer.status_code == 302
    target = urlsplit(answer.headers["Location"])
    assert target.path == "/shopify/reload"
    asked = parse_qs(target.query)
    [back] = asked["shopify-reload"]
    assert back.startswith("/shopify?")
    assert "id_token" not in back
    page = shop.world.client.get(f"{target.path}?{target.query}")
    assert page.status_code == 200
    assert f'data-api-key="{CLIENT_ID}"' in page.text
    assert "https://cdn.shopify.com/shopifycloud/app-bridge.js" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith(f"frame-ancestors https://{DOMAIN} https://admin.shopify.com;")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/admin", "/shopify/../x", ""])
def test_the_renewing_page_leads_nowhere_but_back_to_us(shop: Acorn, target: str) -> None:
    query = {"shop": DOMAIN, "client_id": CLIENT_ID, "shopify-reload": target}
    assert shop.world.client.get("/shopify/reload", query_string=query).status_code == 400


def test_a_proof_shopify_itself_refuses_is_had_anew(shop: Acorn) -> None:
    shop.installation.is_installed = False
    assert shop.visit().status_code == 302


def renewed(shop: Acorn, answer: TestResponse, id_token: str) -> TestResponse:
    """Shopify's script on the reloading page comes back with another token."""
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    [back] = asked["shopify-reload"]
    shop.world.wait(seconds=2)
    return shop.world.client.get(f"{back}&{urlencode({'id_token': id_token})}")


@pytest.mark.parametrize(("ahead_s", "word"), [(120, "ahead"), (-45, "behind")])
def test_a_clock_that_is_off_is_named_instead_of_reloading_for_ever(
    shop: Acorn, ahead_s: int, word: str
) -> None:
    def dated() -> str:
        return shop.installation.id_token(shop.world.now - timedelta(seconds=ahead_s))

    page = renewed(shop, shop.visit(dated()), dated())
    assert page.status_code == 401
    assert re.search(rf"differs from Shopify’s by {abs(ahead_s + 2)} s: it is {word}", page.text)
    assert page.headers["Content-Security-Policy"].startswith(f"frame-ancestors https://{DOMAIN} ")


def test_a_proof_shopify_goes_on_refusing_is_said_and_had_anew_a_while_later(shop: Acorn) -> None:
    shop.installation.is_installed = False
    first = shop.visit()
    page = renewed(shop, first, shop.id_token())
    assert page.status_code == 401
    assert "Shopify does not accept its own proof" in page.text
    shop.world.wait(minutes=2)
    assert renewed(shop, first, shop.id_token()).status_code == 302
    shop.installation.is_installed = True
    assert renewed(shop, first, shop.id_token()).status_code == 200


def test_an_address_that_holds_no_text_is_no_mistake_of_ours(shop: Acorn) -> None:
    for query in ("x=\xff", "id_token=a.\xff"):
        environ = {"QUERY_STRING": f"shop={DOMAIN}&{query}"}
        assert shop.world.client.get("/shopify", environ_overrides=environ).status_code == 400


def test_shopify_out_of_reach_is_said_and_a_known_store_shown_all_the_same(shop: Acorn) -> None:
    shop.skin.faults.fail([Fault.UNAVAILABLE])
    unknown = shop.visit()
    assert unknown.status_code == 503
    assert "Nothing was changed" in unknown.text
    assert shop.visit().status_code == 200
    shop.world.wait(hours=3)
    shop.skin.faults.fail([Fault.UNAVAILABLE])
    assert shop.visit().status_code == 200


def test_tokens_are_had_anew_near_their_end_and_on_changed_scopes_and_else_not(shop: Acorn) -> None:
    asked = shop.installation.asked
    shop.visit()
    shop.visit()
    assert len(asked) == 1
    shop.world.wait(minutes=6)
    shop.visit()
    assert len(asked) == 2
    assert all(one["expiring"] == "1" for one in asked)


def test_b38_repeated_parameters_are_refused_before_anything_is_looked_at(shop: Acorn) -> None:
    twice = f"/shopify?id_token={shop.id_token()}&shop={DOMAIN}&shop=birch.myshopify.com"
    assert shop.world.client.get(twice).status_code == 400
    signed = shop.installation.signed(shop.world.now)
    for path in ("/shopify/install", "/shopify/callback"):
        assert shop.world.client.get(f"{path}?{signed}&shop={DOMAIN}").status_code == 400
        assert shop.world.client.get(f"{path}?shop={DOMAIN}&timestamp=1").status_code == 400


@pytest.mark.parametrize("timestamp", ["abc", "-5", "1.5", "", "99999999999", "١٢٣", "9" * 400])
def test_b37_a_time_stamp_that_is_none_or_not_of_now_is_refused(shop: Acorn, timestamp: str) -> None:
    assert begin(shop, timestamp=timestamp).status_code == 400


def test_b37_a_time_stamp_of_two_days_ago_is_refused(shop: Acorn) -> None:
    old = str(int(shop.world.now.timestamp()) - 2 * 86_400)
    assert begin(shop, timestamp=old).status_code == 400
    assert begin(shop).status_code == 302


@pytest.mark.parametrize("hmac", ["", "0" * 64, "zz", "A" * 64])
def test_b38_a_missing_or_wrong_signature_is_refused(shop: Acorn, hmac: str) -> None:
    assert begin(shop, hmac=hmac).status_code == 400


def begin(shop: Acorn, **changes: str) -> TestResponse:
    """Shopify sends the merchant's browser to be installed."""
    query = {"shop": DOMAIN, "timestamp": str(int(shop.world.now.timestamp()))}
    query |= {name: value for name, value in changes.items() if name != "hmac"}
    query["hmac"] = changes.get("hmac", signature(query, SECRET))
    return shop.world.client.get("/shopify/install", query_string=query)


@pytest.fixture
def asked(shop: Acorn) -> tuple[Acorn, str]:
    """The merchant is asked; the state her browser holds."""
    answer = begin(shop)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["client_id"] == [CLIENT_ID]
    assert query["redirect_uri"] == ["http://127.0.0.1:8000/shopify/callback"]
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Max-Age=600"))
    return shop, query["state"][0]


def come_back(shop: Acorn, state: str) -> TestResponse:
    return shop.world.client.get(f"/shopify/callback?{shop.installation.approve(state, shop.world.now)}")


def test_a_store_is_installed_by_shopifys_own_question_where_nothing_is_embedded(
    asked: tuple[Acorn, str],
) -> None:
    shop, state = asked
    done = come_back(shop, state)
    assert done.status_code == 303
    assert done.headers["Location"].endswith(f"/admin/apps/{CLIENT_ID}")
    assert shop.installation.asked[-1]["expiring"] == "1"
    assert shop.store.name == "acorn"


def test_a_browser_outside_the_admin_is_sent_on_to_be_installed(shop: Acorn) -> None:
    answer = shop.world.client.get(f"/shopify?{shop.installation.signed(shop.world.now)}")
    assert answer.headers["Location"].startswith("/shopify/install?")
    assert shop.world.client.get(answer.headers["Location"]).status_code == 302


def test_b36_without_its_state_a_return_is_refused(asked: tuple[Acorn, str]) -> None:
    shop, state = asked
    assert come_back(shop, "").status_code == 403
    assert come_back(shop, "another").status_code == 403
    assert shop.installation.asked == []
    assert come_back(shop, state).status_code == 303


def test_b36_another_browsers_state_is_refused(asked: tuple[Acorn, str]) -> None:
    shop, state = asked
    shop.world.client.delete_cookie("regulars-install")
    assert come_back(shop, state).status_code == 403
    assert shop.installation.asked == []


def test_b36_a_state_is_good_once_and_for_ten_minutes(asked: tuple[Acorn, str]) -> None:
    shop, state = asked
    assert come_back(shop, state).status_code == 303
    shop.world.client.set_cookie("regulars-install", state)
    assert come_back(shop, state).status_code == 403
    begun = parse_qs(urlsplit(begin(shop).headers["Location"]).query)["state"][0]
    shop.world.wait(minutes=11)
    assert come_back(shop, begun).status_code == 403


def test_b39_a_code_sent_again_changes_no_token(asked: tuple[Acorn, str]) -> None:
    shop, state = asked
    returned = shop.installation.approve(state, shop.world.now)
    assert shop.world.client.get(f"/shopify/callback?{returned}").status_code == 303
    held = shop.held
    again = parse_qs(urlsplit(begin(shop).headers["Location"]).query)["state"][0]
    code = parse_qs(returned)["code"][0]
    replayed = shop.installation.signed(shop.world.now, code=code, state=again, host="YWNvcm4")
    answer = shop.world.client.get(f"/shopify/callback?{replayed}")
    assert answer.status_code == 409
    assert "Start the installation again" in answer.text
    assert (shop.held is not None) == (held is not None)
    assert shop.held is not None
    assert held is not None
    assert shop.held.access_token == held.access_token


def test_b40_fewer_scopes_than_needed_stop_the_installation_and_are_named(shop: Acorn) -> None:
    fewer = shop.installation.client.scopes - {"write_discounts"}
    shop.installation.client = replace(shop.installation.client, scopes=fewer)
    page = shop.visit()
    assert page.status_code == 403
    assert "write_discounts" in page.text
    with shop.world.database.read_all() as db:
        assert all_stores(db) == []
