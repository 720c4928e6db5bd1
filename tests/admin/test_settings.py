"""The settings of a store: read at one glance, changed one by one, never over somebody else's change."""

from __future__ import annotations

import html
import json
import re

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from core.db import changes, stores, tables
from core.domain.personal import Person
from core.domain.staff import Role
from core.domain.stores import Store
from core.jobs.forget import forget
from core.services.exporting import keep_export
from core.services.terms import Sealing
from tests.admin.people import Browser, operator_browser, staff_browser
from tests.payloads import an_order
from tests.statements import asked
from tests.world import World

PAGES = ("", "/store", "/rates", "/branding", "/retention", "/privacy", "/keys")


def at(store: Store, rest: str = "") -> str:
    return f"/admin/stores/{store.store_id}/settings{rest}"


def in_words(answer: TestResponse) -> str:
    """The page as it is read."""
    body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def hidden(answer: TestResponse) -> dict[str, str]:
    """What the page's forms carry besides what is typed."""
    found = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', answer.text)
    return {name: html.unescape(value) for name, value in found}


def save(who: Browser, path: str, **fields: str) -> TestResponse:
    """Open the page of a form, fill the form in, and send it."""
    return who.send(path, **{**hidden(who.get(path)), **fields})


def noted(world: World, store: Store) -> list[tuple[str, str]]:
    """Who did what, the newest first."""
    with world.database.read(store.store_id) as db:
        return [(row.who, row.action) for row in changes.newest(db, store.store_id, 50)]


def last_change(world: World, store: Store) -> tuple[object, object]:
    """What stood there before the last change, and what stands there after it."""
    with world.database.read(store.store_id) as db:
        row = changes.newest(db, store.store_id, 1)[0]
    return json.loads(row.before or "null"), json.loads(row.after or "null")


def now_of(world: World, store: Store) -> Store:
    with world.database.read(store.store_id) as db:
        found = stores.store_by_id(db, store.store_id)
    assert found is not None
    return found


# -- all of it at one glance


def test_the_first_page_says_of_each_subject_how_it_stands(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(currency="USD"))
    page = in_words(operator_browser(world).get(at(birch)))
    assert "Birch counts in EUR; its days begin and end in Europe/Berlin." in page
    assert "One order in another currency waits for a rate." in page
    assert "Shoppers see points, in the colour #2a4bb5, without a logo." in page
    assert "Deliveries are kept as they came for 30 days." in page
    assert "Nobody waits for an answer, and nobody was forgotten." in page
    assert "No program of yours has a key." in page
    assert "Disconnect Birch …" in page


def test_a_viewer_reads_and_is_offered_nothing_to_change(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.VIEWER, birch)
    for page in PAGES[:-1]:
        answer = olive.get(at(birch, page))
        assert answer.status_code == 200
        assert re.findall(r"<main.*<form", answer.text, re.DOTALL) == [], page
    assert olive.get(at(birch, "/keys")).status_code == 403
    assert "Keys for your own programs" not in in_words(olive.get(at(birch)))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_as_many_queries_for_sixty_rows_as_for_three(sqlite_world: World, page: str) -> None:
    birch = sqlite_world.connect()
    operator = operator_browser(sqlite_world)

    def fill(times: int) -> int:
        for _ in range(times):
            number = next(sqlite_world.numbers)
            with sqlite_world.database.write(birch.store_id) as db:
                gus, sealing = Person(str(number), None), Sealing(sqlite_world.env.secrets)
                keep_export(db, birch, gus, str(number), sealing, sqlite_world.now)
                rate = (
                    "AED AFN ALL AMD AUD AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN " * 9
                ).split()
                stores.set_rate(db, birch.store_id, rate[number], "2", sqlite_world.now)
            save(operator, at(birch, "/keys"), note=f"till {number}")
        with asked() as sent:
            assert operator.get(at(birch, page)).status_code == 200
        return len(sent)

    assert fill(3) == fill(57)


# -- the store itself


def test_name_and_time_zone_are_changed_and_the_history_has_both(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.MANAGER, birch)
    answer = save(olive, at(birch, "/store"), name="Birch & Sons", zone="Asia/Tokyo")
    assert answer.status_code == 303
    now = now_of(world, birch)
    assert (now.name, now.zone.key) == ("Birch & Sons", "Asia/Tokyo")
    assert noted(world, birch) == [("Olive", "store.changed")]
    before, after = last_change(world, birch)
    assert before == {"name": "Birch", "timezone": "Europe/Berlin"}
    assert after == {"name": "Birch & Sons", "timezone": "Asia/Tokyo"}
    assert "It is 21:00 in Asia/Tokyo now." in in_words(olive.get(at(birch, "/store")))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "This is needed."),
        ("x" * 81, "at most 80 characters"),
        ("Birch/Sons", "no “/” in it"),
        ("17", "cannot be a number"),
        ("a\nb", "printable"),
        ("Acorn", "Another store on this server is called Acorn."),
    ],
)
def test_a_name_that_will_not_do_is_explained_under_its_field(world: World, name: str, says: str) -> None:
    world.connect("Acorn")
    birch = world.connect()
    answer = save(operator_browser(world), at(birch, "/store"), name=name, zone="Europe/Berlin")
    assert answer.status_code == 422
    assert says in in_words(answer)
    assert now_of(world, birch).name == "Birch"
    assert noted(world, birch) == []


def test_a_time_zone_nobody_knows_is_refused(world: World) -> None:
    birch = world.connect()
    for zone in ("Mars/Olympus", "../../etc/passwd", ""):
        assert save(operator_browser(world), at(birch, "/store"), name="Birch", zone=zone).status_code == 422
    assert now_of(world, birch).zone.key == "Europe/Berlin"


def test_saving_over_somebody_elses_change_shows_both_and_saves_only_when_asked_again(world: World) -> None:
    birch = world.connect()
    olive, max_ = staff_browser(world, Role.OWNER, birch), staff_browser(world, Role.OWNER, birch, name="Max")
    carried = hidden(olive.get(at(birch, "/store")))
    save(max_, at(birch, "/store"), name="Silver Birch", zone="Europe/Berlin")
    answer = olive.send(at(birch, "/store"), **{**carried, "name": "Old Birch", "zone": "Europe/Paris"})
    assert answer.status_code == 409
    page = in_words(answer)
    assert "Somebody saved this while you had it open" in page
    assert "Name Silver Birch Old Birch" in page
    assert "Time zone Europe/Berlin Europe/Paris" in page
    assert now_of(world, birch).name == "Silver Birch"

    again = {**hidden(answer), "name": "Old Birch", "zone": "Europe/Paris"}
    assert olive.send(at(birch, "/store"), **again).status_code == 303
    assert now_of(world, birch).name == "Old Birch"


def test_saving_what_stands_there_already_is_no_change(world: World) -> None:
    birch = world.connect()
    assert (
        save(operator_browser(world), at(birch, "/store"), name="Birch", zone="Europe/Berlin").status_code
        == 303
    )
    assert noted(world, birch) == []


# -- what is kept


def bodies(world: World, store: Store) -> int:
    """Deliveries whose text is still there."""
    with world.database.read(store.store_id) as db:
        counted = select(func.count()).where(tables.inbox.c.body.is_not(None))
        return int(db.execute(counted).scalar_one())


def test_deliveries_are_kept_as_long_as_the_store_says_and_points_do_not_hang_on_it(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    olive = staff_browser(world, Role.OWNER, birch)
    assert save(olive, at(birch, "/retention"), days="3", fewer="3").status_code == 303
    assert last_change(world, birch) == ({"bodies_kept_days": 30}, {"bodies_kept_days": 3})
    world.wait(days=2, hours=23)
    forget(world.env, birch.store_id)
    assert bodies(world, birch) == 1
    world.wait(hours=2)
    forget(world.env, birch.store_id)
    assert bodies(world, birch) == 0
    assert world.points(birch) == [49]
    assert "for 3 days" in in_words(operator_browser(world).get(at(birch, "/retention")))


@pytest.mark.parametrize("days", ["0", "-1", "91", "1000000000", "1,5", "", "∞"])
def test_deliveries_are_kept_for_one_to_ninety_days(world: World, days: str) -> None:
    birch = world.connect()
    answer = save(operator_browser(world), at(birch, "/retention"), days=days)
    assert answer.status_code == 422
    assert "Enter a whole number from 1 to 90." in in_words(answer)
    assert now_of(world, birch).bodies_kept_days == 30


@pytest.mark.parametrize("ticked", ["", "8", "yes"])
def test_fewer_days_take_a_tick_for_exactly_that_number(world: World, ticked: str) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.OWNER, birch)
    assert "delete what is older" not in in_words(olive.get(at(birch, "/retention")))
    asking = save(olive, at(birch, "/retention"), days="7", fewer=ticked)
    assert asking.status_code == 422
    assert "came more than 7 days ago and was counted is deleted within the hour and cannot" in in_words(
        asking
    )
    assert "Tick this if you mean it. Nothing is changed yet." in in_words(asking)
    assert now_of(world, birch).bodies_kept_days == 30
    box = re.search(r'type="checkbox" name="fewer" value="(\d+)"', asking.text)
    assert box is not None
    sent = {**hidden(asking), "days": "7", "fewer": box[1]}
    assert olive.send(at(birch, "/retention"), **sent).status_code == 303
    assert now_of(world, birch).bodies_kept_days == 7


@pytest.mark.parametrize("days", ["30", "31", "90"])
def test_as_many_days_or_more_take_no_tick(world: World, days: str) -> None:
    birch = world.connect()
    assert save(operator_browser(world), at(birch, "/retention"), days=days).status_code == 303
    assert now_of(world, birch).bodies_kept_days == int(days)


def test_a_number_of_days_somebody_else_changed_meanwhile_is_shown_beside_ours(world: World) -> None:
    birch = world.connect()
    olive = operator_browser(world)
    carried = hidden(olive.get(at(birch, "/retention")))
    save(operator_browser(world), at(birch, "/retention"), days="7", fewer="7")
    answer = olive.send(at(birch, "/retention"), **{**carried, "days": "90"})
    assert answer.status_code == 409
    assert "Days 7 90" in in_words(answer)
    assert now_of(world, birch).bodies_kept_days == 7


def test_whatever_stands_in_the_database_nothing_is_kept_for_longer_than_the_most(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    with world.database.write(birch.store_id) as db:
        stores.change_seen(db, birch.store_id, {}, {"bodies_kept_days": 10_000})
    world.wait(days=91)
    forget(world.env, birch.store_id)
    assert bodies(world, birch) == 0


# -- people's requests


def ask_what_is_held(world: World, store: Store, ref: str = "17") -> None:
    """Ana asks what is held of her."""
    with world.database.write(store.store_id) as db:
        keep_export(db, store, Person("7", None), ref, Sealing(world.env.secrets), world.now)


def test_an_answer_is_opened_by_an_owner_passed_on_and_stands_in_the_history(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    ask_what_is_held(world, birch)
    olive = staff_browser(world, Role.OWNER, birch)
    page = in_words(olive.get(at(birch, "/privacy")))
    assert "One answer is ready and yours to pass on." in page
    assert "Asked on 1 December 2026. Yours to pass on until 31 December 2026; then it is deleted." in page

    answer = olive.send(at(birch, "/privacy/1/document"))
    assert answer.content_type == "application/json; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="store-1-export-1.json"'
    assert json.loads(answer.text)["members"][0]["email"] == "ana@example.com"

    for _ in range(2):
        assert olive.send(at(birch, "/privacy/1/passed-on")).status_code == 303
    assert world.notices(birch) == []
    assert "Nobody waits for an answer." in in_words(olive.get(at(birch, "/privacy")))
    assert noted(world, birch) == [("Olive", "export.passed_on"), ("Olive", "export.opened")]


def test_an_answer_of_one_store_is_not_there_in_another(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect()
    ask_what_is_held(world, acorn)
    olive = staff_browser(world, Role.OWNER, birch)
    for path in ("/privacy/1/document", "/privacy/1/passed-on"):
        assert olive.send(at(birch, path)).status_code == 404
    assert world.notices(acorn) == ["data_request"]
    assert "Nobody asked in the last 30 days" in in_words(olive.get(at(birch, "/privacy")))


def test_who_may_not_open_an_answer_is_refused_and_it_is_noted(world: World) -> None:
    birch = world.connect()
    ask_what_is_held(world, birch)
    olive = staff_browser(world, Role.MANAGER, birch)
    assert olive.send(at(birch, "/privacy/1/document")).status_code == 403
    assert noted(world, birch) == [("Olive", "access.refused")]
