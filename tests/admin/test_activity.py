"""Activity: every delivery and every entry is found, explained, and read again where that helps."""

from __future__ import annotations

import json
import re

import pytest

from core.db import bodies, inbox
from core.db.inbox import State
from core.domain.staff import Role
from core.domain.stores import Store
from tests.admin.merchant import in_words
from tests.admin.people import Browser, operator_browser, staff_browser
from tests.payloads import a_line, a_refund, an_order, body_of
from tests.shopify_install import Acorn
from tests.statements import count_of
from tests.world import World


def at(store: Store, path: str = "") -> str:
    return f"/admin/stores/{store.store_id}/activity{path}"


def rows(browser: Browser, path: str) -> list[list[str]]:
    """The cells of the page's first table."""
    page = browser.get(path)
    assert page.status_code == 200, path
    _head, _start, body = page.text.partition("<tbody>")
    listed = body.partition("</tbody>")[0].split("</tr>")[:-1]
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in listed
    ]


def abouts(browser: Browser, path: str) -> list[str]:
    return [row[1] for row in rows(browser, path)]


def newest_id(world: World, store: Store, state: State) -> int:
    with world.database.read(store.store_id) as db:
        return int(inbox.listed(db, store.store_id, state)[0].id)


def refunded_order(world: World, store: Store) -> None:
    """Ana buys for 49.95; a week later 16.65 goes back."""
    lines = [a_line("33.30", 1, sku="OAK"), a_line("16.65", 2, sku="FELT")]
    world.tell(store, an_order(1042, line_items=lines))
    world.wait(days=7)
    world.tell(store, an_order(1042, minute=5, line_items=lines, refunds=[a_refund("16.65")]))


# -- the list of deliveries


def test_deliveries_are_listed_with_what_became_of_them_and_the_points_they_moved(world: World) -> None:
    birch = world.connect()
    refunded_order(world, birch)
    world.wait(seconds=1)
    world.tell(birch, an_order(1042, minute=1))
    world.tell(birch, an_order(1043, currency="?"))
    world.post(birch, body_of(an_order(1044)))
    found = [row[1:] for row in rows(operator_browser(world), at(birch))]
    assert found == [
        ["Delivery 5", "order.updated", "Waiting", "…"],
        ["Delivery 4", "order.updated", "Could not be read", "0"],
        ["Order 1042", "order.updated", "Counted", "0"],
        ["Order 1042", "order.updated", "Being fetched", "−16"],
        ["Order 1042", "order.updated", "Counted", "+49"],
    ]


def test_of_deliveries_settled_together_the_newest_has_the_points_on_whatever_page(world: World) -> None:
    birch = world.connect()
    for minute in range(60):
        world.post(birch, body_of(an_order(1042, minute=minute)))
    world.drain(birch)
    browser = operator_browser(world)
    first = rows(browser, at(birch))
    assert [row[4] for row in first] == ["+49", *["0"] * 49]
    older = rows(browser, at(birch, "?below=11"))
    assert [row[4] for row in older] == ["0"] * 10


@pytest.mark.parametrize("words", ["1042", "#1042", " 1042 "])
def test_an_order_is_found_by_its_number_and_by_nothing_else(world: World, words: str) -> None:
    birch, acorn = world.connect("Birch"), world.connect("Acorn")
    for store in (birch, acorn):
        world.tell(store, an_order(77, number="1042"))
        world.tell(store, an_order(78, number="10420"))
    browser = operator_browser(world)
    path = at(birch, f"?q={words.replace('#', '%23')}")
    assert abouts(browser, path) == ["Order 1042"]
    assert abouts(browser, at(birch, "?q=77")) == ["Order 1042"], "by the platform's id"
    entries = in_words(browser.get(at(birch, f"/entries?q={words.replace('#', '%23')}")))
    assert "Order 1042" in entries
    assert "10420" not in entries


def test_a_delivery_is_found_by_our_number_and_by_the_platforms(world: World) -> None:
    birch = world.connect()
    world.post(birch, body_of(an_order(1042)), headers={"X-WC-Webhook-Delivery-ID": "abc-def"})
    world.post(birch, body_of(an_order(1043)))
    world.drain(birch)
    browser = operator_browser(world)
    assert abouts(browser, at(birch, "?q=abc-def")) == ["Order 1042"]
    assert abouts(browser, at(birch, "?q=2")) == ["Order 1043"]
    assert "Nothing was found for “&lt;b&gt;”" in browser.get(at(birch, "?q=<b>")).text


def test_each_state_is_listed_by_itself(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1))
    world.tell(birch, an_order(2, currency="USD"))
    world.tell(birch, an_order(3, currency="?"))
    world.tell(birch, an_order(4, refunds=[a_refund("1.00")]))
    world.post(birch, body_of({"ping": 1}), "action.woocommerce_something")
    world.drain(birch)
    world.post(birch, body_of(an_order(6)))
    browser = operator_browser(world)
    results = {
        state: [row[3] for row in rows(browser, at(birch, f"?state={state}"))]
        for state in ("new", "done", "ignored", "held", "needs_fetch", "dead")
    }
    assert results == {
        "new": ["Waiting"],
        "done": ["Counted"],
        "ignored": ["Nothing for us"],
        "held": ["Held"],
        "needs_fetch": ["Being fetched"],
        "dead": ["Could not be read"],
    }
    assert "No delivery is in this state now" in browser.get(at(birch, "?state=quarantined")).text
    assert browser.get(at(birch, "?state=made-up&below=x")).status_code == 200


def test_pages_follow_each_other_without_a_gap_or_a_double(world: World) -> None:
    birch = world.connect()
    for number in range(120):
        world.post(birch, body_of(an_order(1000 + number)))
    world.drain(birch)
    browser, listed, entries = operator_browser(world), [], []
    path = at(birch)
    while path:
        listed += abouts(browser, path)
        found = re.search(r'href="([^"]+)">Older deliveries', browser.get(path).text)
        path = found[1].replace("&amp;", "&") if found else ""
    assert listed == [f"Order {number}" for number in range(1119, 999, -1)]
    path = at(birch, "/entries")
    while path:
        page = browser.get(path).text
        entries += re.findall(r'data-key="(\d+)"', page)
        found = re.search(r'href="([^"]+)">Older entries', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(entries) == len(set(entries)) == 120


# -- entries


def test_entries_are_listed_by_kind_and_member_with_their_sentence(world: World) -> None:
    birch = world.connect()
    refunded_order(world, birch)
    world.tell(birch, an_order(1043, "10.00", customer_id=8, billing={"email": "finn@example.com"}))
    browser = operator_browser(world)
    page = in_words(browser.get(at(birch, "/entries")))
    assert "49.95 net × 1, rounded down = 49" in page
    assert "33.30 net is left × 1 = 33; 49 were posted so far, so 16 go" in page
    revoked = in_words(browser.get(at(birch, "/entries?kind=revoke")))
    assert "−16" in revoked
    assert "+49" not in revoked
    of_finn = in_words(browser.get(at(birch, "/entries?member=2")))
    assert "+10" in of_finn
    assert "+49" not in of_finn
    assert "No such entry" in browser.get(at(birch, "/entries?kind=expire")).text


# -- one delivery, one order


def test_a_deliverys_page_says_what_it_changed_and_why(world: World) -> None:
    birch = world.connect()
    refunded_order(world, birch)
    page = in_words(operator_browser(world).get(at(birch, "/deliveries/2")))
    assert "Order 1042: processing" in page
    assert "It took 16 points back." in page
    assert "33.30 net is left × 1 = 33; 49 were posted so far, so 16 go −16" in page
    assert (
        "Goods that count, net 49.95 Refunded of it −16.65 Still counts 33.30 × 1, rounded down 33 "
        "Booked before 49 Booked now −16"
    ) in page
    assert "OAK 1 33.30 0.00 FELT 1 16.65 0.00 Sum 2 49.95 0.00" in page
    assert "ana@example.com" in page
    assert "What only the store can tell: the lines of its refunds" in page


def test_a_delivery_that_said_nothing_new_says_so(world: World) -> None:
    birch = world.connect()
    for minute in (0, 9, 3):
        world.tell(birch, an_order(1042, minute=minute))
        world.wait(seconds=1)
    browser = operator_browser(world)
    assert "the order was worth 49 points already" in in_words(browser.get(at(birch, "/deliveries/2")))
    assert "a newer state of the order is counted" in in_words(browser.get(at(birch, "/deliveries/3")))


def test_what_differs_from_the_delivery_before_is_marked(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1042))
    world.tell(birch, an_order(1042, minute=9, status="completed"))
    page = operator_browser(world).get(at(birch, "/deliveries/2")).text
    marked = re.findall(r"<mark>(.*?)</mark>", page)
    assert len(marked) == 2
    assert any("completed" in line for line in marked)


def test_numbers_of_a_body_are_shown_with_the_digits_they_came_with(world: World) -> None:
    birch = world.connect()
    body = body_of(an_order(1042)).replace(b'"total": "49.95"', b'"total": 49.9500')
    assert world.post(birch, body) == 200
    world.post(birch, b"no json at all <script>")
    browser = operator_browser(world)
    assert "&#34;total&#34;: 49.9500" in browser.get(at(birch, "/deliveries/1")).text
    assert "no json at all &lt;script&gt;" in browser.get(at(birch, "/deliveries/2")).text


def test_a_body_that_is_no_longer_kept_leaves_the_snapshot_and_the_reasons(world: World) -> None:
    birch = world.connect()
    refunded_order(world, birch)
    with world.database.write(birch.store_id) as db:
        bodies.drop(db, birch.store_id, [1, 2])
    page = in_words(operator_browser(world).get(at(birch, "/deliveries/1")))
    assert "line_items" not in page
    assert "The body is no longer kept" in page
    assert "Booked before 0 Booked now +49" in page
    assert "OAK 1 33.30" in page


def test_a_body_is_for_those_who_help_members_and_not_for_those_who_only_look(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1042, billing={"email": "ana@example.com", "phone": "030 1234567"}))
    path = at(birch, "/deliveries/1")
    page = staff_browser(world, Role.VIEWER, birch, name="Vera").get(path).text
    assert "030 1234567" not in page
    assert "takes the role Support" in page
    world.tell(birch, an_order(1043, currency="ana@example.com"))
    assert (
        "ana@example.com"
        not in staff_browser(world, Role.VIEWER, birch, name="Vic")
        .get(at(birch, f"/deliveries/{newest_id(world, birch, State.DEAD)}"))
        .text
    ), "what went wrong may quote people"
    assert "Read it again" not in page
    assert "030 1234567" in staff_browser(world, Role.SUPPORT, birch, name="Sam").get(path).text


def test_an_orders_page_tells_its_whole_story(world: World) -> None:
    birch = world.connect()
    refunded_order(world, birch)
    page = in_words(operator_browser(world).get(at(birch, "/orders/1042")))
    assert "33 points. 49.95 net × 1, rounded down = 49; 16.65 refunded, 16 revoked" in page
    assert "Booked 33" in page
    assert "16.65 EUR given back by then." in page
    assert page.count("order.updated") == 2
    world.tell(birch, an_order(1042, minute=20, status="trash"), "order.deleted")
    assert operator_browser(world).get(at(birch, "/orders/1042")).status_code == 200


def test_what_is_not_there_and_what_is_another_stores_is_not_found(world: World) -> None:
    birch, acorn = world.connect("Birch"), world.connect("Acorn")
    world.tell(acorn, an_order(1042))
    browser = operator_browser(world)
    for path in ("/deliveries/1", "/deliveries/99", f"/deliveries/{10**30}", "/orders/1042", "/orders/x"):
        assert browser.get(at(birch, path)).status_code == 404, path
    for path in ("/deliveries/1/read-again", "/deliveries/1/close"):
        assert browser.send(at(birch, path)).status_code == 404, path
    assert "Order 1042" not in browser.get(at(birch)).text
    assert "Order 1042" not in browser.get(at(birch, "/entries")).text
    assert world.inbox(acorn) == {"done": 1}


# -- within Shopify's admin, and how often the database is asked


def test_within_shopifys_admin_links_stay_there(installed: Acorn) -> None:
    order = installed.order()
    installed.send()
    installed.work()
    client, proof = installed.world.client, {"Authorization": f"Bearer {installed.id_token()}"}
    for path in ("", "/entries", "/history", "/deliveries/1"):
        page = client.get(f"/shopify/activity{path}", headers=proof)
        assert page.status_code == 200, path
        assert "/admin/" not in page.text.split("<main")[1], path
    assert str(order) in client.get("/shopify/activity", headers=proof).text
    sent = client.post("/shopify/activity/deliveries/1/read-again", headers=proof)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/shopify/activity/deliveries/1?done=again")


def test_pages_ask_the_database_as_often_however_much_there_is(world: World) -> None:
    birch = world.connect()
    browser = operator_browser(world)
    refunded_order(world, birch)
    paths = [
        at(birch, path) for path in ("", "/entries", "/history", "/deliveries/2", "/orders/1042", "?q=1042")
    ]
    few = [count_of(lambda path=path: browser.get(path)) for path in paths]  # type: ignore[misc]
    for number in range(60):
        world.post(birch, json.dumps(an_order(2000 + number)).encode())
        world.post(
            birch, json.dumps(an_order(1042, minute=10 + number, refunds=[a_refund("16.65")])).encode()
        )
    world.drain(birch)
    many = [count_of(lambda path=path: browser.get(path)) for path in paths]  # type: ignore[misc]
    assert many == few
