"""Who may open which page: every view says so, and what it says holds."""

from __future__ import annotations

import pytest
from werkzeug.routing import Rule

from admin.guards import GUARD
from core.db import changes
from core.domain.staff import Role
from tests.admin.people import operator_browser, staff_browser
from tests.shopify_install import Acorn
from tests.world import World

OUTSIDE_OF_THE_SETTINGS = {
    "/shopify/proxy": "a shopper's points, proven by Shopify's signature of the address"
}
OF_THE_SETTINGS = ("/admin", "/shopify", "/connect")


def rules(world: World) -> list[Rule]:
    """Every address of the settings pages, at each of its places."""
    return [
        rule
        for rule in world.client.application.url_map.iter_rules()
        if rule.rule.startswith(OF_THE_SETTINGS) and rule.rule not in OUTSIDE_OF_THE_SETTINGS
    ]


def filled_in(rule: Rule, store_id: int) -> str:
    """An address of this kind."""
    values = {name: store_id if name == "store_id" else 1 for name in rule.arguments}
    return str(rule.build({name: str(value) for name, value in values.items()}, append_unknown=False)[1])  # type: ignore[index]


def guard_of(world: World, rule: Rule) -> str | None:
    view = world.client.application.view_functions[rule.endpoint]
    return getattr(view, GUARD, None)


def test_every_view_says_who_may_open_it(sqlite_world: World) -> None:
    silent = [
        f"{rule.rule} ({rule.endpoint})" for rule in rules(sqlite_world) if not guard_of(sqlite_world, rule)
    ]
    assert silent == []


def test_nobody_opens_a_page_without_having_signed_in_but_those_for_everybody(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    for rule in rules(sqlite_world):
        if guard_of(sqlite_world, rule) == "everybody" or rule.rule.startswith("/shopify"):
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):  # type: ignore[operator]
            answer = sqlite_world.client.open(filled_in(rule, birch.store_id), method=method)
            assert answer.status_code == 303, (rule.rule, method)
            assert answer.headers["Location"] == "/admin/sign-in"


def test_within_shopifys_admin_nothing_opens_without_a_proof(shop: Acorn) -> None:
    for rule in rules(shop.world):
        if guard_of(shop.world, rule) == "everybody" or not rule.rule.startswith("/shopify"):
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):  # type: ignore[operator]
            asked = {"method": method, "headers": {"HX-Request": "true"}}
            assert shop.world.client.open(filled_in(rule, 1), **asked).status_code == 401, rule.rule
            if method == "POST":
                signed = f"{filled_in(rule, 1)}?id_token={shop.id_token()}"
                assert shop.world.client.post(signed).status_code == 401, rule.rule


def test_a_store_is_not_there_for_those_who_have_no_role_in_it(sqlite_world: World) -> None:
    acorn, birch = sqlite_world.connect("Acorn"), sqlite_world.connect("Birch")
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    token = {"csrf_token": olive.token()}
    for rule in rules(sqlite_world):
        if "store_id" not in rule.arguments:
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):  # type: ignore[operator]
            path = filled_in(rule, acorn.store_id)
            data = token if method == "POST" else None
            assert olive.client.open(path, method=method, data=data).status_code == 404, (rule.rule, method)
    assert olive.get(f"/admin/stores/{birch.store_id}").status_code == 200
    listed = olive.get("/admin").text
    assert "Birch" in listed
    assert "Acorn" not in listed


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_it_takes_and_no_more_and_the_history_has_what_was_tried(
    sqlite_world: World, role: Role
) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, role, birch)
    token, refused = {"csrf_token": olive.token()}, 0
    for rule in rules(sqlite_world):
        if "store_id" not in rule.arguments:
            continue
        guard = guard_of(sqlite_world, rule)
        assert guard is not None
        for method in sorted(rule.methods & {"GET", "POST"}):  # type: ignore[operator]
            if role.includes(Role(guard)):
                continue
            data = token if method == "POST" else None
            answer = olive.client.open(filled_in(rule, birch.store_id), method=method, data=data)
            assert answer.status_code == 403, (rule.rule, method)
            assert "This takes another role" in answer.text
            refused += 1
    with sqlite_world.database.read(birch.store_id) as db:
        noted = changes.newest(db, birch.store_id, 1000)
    assert [row.action for row in noted] == ["access.refused"] * refused
    assert {row.who for row in noted} <= {"Olive"}
    assert bool(refused) == (role is not Role.OWNER)


def test_pages_of_the_whole_server_are_for_whoever_runs_it(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    olive, operator = staff_browser(sqlite_world, Role.OWNER, birch), operator_browser(sqlite_world)
    paths = [
        filled_in(rule, 1)
        for rule in rules(sqlite_world)
        if guard_of(sqlite_world, rule) == "operator" and rule.methods >= {"GET"}  # type: ignore[operator]
    ]
    assert "/admin/connect" in paths
    assert {olive.get(path).status_code for path in paths} == {403}
    assert operator.get("/admin/connect").status_code == 200


def test_b71_a_form_without_the_token_of_its_session_changes_nothing(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    for rule in rules(sqlite_world):
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/shopify"):
            continue
        if guard_of(sqlite_world, rule) == "everybody":
            continue
        path = filled_in(rule, birch.store_id)
        for data, headers in (({}, {}), ({"csrf_token": olive.token()}, {"Sec-Fetch-Site": "cross-site"})):
            answer = olive.client.post(path, data=data, headers=headers)
            assert answer.status_code == 403, path
            assert "Nothing was done" in answer.text
