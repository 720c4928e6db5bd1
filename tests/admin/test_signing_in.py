"""Signing in to the settings pages: by a link, once; then a session that ends by itself."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.services.signing_in import make_link
from tests.world import World


def a_link(world: World, token: str = "a-link") -> str:
    """The path of a link that signs in."""
    with world.database.write_all() as db:
        make_link(db, token, world.now)
    return f"/admin/sign-in/{token}"


def signed_in(world: World) -> FlaskClient:
    """The world's browser, signed in."""
    assert world.client.post(a_link(world, world.env.token())).status_code == 303
    return world.client


def token_in(page: TestResponse) -> str:
    """What the forms of a page carry."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
    assert found
    return found[1]


def test_looking_at_a_link_does_not_use_it_and_using_it_does(sqlite_world: World) -> None:
    link, browser = a_link(sqlite_world), sqlite_world.client
    for _ in range(3):
        assert "Sign in" in browser.get(link).text
    assert browser.get("/admin").status_code == 303

    assert browser.post(link).status_code == 303
    assert browser.get("/admin").status_code == 200

    assert browser.get(link).status_code == 404
    assert browser.post(link).status_code == 404


def test_a_link_ends_after_a_quarter_of_an_hour_and_a_made_up_one_opens_nothing(sqlite_world: World) -> None:
    link, browser = a_link(sqlite_world), sqlite_world.client
    assert browser.post("/admin/sign-in/made-up").status_code == 404
    sqlite_world.wait(minutes=15)
    assert browser.post(link).status_code == 404
    assert "login-link" in browser.get(link).text


def test_a_session_ends_twelve_hours_after_its_last_page(sqlite_world: World) -> None:
    browser = signed_in(sqlite_world)
    for _ in range(3):
        sqlite_world.wait(hours=11)
        answer = browser.get("/admin")
        assert answer.status_code == 200
        assert "Max-Age=43200" in answer.headers["Set-Cookie"]
    assert "Set-Cookie" not in browser.get("/admin").headers
    sqlite_world.wait(hours=12)
    assert browser.get("/admin").status_code == 303


def test_signing_out_ends_the_session_in_the_database_too(sqlite_world: World) -> None:
    browser = signed_in(sqlite_world)
    cookie = browser.get_cookie("regulars")
    assert cookie
    form = {"csrf_token": token_in(browser.get("/admin"))}
    assert browser.post("/admin/sign-out", data=form).status_code == 303
    browser.set_cookie("regulars", cookie.value)
    assert browser.get("/admin").status_code == 303


def test_neither_link_nor_session_can_be_read_from_the_database(sqlite_world: World) -> None:
    browser = signed_in(sqlite_world)
    cookie = browser.get_cookie("regulars")
    assert cookie
    with sqlite_world.database.read_all() as db:
        held = str(db.exec_driver_sql("SELECT * FROM admin_sessions, sign_in_links").all())
    assert cookie.value not in held
    assert "a-link" not in held


def test_the_cookie_is_out_of_reach_for_scripts_and_over_https_held_to_this_host(sqlite_world: World) -> None:
    plain = sqlite_world.client.post(a_link(sqlite_world)).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    with sqlite_world.at("https://loyalty.example") as secure:
        cookie = secure.client.post(a_link(secure, "another")).headers["Set-Cookie"]
    assert cookie.startswith("__Host-regulars=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("form", [{}, {"csrf_token": "0" * 64}], ids=["none", "another"])
def test_a_form_without_the_sessions_token_changes_nothing(sqlite_world: World, form: dict[str, str]) -> None:
    browser = signed_in(sqlite_world)
    assert browser.post("/admin/sign-out", data=form).status_code == 403
    assert browser.get("/admin").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_form_sent_by_another_site_changes_nothing(sqlite_world: World, headers: dict[str, str]) -> None:
    browser = signed_in(sqlite_world)
    form = {"csrf_token": token_in(browser.get("/admin"))}
    assert browser.post("/admin/sign-out", data=form, headers=headers).status_code == 403
    assert browser.get("/admin").status_code == 200
    link = a_link(sqlite_world, "third")
    assert browser.post(link, headers=headers).status_code == 403


def test_every_page_forbids_scripts_of_others_and_to_be_framed_or_kept(sqlite_world: World) -> None:
    browser = signed_in(sqlite_world)
    for path in ("/admin", "/admin/connect", "/admin/sign-in/none"):
        answer = browser.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert " style=" not in answer.text
        assert "<script>" not in answer.text
