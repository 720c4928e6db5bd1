"""Who works in a store: added, changed and removed by owners, who come to no other store by it."""

from __future__ import annotations

import json
import re
from threading import Barrier, Thread
from typing import Any

import pytest
from werkzeug.test import TestResponse

from core.db import changes, staff
from core.domain.errors import Refused
from core.domain.staff import Role, Who
from core.domain.stores import Store
from core.services.appointing import Post as Duty
from core.services.appointing import change_post, remove_from_store
from core.services.staffing import member_at, person_by_email
from tests.admin.people import Browser, operator_browser, staff_browser
from tests.world import World

SUE = {"email": "Sue@Example.com", "name": "Sue", "role": "support", "most_points": "500"}
WORD = "four words do well"


def path_of(store: Store, rest: str = "") -> str:
    return f"/admin/stores/{store.store_id}/settings/staff{rest}"


def link_in(page: TestResponse) -> str:
    """The link a page shows."""
    found = re.search(r'<code id="the-link" tabindex="0">(http[^<]+)</code>', page.text)
    assert found, page.text
    return found[1]


def id_of(world: World, email: str) -> int:
    with world.database.read_all() as db:
        found = person_by_email(db, email, world.env.secrets)
    assert found
    return found[0].staff_id


def role_at(world: World, store: Store, staff_id: int) -> tuple[str, int | None] | None:
    with world.database.read_all() as db:
        row = staff.role_at(db, staff_id, store.store_id)
    return None if row is None else (row.role, row.most_points)


def noted(world: World, store: Store) -> list[tuple[str, str, str, Any, Any]]:
    """(who, action, subject, before, after), newest first."""
    with world.database.read(store.store_id) as db:
        rows = changes.newest(db, store.store_id, 100)
    return [
        (
            row.who,
            row.action,
            row.subject,
            json.loads(row.before) if row.before else None,
            json.loads(row.after) if row.after else None,
        )
        for row in rows
    ]


def test_somebody_added_gets_a_link_once_chooses_a_password_and_works_in_that_store(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.OWNER, birch)
    page = olive.send(path_of(birch), **SUE)
    assert page.status_code == 200
    link = link_in(page)
    assert link not in olive.get(path_of(birch)).text

    sue = Browser(world.client.application.test_client())
    path = link.removeprefix(world.env.settings.public_url)
    assert "You are Sue" in sue.get(path).text
    assert sue.client.post(path, data={"password": WORD}).status_code == 303
    assert sue.get(f"/admin/stores/{birch.store_id}").status_code == 200
    assert sue.get(path_of(birch)).status_code == 403

    sue_id = id_of(world, "sue@example.com")
    assert role_at(world, birch, sue_id) == ("support", 500)
    subject = f"Sue (staff {sue_id})"
    added = {"role": "support", "most_points": 500}
    assert noted(world, birch)[1:] == [
        ("Olive", "staff.link_made", subject, None, None),
        ("Olive", "staff.added", subject, None, added),
    ]


def test_links_are_made_of_the_address_we_know_whatever_a_request_says_we_are_called(
    sqlite_world: World,
) -> None:
    """B85."""
    birch = sqlite_world.connect()
    with sqlite_world.at("https://loyalty.example") as there:
        client = there.client.application.test_client()
        session = there.env.token()
        with there.database.write_all() as db:
            from core.services.signing_in import open_session

            open_session(db, session, None, there.now)
        client.set_cookie("__Host-regulars", session, domain="evil.example", secure=True)
        asked = {
            "base_url": "https://evil.example",
            "headers": {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
        }
        shown = client.get(path_of(birch), **asked).text
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', shown)
        assert token
        page = client.post(path_of(birch), data={**SUE, "csrf_token": token[1]}, **asked)
    assert link_in(page).startswith("https://loyalty.example/admin/sign-in/")
    assert "evil.example" not in page.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"email": "sue"}, "This is not an e-mail address."),
        ({"email": ""}, "Enter the e-mail address they will sign in with"),
        ({"name": " "}, "Enter a name, such as Olive Green."),
        ({"name": "S" * 81}, "Enter at most 80 characters"),
        ({"name": "Sue\u202e"}, "A name has 1 to 80 characters that can be seen."),
        ({"role": "queen"}, "Choose one of what is offered."),
        (
            {"most_points": "-1"},
            "to 1,000,000,000, or leave it empty for no limit.",
        ),
        ({"most_points": "1e3"}, "Enter a whole number"),
        ({"email": "OLIVE@example.com"}, "Open them in the list of staff to change their role"),
    ],
)
def test_what_cannot_be_is_told_in_place_and_nobody_is_added(
    sqlite_world: World, typed: dict[str, str], told: str
) -> None:
    birch = sqlite_world.connect()
    page = staff_browser(sqlite_world, Role.OWNER, birch).send(path_of(birch), **{**SUE, **typed})
    assert page.status_code == 422
    assert told in page.text
    assert noted(sqlite_world, birch) == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"email": "sue"}, "email"), ({"name": "server"}, "name"), ({"name": "Sue\u202e"}, "name")],
)
def test_what_is_wrong_stands_under_the_field_it_is_about(
    sqlite_world: World, typed: dict[str, str], field: str
) -> None:
    birch = sqlite_world.connect()
    page = staff_browser(sqlite_world, Role.OWNER, birch).send(path_of(birch), **{**SUE, **typed})
    assert page.status_code == 422
    assert re.findall(r'class="err" id="([a-z_]+)-problem"', page.text) == [field]


def test_a_role_is_changed_with_before_and_after_and_the_limit_goes_with_support(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.OWNER, birch)
    sue = staff_browser(world, Role.SUPPORT, birch, name="Sue", most_points=500)
    sue_id = id_of(world, "sue@example.com")
    changed = olive.send(path_of(birch, f"/{sue_id}"), role="manager", most_points="500")
    assert changed.status_code == 303
    assert role_at(world, birch, sue_id) == ("manager", None)
    assert noted(world, birch) == [
        (
            "Olive",
            "staff.changed",
            f"Sue (staff {sue_id})",
            {"role": "support", "most_points": 500},
            {"role": "manager", "most_points": None},
        )
    ]
    assert sue.get(path_of(birch)).status_code == 403
    olive.send(path_of(birch, f"/{sue_id}"), role="owner", most_points="")
    assert sue.get(path_of(birch)).status_code == 200
    olive.send(path_of(birch, f"/{sue_id}"), role="owner", most_points="")
    assert len(noted(world, birch)) == 3


def test_whoever_is_removed_is_out_at_once_and_forgotten_when_nothing_is_left_for_them(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.OWNER, birch)
    sue = staff_browser(world, Role.SUPPORT, birch, name="Sue")
    sue_id = id_of(world, "sue@example.com")
    assert "Remove Sue from Birch?" in olive.get(path_of(birch, f"/{sue_id}/remove")).text
    assert olive.send(path_of(birch, f"/{sue_id}/remove")).status_code == 303
    assert sue.get("/admin").status_code == 303
    with world.database.read_all() as db:
        assert person_by_email(db, "sue@example.com", world.env.secrets) is None
        assert staff.by_id(db, sue_id) is None
    assert olive.get(path_of(birch, f"/{sue_id}")).status_code == 404
    # Added again she is somebody new, who chooses a password of her own.
    assert link_in(olive.send(path_of(birch), **SUE))
    assert id_of(world, "sue@example.com") != sue_id


def test_whoever_works_elsewhere_stays_there_when_removed_here(sqlite_world: World) -> None:
    acorn, birch = sqlite_world.connect("Acorn"), sqlite_world.connect("Birch")
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    sue = staff_browser(sqlite_world, Role.VIEWER, acorn, birch, name="Sue")
    sue_id = id_of(sqlite_world, "sue@example.com")
    assert olive.send(path_of(birch, f"/{sue_id}/remove")).status_code == 303
    assert sue.get(f"/admin/stores/{acorn.store_id}").status_code == 200
    assert sue.get(f"/admin/stores/{birch.store_id}").status_code == 404


def test_the_last_owner_is_neither_removed_nor_demoted_but_by_whoever_runs_the_server(world: World) -> None:
    birch = world.connect()
    olive, operator = staff_browser(world, Role.OWNER, birch), operator_browser(world)
    olive_id = id_of(world, "olive@example.com")
    for answer in (
        olive.send(path_of(birch, f"/{olive_id}"), role="viewer"),
        olive.send(path_of(birch, f"/{olive_id}/remove")),
    ):
        assert answer.status_code == 409
        assert "This is the last owner of the store." in answer.text
    assert role_at(world, birch, olive_id) == ("owner", None)
    assert operator.send(path_of(birch, f"/{olive_id}"), role="manager").status_code == 303
    assert role_at(world, birch, olive_id) == ("manager", None)
    assert noted(world, birch)[0][0] == "Server"


def test_of_two_owners_one_may_go_and_then_the_other_must_stay(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.OWNER, birch)
    oscar = staff_browser(world, Role.OWNER, birch, name="Oscar")
    oscar_id = id_of(world, "oscar@example.com")
    with world.database.write_all() as db:
        member = member_at(db, birch.store_id, oscar_id, world.env.secrets)
    assert member
    assert oscar.send(path_of(birch, f"/{id_of(world, 'olive@example.com')}/remove")).status_code == 303
    assert olive.get("/admin").status_code == 303
    owner = Who("Oscar", Role.OWNER, oscar_id)
    with pytest.raises(Refused, match="last owner"), world.database.write_all() as db:
        remove_from_store(db, birch.store_id, owner, member, world.env.secrets, world.now)
    with pytest.raises(Refused, match="last owner"), world.database.write_all() as db:
        change_post(db, birch.store_id, owner, member, Duty(Role.VIEWER), world.now)


def test_two_owners_who_remove_each_other_at_once_do_not_both_succeed(world: World) -> None:
    birch = world.connect()
    people = {}
    for name in ("Olive", "Oscar"):
        staff_browser(world, Role.OWNER, birch, name=name)
        people[name] = id_of(world, f"{name.lower()}@example.com")
    both, refused = Barrier(2), []

    def remove(name: str, other: str) -> None:
        who = Who(name, Role.OWNER, people[name])
        with world.database.read_all() as db:
            member = member_at(db, birch.store_id, people[other], world.env.secrets)
        assert member
        both.wait()
        try:
            with world.database.write_all() as db:
                remove_from_store(db, birch.store_id, who, member, world.env.secrets, world.now)
        except Refused as error:
            refused.append(str(error))

    threads = [Thread(target=remove, args=pair) for pair in (("Olive", "Oscar"), ("Oscar", "Olive"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert sum(role_at(world, birch, one) is not None for one in people.values()) == 1


def test_an_owner_comes_to_no_other_store_by_an_account_that_works_there(world: World) -> None:
    """Neither by a link for one who decides elsewhere, nor by an account made in somebody else's name."""
    acorn, birch = world.connect("Acorn"), world.connect("Birch")
    mallory = staff_browser(world, Role.OWNER, birch, name="Mallory")
    staff_browser(world, Role.OWNER, acorn)
    olives = {**SUE, "email": "olive@example.com", "name": "Olive", "role": "viewer"}
    page = mallory.send(path_of(birch), **olives)
    assert page.status_code == 422
    assert "also works in another store on this server" in page.text

    # Who runs the server may; and then Mallory still makes no link for her, whatever her role here.
    assert operator_browser(world).send(path_of(birch), **olives).status_code == 200
    olive_id = id_of(world, "olive@example.com")
    page = mallory.send(path_of(birch, f"/{olive_id}/link"))
    assert page.status_code == 409
    assert "also works in another store on this server" in page.text
    assert mallory.get(path_of(acorn, f"/{olive_id}")).status_code == 404


def test_whoever_made_an_account_in_anothers_name_is_out_once_it_serves_a_further_store(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect("Birch")
    mallory, ours = staff_browser(world, Role.OWNER, birch, name="Mallory"), world.env.settings.public_url
    path = link_in(mallory.send(path_of(birch), **SUE)).removeprefix(ours)
    hers = world.client.application.test_client()
    assert hers.post(path, data={"password": WORD}).status_code == 303
    kept = link_in(mallory.send(path_of(birch, f"/{id_of(world, 'sue@example.com')}/link")))

    page = operator_browser(world).send(path_of(acorn), **SUE)
    assert hers.get(f"/admin/stores/{acorn.store_id}").status_code == 303
    assert hers.get(kept.removeprefix(ours)).status_code == 404
    signed_in = hers.post("/admin/sign-in", data={"email": SUE["email"], "password": WORD})
    assert signed_in.status_code != 303
    assert noted(world, birch)[0][:2] == ("Server", "staff.link_made")
    sue = world.client.application.test_client()
    assert sue.post(link_in(page).removeprefix(ours), data={"password": f"{WORD} too"}).status_code == 303
    assert sue.get(f"/admin/stores/{acorn.store_id}").status_code == 200


def test_an_owner_of_both_stores_adds_the_same_person_who_keeps_their_password(sqlite_world: World) -> None:
    acorn, birch = sqlite_world.connect("Acorn"), sqlite_world.connect("Birch")
    olive = staff_browser(sqlite_world, Role.OWNER, acorn, birch)
    path = link_in(olive.send(path_of(birch), **SUE)).removeprefix(sqlite_world.env.settings.public_url)
    client = sqlite_world.client.application.test_client()
    assert client.post(path, data={"password": WORD}).status_code == 303
    page = olive.send(path_of(acorn), **SUE)
    assert "the password they have" in page.text
    assert "the-link" not in page.text
    assert client.get(f"/admin/stores/{acorn.store_id}").status_code == 200


def test_another_name_is_in_the_history_of_each_store_with_the_one_before(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect("Birch")
    sue = staff_browser(world, Role.SUPPORT, acorn, birch, name="Sue")
    for _ in range(2):
        assert sue.send("/admin/account", name="Susan", language="browser").status_code == 303
    named = f"Susan (staff {id_of(world, 'sue@example.com')})"
    for store in (acorn, birch):
        told = ("Sue", "staff.renamed", named, {"name": "Sue"}, {"name": "Susan"})
        assert noted(world, store) == [told]


@pytest.mark.parametrize("name", ["Olive", " OLIVE", "Ｏｌｉｖｅ", "Server", "sERVER"])
def test_nobody_takes_the_name_of_a_colleague_or_of_the_server(sqlite_world: World, name: str) -> None:
    birch = sqlite_world.connect()
    staff_browser(sqlite_world, Role.OWNER, birch)
    sue = staff_browser(sqlite_world, Role.SUPPORT, birch, name="Sue")
    page = sue.send("/admin/account", name=name, language="browser")
    assert page.status_code == 422
    assert re.findall(r'class="err" id="([a-z_]+)-problem"', page.text) == ["name"]
    assert noted(sqlite_world, birch) == []


def test_nobody_is_taken_on_as_the_server(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    page = staff_browser(sqlite_world, Role.OWNER, birch).send(path_of(birch), **{**SUE, "name": "server"})
    assert page.status_code == 422
    assert noted(sqlite_world, birch) == []


def test_a_new_link_ends_the_one_before(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    ours = sqlite_world.env.settings.public_url
    first = link_in(olive.send(path_of(birch), **SUE)).removeprefix(ours)
    sue_id = id_of(sqlite_world, "sue@example.com")
    second = link_in(olive.send(path_of(birch, f"/{sue_id}/link"))).removeprefix(ours)
    client = sqlite_world.client.application.test_client()
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    sqlite_world.wait(days=7)
    assert client.get(second).status_code == 404


def test_whoever_runs_the_server_sees_everybody_makes_links_and_ends_accounts(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect("Birch")
    olive, operator = staff_browser(world, Role.OWNER, acorn, birch), operator_browser(world)
    olive_id = id_of(world, "olive@example.com")
    listed = operator.get("/admin/staff").text
    assert "olive@example.com" in listed
    assert "Acorn" in listed
    assert link_in(operator.send(f"/admin/staff/{olive_id}/link"))
    assert "End the account of Olive?" in operator.get(f"/admin/staff/{olive_id}/end").text
    assert operator.send(f"/admin/staff/{olive_id}/end").status_code == 303
    assert olive.get("/admin").status_code == 303
    for store in (acorn, birch):
        assert [action for _, action, *_ in noted(world, store)] == ["staff.removed", "staff.link_made"]
    assert operator.get(f"/admin/staff/{olive_id}/end").status_code == 404
    assert "olive@example.com" not in operator.get("/admin/staff").text
