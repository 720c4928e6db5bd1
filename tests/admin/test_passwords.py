"""Signing in by password: the same answer for all who may not, slower guessing, and a session of its own."""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from core.db import staff
from core.db.staff_tables import sign_in_failures
from core.domain.errors import Refused
from core.domain.passwords import refuse_weak
from core.domain.staff import Role
from core.services import passwords
from core.services.passwords import NOBODYS, hashed, is_outdated, matches
from core.services.sign_in_tries import network_of
from core.services.staffing import person_by_email
from tests.admin.people import staff_browser
from tests.world import World

WORD = "four words do well"
EMAIL = "olive@example.com"


def olive(world: World, password: str = WORD) -> int:
    """Olive owns Birch and has a password; her id."""
    staff_browser(world, Role.OWNER, world.connect())
    with world.database.write_all() as db:
        found = person_by_email(db, EMAIL, world.env.secrets)
        assert found
        staff.set_password(db, found[0].staff_id, hashed(password))
    return found[0].staff_id


def browser(world: World) -> FlaskClient:
    return world.client.application.test_client()


def try_in(
    client: FlaskClient,
    password: str = WORD,
    email: str = EMAIL,
    network: str = "198.51.100.1",
    **headers: str,
) -> TestResponse:
    return client.post(
        "/admin/sign-in",
        data={"email": email, "password": password},
        headers=headers,
        environ_base={"REMOTE_ADDR": network},
    )


def test_the_right_password_signs_in_and_the_session_before_it_ends(world: World) -> None:
    olive(world)
    client = browser(world)
    assert try_in(client, email=" Olive@EXAMPLE.com ").status_code == 303
    first = client.get_cookie("regulars")
    assert first
    assert try_in(client).status_code == 303
    second = client.get_cookie("regulars")
    assert second
    assert second.value != first.value
    client.set_cookie("regulars", first.value)
    assert client.get("/admin").status_code == 303
    client.set_cookie("regulars", second.value)
    assert client.get("/admin").status_code == 200


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer_and_the_same_work(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive(sqlite_world)
    staff_browser(sqlite_world, Role.VIEWER, name="Invited")
    tried: list[str] = []

    class Watched:
        """A hasher that tells what it is asked."""

        def verify(self, kept: str, password: str) -> bool:
            tried.append(kept)
            return PasswordHasher().verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Watched)
    pages = []
    for email in (EMAIL, "nobody@example.com", "invited@example.com", "no address"):
        answer = try_in(browser(sqlite_world), "a wrong password", email)
        assert answer.status_code == 422
        pages.append(answer.text.replace(email, "…"))
    assert len(set(pages)) == 1
    assert len(tried) == 4
    assert tried[1:] == [NOBODYS] * 3


def test_after_ten_failures_an_address_is_shut_for_a_quarter_of_an_hour_and_a_link_still_works(
    world: World,
) -> None:
    olive(world)
    for number in range(10):
        assert try_in(browser(world), "wrong " * 3, network=f"198.51.100.{number}").status_code == 422
    with capture_logs() as logs:
        shut = try_in(browser(world), network="203.0.113.9")
    assert shut.status_code == 429
    assert shut.headers["Retry-After"] == "900"
    assert "sign in with a link" in shut.text
    assert [entry["event"] for entry in logs] == ["sign_in.too_often"]
    assert EMAIL not in str(logs)
    assert try_in(browser(world), email="sue@example.com").status_code == 422
    world.wait(minutes=15)
    assert try_in(browser(world)).status_code == 303
    with world.database.read_all() as db:
        assert db.execute(sign_in_failures.select()).all() == []


def test_guesses_of_others_do_not_shut_out_a_browser_that_signed_in_before(sqlite_world: World) -> None:
    olive(sqlite_world)
    hers, mallorys = browser(sqlite_world), browser(sqlite_world)
    assert try_in(hers).status_code == 303
    for _ in range(12):
        try_in(mallorys, "wrong " * 3, network="203.0.113.9")
    assert try_in(mallorys, network="203.0.113.9").status_code == 429
    assert try_in(hers).status_code == 303
    # What her browser shows is of use for her alone, and has its own limit.
    for _ in range(10):
        try_in(hers, "wrong " * 3)
    assert try_in(hers).status_code == 429


def test_after_fifty_failures_a_network_is_shut_whichever_addresses_it_tries(sqlite_world: World) -> None:
    olive(sqlite_world)
    for number in range(50):
        email, network = f"sue{number}@example.com", f"2001:db8:1:2::{number:x}"
        # B85: what a client says of itself in a header is not believed without a proxy of ours.
        told = {"X-Forwarded-For": f"203.0.113.{number}"}
        assert try_in(browser(sqlite_world), email=email, network=network, **told).status_code == 422
    assert try_in(browser(sqlite_world), network="2001:db8:1:2:ffff::1").status_code == 429
    assert try_in(browser(sqlite_world), network="2001:db8:1:3::1").status_code == 303


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7/32"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_the_network_of_a_client_is_what_a_household_has(client: str, network: str) -> None:
    assert network_of(client) == network


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "at least 12 characters"),
        ("x" * 201, "at most 200 characters"),
        ("Password1234", "among the first"),
        ("passwort1234", "among the first"),
        ("aaaaaaaaaaaaa", "among the first"),
        ("abcdabcdabcd", "among the first"),
        ("olive@example.com", "among the first"),
        ("Olive2026Olive!", "among the first"),
        ("１２３４５６７８９０１２", "among the first"),
    ],
)
def test_a_password_that_is_too_short_too_long_or_tried_first_is_refused(password: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        refuse_weak(password, EMAIL, "Olive")


@pytest.mark.parametrize(
    "password", ["twelve chars", "ñandú über köln", "all small letters", "0194 7736 2251"]
)
def test_any_long_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    refuse_weak(password, EMAIL, "Olive")


def test_what_is_kept_is_argon2id_and_is_made_anew_when_it_was_made_with_less_effort(
    sqlite_world: World,
) -> None:
    kept = hashed(WORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not is_outdated(NOBODYS)
    assert matches(kept, WORD)
    assert not matches(kept, f"{WORD} ")
    assert not matches(None, WORD)
    assert not matches(kept, WORD * 1000)

    staff_id = olive(sqlite_world)
    weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(WORD)
    with sqlite_world.database.write_all() as db:
        staff.set_password(db, staff_id, weaker)
    assert try_in(browser(sqlite_world)).status_code == 303
    with sqlite_world.database.read_all() as db:
        row = staff.by_id(db, staff_id)
    assert row is not None
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', client.get("/admin/account").text)
    assert found
    return client.post(path, data={"csrf_token": found[1], **fields})


def test_a_changed_password_takes_the_old_one_and_signs_out_every_other_browser(world: World) -> None:
    olive(world)
    here, there = browser(world), browser(world)
    for client in (here, there):
        assert try_in(client).status_code == 303
    path, anew = "/admin/account/password", "five other words do well"
    wrong = send(here, path, old="not the old one", new=anew)
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    weak = send(here, path, old=WORD, new="password1234")
    assert weak.status_code == 422
    assert "among the first" in weak.text
    assert there.get("/admin").status_code == 200

    assert send(here, path, old=WORD, new=anew).status_code == 303
    assert here.get("/admin").status_code == 200
    assert there.get("/admin").status_code == 303
    assert try_in(there).status_code == 422
    assert try_in(there, anew).status_code == 303


def test_the_old_password_is_not_guessed_from_an_open_session_either(sqlite_world: World) -> None:
    olive(sqlite_world)
    client = browser(sqlite_world)
    assert try_in(client).status_code == 303
    for _ in range(10):
        send(client, "/admin/account/password", old="wrong " * 3, new="five other words do well")
    page = send(client, "/admin/account/password", old=WORD, new="five other words do well")
    assert page.status_code == 429
    assert "Wait 15 minutes" in page.text


def test_signing_out_elsewhere_leaves_this_browser_and_the_page_says_where_one_is(world: World) -> None:
    olive(world)
    here, there = browser(world), browser(world)
    for client in (here, there):
        try_in(client)
    assert "Sign out everywhere else" in here.get("/admin/account").text
    assert send(here, "/admin/account/sign-out-elsewhere").status_code == 303
    assert there.get("/admin").status_code == 303
    alone = here.get("/admin/account").text
    assert alone.count("This browser") == 1


def test_name_and_language_are_ones_own(world: World) -> None:
    olive(world)
    client = browser(world)
    try_in(client)
    assert send(client, "/admin/account", name="Olivia", language="de").status_code == 303
    page = client.get("/admin/account", headers={"Accept-Language": "en"}).text
    assert '<html lang="de"' in page
    assert 'value="Olivia"' in page
    assert send(client, "/admin/account", name="Olivia", language="xx").status_code == 422
    send(client, "/admin/account", name="Olivia", language="browser")
    assert '<html lang="en"' in client.get("/admin/account", headers={"Accept-Language": "en"}).text


def test_whoever_runs_the_server_has_neither_name_nor_password_here(sqlite_world: World) -> None:
    from tests.admin.people import operator_browser

    operator = operator_browser(sqlite_world)
    page = operator.get("/admin/account")
    assert page.status_code == 200
    assert 'type="password"' not in page.text
    for path in ("/admin/account", "/admin/account/password"):
        assert operator.send(path, name="Olive", language="de").status_code == 404
    assert operator.send("/admin/account/sign-out-elsewhere").status_code == 303


def test_neither_password_nor_address_of_staff_can_be_read_from_the_database(sqlite_world: World) -> None:
    olive(sqlite_world)
    with sqlite_world.database.read_all() as db:
        held = str(db.exec_driver_sql("SELECT * FROM staff").all())
    assert WORD not in held
    assert EMAIL not in held
