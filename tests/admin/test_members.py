"""The list of members: who is found by what, in which order, page by page, and what addresses may ask for."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from core.db import changes
from core.db.tables import members
from core.domain.merging import Source
from core.domain.personal import Person
from core.domain.staff import Role
from core.domain.stores import Store
from core.services import merging
from core.services.erasing import erase
from core.services.terms import Sealing
from tests.admin.people import Browser, staff_browser
from tests.payloads import a_refund, an_order, body_of, gmt
from tests.shopify_install import Acorn
from tests.statements import asked
from tests.world import NOW, World


def order_of(
    number: int, name: str = "", net: str = "10.00", days: int = 0, *, customer: int = -1, **changes: Any
) -> dict[str, Any]:
    """An order of a customer of this number, placed so many days ago."""
    at = gmt(NOW - timedelta(days=days))
    given, _, family = name.partition(" ")
    billing = {"email": f"shopper{number}@example.com", "first_name": given, "last_name": family}
    dates = {"date_created_gmt": at, "date_modified_gmt": at, "date_paid_gmt": at}
    who: dict[str, Any] = {"customer_id": number if customer < 0 else customer, "billing": billing}
    return an_order(1000 + number, net, **(dates | who | changes))


def told(world: World, store: Store, *orders: dict[str, Any]) -> None:
    """Have all of them settled, in this order."""
    for order in orders:
        world.post(store, body_of(order))
        world.drain(store)


def titles(page: str) -> list[str]:
    """Who is listed, as they are called."""
    heads = re.findall(r'<th scope="row">(.*?)(?:<span|</th>)', page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", head)).strip() for head in heads]


def text_of(page: str) -> str:
    """What the page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def fill(world: World, store: Store) -> Store:
    """Ana has 50, Finn 20, Gus, a guest, 30, Mallory 5 and ordered last."""
    told(
        world,
        store,
        order_of(1, "Ana Lopez", "50.00", days=30),
        order_of(2, "Finn O’Brien", "20.00", days=20),
        order_of(3, "Gus Guest", "30.00", days=10, customer=0),
        order_of(4, "Mallory Cheat", "5.00"),
    )
    return store


@pytest.fixture
def birch(world: World) -> Store:
    """A store of four, in a world of its own."""
    return fill(world, world.connect())


@pytest.fixture
def olive(world: World, birch: Store) -> Browser:
    """Somebody who may look there."""
    return staff_browser(world, Role.VIEWER, birch)


@pytest.fixture(scope="module")
def standing() -> dict[str, tuple[Store, Browser]]:
    """Stores of four that no test changes, by kind of database."""
    return {}


@pytest.fixture
def looking(installation: World, standing: dict[str, tuple[Store, Browser]]) -> tuple[Store, Browser]:
    """Such a store, and somebody who may look there."""
    kind = installation.env.settings.database_url
    if kind not in standing:
        store = fill(installation, installation.birch())
        standing[kind] = store, staff_browser(installation, Role.VIEWER, store, name=store.name)
    return standing[kind]


ANA, FINN, GUS, MALLORY = "Ana Lopez", "Finn O’Brien", "Gus Guest", "Mallory Cheat"


def listed(browser: Browser, store: Store, query: str = "", status: int = 200) -> list[str]:
    """Who is on the page at this address."""
    answer = browser.get(f"/admin/stores/{store.store_id}/members{query}")
    assert answer.status_code == status, answer.text
    return titles(answer.text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [MALLORY, GUS, FINN, ANA]),
        ("?order=up", [ANA, FINN, GUS, MALLORY]),
        ("?sort=points", [ANA, GUS, FINN, MALLORY]),
        ("?sort=points&order=up", [MALLORY, FINN, GUS, ANA]),
        ("?sort=joined", [MALLORY, GUS, FINN, ANA]),
        ("?sort=joined&order=up", [ANA, FINN, GUS, MALLORY]),
        ("?show=guests", [GUS]),
        ("?show=accounts", [MALLORY, FINN, ANA]),
        ("?show=pending", []),
        ("?show=debt", []),
        ("?show=excluded", []),
        ("?idle=15", [FINN, ANA]),
        ("?idle=25&show=accounts", [ANA]),
        ("?q=ana", [ANA]),
        ("?q=LOPEZ+ana", [ANA]),
        ("?q=obrien", [FINN]),
        ("?q=Shopper3@Example.com", [GUS]),
        ("?q=%231002", [FINN]),
        ("?q=1002", [FINN]),
        ("?q=ana&show=guests", []),
        ("?q=nobody", []),
        ("?q=@", []),
    ],
)
def test_members_are_found_sorted_and_filtered(
    looking: tuple[Store, Browser], query: str, expected: list[str]
) -> None:
    store, olive = looking
    assert listed(olive, store, query) == expected


def test_the_page_says_what_a_number_was_taken_for(world: World, birch: Store, olive: Browser) -> None:
    told(world, birch, an_order(1, number="1", customer_id=0, billing={}))
    page = text_of(olive.get(f"/admin/stores/{birch.store_id}/members?q=%231002").text)
    assert "Order 1002 belongs to Finn O’Brien ." in page
    page = text_of(olive.get(f"/admin/stores/{birch.store_id}/members?q=1").text)
    assert "Order 1 is nobody's" in page
    assert "Number 1 is our own for Ana Lopez ." in page
    assert "Number 1 is the store's for Ana Lopez ." in page


def test_each_row_says_what_the_member_has_and_is(world: World, birch: Store, olive: Browser) -> None:
    told(world, birch, order_of(1, ANA, "50.00", days=30, refunds=[a_refund("49.00")], status="processing"))
    page = olive.get(f"/admin/stores/{birch.store_id}/members").text
    assert "4 members." in text_of(page)
    rows = [text_of(row) for row in re.findall(r"<tr>\s*<th scope=.row.*?</tr>", page, re.DOTALL)]
    assert rows[1] == "Gus Guest Guest shopper3@example.com 30 0 0 21 Nov 2026 1 Dec 2026"
    assert rows[2] == "Finn O’Brien shopper2@example.com 20 0 0 11 Nov 2026 1 Dec 2026"


def test_who_was_merged_is_left_out_and_who_was_forgotten_is_shown_as_such(
    world: World, birch: Store, olive: Browser
) -> None:
    with world.database.write(birch.store_id) as db:
        merging.merge(db, birch, 2, 1, Source.OPERATOR, world.now)
        erase(db, birch, Person("4", None), world.now, Sealing(world.env.secrets))
    assert listed(olive, birch) == ["Forgotten member 4", GUS, ANA]
    assert listed(olive, birch, "?q=obrien") == [ANA]
    assert "Forgotten" in olive.get(f"/admin/stores/{birch.store_id}/members").text


def test_going_on_and_back_shows_everybody_once_in_order(world: World) -> None:
    store = world.connect()
    for number in range(1, 31):
        world.post(store, body_of(order_of(number, f"Shopper {number}", f"{number % 4}.00", days=number % 5)))
    world.drain(store)
    with world.database.write(store.store_id) as db:
        db.execute(members.update().where(members.c.id % 6 == 0).values(last_activity_at=None))
    olive = staff_browser(world, Role.VIEWER, store)
    for sort in ("sort=points", "sort=points&order=up", "sort=activity", "order=up", "sort=joined"):
        address = f"/admin/stores/{store.store_id}/members?per_page=7&{sort}"
        whole = titles(olive.get(address.replace("per_page=7", "per_page=100")).text)
        assert len(set(whole)) == 30
        page, forth, pages = "", [], []
        while address:
            page = olive.get(address).text
            forth += titles(page)
            pages.append(titles(page))
            address = link(page, "next")
        assert forth == whole
        assert [len(one) for one in pages] == [7, 7, 7, 7, 2]
        back = [pages[-1]]
        while address := link(page, "prev"):
            page = olive.get(address).text
            back.append(titles(page))
        assert back[::-1][0] == pages[0]
        assert back == pages[::-1]


def link(page: str, rel: str) -> str:
    """Where a page leads on to; empty: nowhere."""
    found = re.search(rf'<a href="([^"]+)" rel="{rel}"', page)
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?page=-1", 422),
        ("?page=1", 422),
        ("?page=bi4xMjAuNw%3D%3D", 422),
        (f"?page={'A' * 5000}", 422),
        ("?page=bi4tLjc&sort=points", 422),
        ("?per_page=1000000", 200),
        ("?per_page=0", 422),
        ("?per_page=-1", 422),
        ("?per_page=ten", 422),
        (f"?per_page={'9' * 100}", 422),
        ("?sort=id;drop", 422),
        ("?sort=id;drop&order=sideways&show=secrets", 422),
        ("?order=1+OR+1", 422),
        (f"?q={'%25' * 1000}", 200),
        (f"?q={quote('_' + chr(0xD7FF))}", 200),
        (f"?q={quote(chr(0))}", 400),
        (f"?q={'9' * 19}", 200),
        (f"?q={'9' * 400}", 200),
        ("?q=%F0%9F%98%80", 200),
        ("?q=%FF%FE", 200),
        ("?idle=0", 422),
        ("?idle=1000000000", 422),
        ("?idle=-5", 422),
        ("?idle=1,5", 422),
        ("?nonsense=1&q[]=a", 200),
    ],
)
def test_b77_whatever_an_address_asks_for_the_list_stays_sound(
    looking: tuple[Store, Browser], query: str, status: int
) -> None:
    store, olive = looking
    answer = olive.get(f"/admin/stores/{store.store_id}/members{query}")
    assert answer.status_code == status
    if status == 422:
        assert len(titles(answer.text)) == 4
        assert 'class="err"' in answer.text
    assert len(listed(olive, store)) == 4


def test_no_more_than_a_hundred_are_on_a_page(world: World) -> None:
    store = world.connect()
    for number in range(1, 104):
        world.post(store, body_of(order_of(number)))
    world.drain(store)
    olive = staff_browser(world, Role.VIEWER, store)
    assert len(listed(olive, store, "?per_page=1000000")) == 100
    assert len(listed(olive, store)) == 50


def test_a_page_asks_as_much_for_sixty_rows_as_for_three(world: World) -> None:
    few, many = world.connect(), world.connect("Cedar")
    for store, count in ((few, 3), (many, 60)):
        for number in range(1, count + 1):
            world.post(store, body_of(order_of(number, f"Ana {number}x")))
        world.drain(store)
    olive = staff_browser(world, Role.VIEWER, few, many)
    for query in (
        "",
        "?sort=points&per_page=100",
        "?q=ana&per_page=100",
        "?q=1001",
        "?show=accounts&order=up",
    ):
        counts = []
        for store in (few, many):
            with asked() as statements:
                assert olive.get(f"/admin/stores/{store.store_id}/members{query}").status_code == 200
            counts.append(len(statements))
        assert counts[0] == counts[1] <= 20, query


def test_where_nobody_is_the_page_says_what_will_stand_there(world: World) -> None:
    store = world.connect()
    olive = staff_browser(world, Role.VIEWER, store)
    address = f"/admin/stores/{store.store_id}/members"
    assert "Nobody is a member yet" in olive.get(address).text
    assert "Nobody is found for “" in olive.get(f"{address}?q=ana").text
    assert "part of one finds nobody" in olive.get(f"{address}?q=ana@").text
    assert "No member is like that" in olive.get(f"{address}?show=debt").text
    assert "The list ends before this page" in olive.get(f"{address}?page=bi4xMjAuNw").text


def test_what_people_typed_is_shown_and_never_run(world: World) -> None:
    store = world.connect()
    told(world, store, order_of(1, "<script>alert(1)</script> {{7*7}}"))
    olive = staff_browser(world, Role.VIEWER, store)
    page = olive.get(f"/admin/stores/{store.store_id}/members?q=1001").text
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    page = olive.get(f"/admin/stores/{store.store_id}/members?q=%22%3E%3Cscript%3Ealert(1)").text
    assert "<script>alert" not in page


def test_a_store_shows_nobody_of_another(world: World, birch: Store) -> None:
    cedar = world.connect("Cedar")
    told(world, cedar, order_of(9, "Nina Neighbour"))
    olive = staff_browser(world, Role.VIEWER, birch)
    assert "Nina Neighbour" not in listed(olive, birch)
    for query in ("?q=nina", "?q=shopper9@example.com", "?q=1009", "?q=9"):
        assert listed(olive, birch, query) == []
    assert olive.get(f"/admin/stores/{cedar.store_id}/members").status_code == 404


def test_within_shopifys_admin_the_list_is_the_same_page(installed: Acorn) -> None:
    proof = {"Authorization": f"Bearer {installed.id_token()}", "HX-Request": "true"}
    page = installed.world.client.get("/shopify/members", headers=proof)
    assert page.status_code == 200
    assert "Nobody is a member yet" in page.text


# -- excluding


def test_somebody_is_excluded_once_one_has_read_what_it_does_and_taken_in_again(
    world: World, birch: Store
) -> None:
    max_ = staff_browser(world, Role.MANAGER, birch, name="Max")
    address = f"/admin/stores/{birch.store_id}/members/4"
    page = max_.get(f"{address}/exclude").text
    assert "Exclude Mallory Cheat?" in page
    assert "5 points stay as they are" in page
    for _ in range(2):
        answer = max_.send(f"{address}/exclude", why="orders and returns all day")
        assert (answer.status_code, answer.headers["Location"]) == (303, address)
    assert listed(max_, birch, "?show=excluded") == [MALLORY]
    assert 'class="chip bad">Excluded' in max_.get(f"/admin/stores/{birch.store_id}/members").text
    assert "Why: orders and returns all day" in max_.get(address).text
    world.wait(minutes=1)
    assert "Take Mallory Cheat in again?" in max_.get(f"{address}/include").text
    assert max_.send(f"{address}/include").status_code == 303
    assert listed(max_, birch, "?show=excluded") == []
    with world.database.read(birch.store_id) as db:
        noted = changes.newest(db, birch.store_id, 10)
    assert [(one.who, one.action, one.subject) for one in noted] == [
        ("Max", "member.included", "member 4"),
        ("Max", "member.excluded", "member 4"),
    ]
    assert "orders and returns" not in noted[1].after


def test_excluding_is_refused_in_words_and_changes_nothing(world: World, birch: Store) -> None:
    max_ = staff_browser(world, Role.MANAGER, birch)
    address = f"/admin/stores/{birch.store_id}/members"
    with world.database.write(birch.store_id) as db:
        merging.merge(db, birch, 2, 1, Source.OPERATOR, world.now)
    answer = max_.send(f"{address}/2/exclude")
    assert answer.status_code == 422
    assert "was merged into member 1" in answer.text
    answer = max_.send(f"{address}/4/exclude", why="x" * 201)
    assert answer.status_code == 422
    assert "at most 200 characters" in answer.text
    assert max_.get(f"{address}/99/exclude").status_code == 404
    assert max_.send(f"{address}/99/exclude").status_code == 404
    assert max_.client.post(f"{address}/4/exclude").status_code == 403
    assert listed(max_, birch, "?show=excluded") == []


def test_a_member_of_another_store_is_not_there_to_be_excluded(world: World, birch: Store) -> None:
    cedar = world.connect("Cedar")
    told(world, cedar, order_of(9, "Nina Neighbour"))
    max_ = staff_browser(world, Role.OWNER, birch)
    with world.database.read(cedar.store_id) as db:
        nina = db.execute(select(members.c.id).where(members.c.store_id == cedar.store_id)).scalar_one()
    assert max_.send(f"/admin/stores/{birch.store_id}/members/{nina}/exclude").status_code == 404
    with world.database.read(cedar.store_id) as db:
        assert db.execute(select(members.c.excluded_at).where(members.c.id == nina)).scalar_one() is None
