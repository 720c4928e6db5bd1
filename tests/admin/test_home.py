"""A store's first page and the list of stores: what needs somebody, what today brought, how setting up is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from admin.charts import HIGH, TOP, bar_chart
from core.db import changes, effects, inbox, members, redemptions, stores
from core.db.inbox import State
from core.domain.staff import Role
from core.domain.stores import Store, StoreState
from core.jobs.bell import DRAIN, EFFECTS
from core.jobs.days import add_up_days
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.admin.merchant import in_words
from tests.admin.people import Browser, operator_browser, staff_browser
from tests.payloads import a_refund, an_order, gmt
from tests.shopify_install import Acorn
from tests.statements import count_of
from tests.world import World

REWARDING = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}],
        "pending_days": 0,
        "rewards": [{"id": "one", "kind": "amount_off", "cost_points": 20, "amount_minor": 500}],
    }
)


def of(store: Store, path: str = "") -> str:
    return f"/admin/stores/{store.store_id}{path}"


def buy(world: World, store: Store, order_id: int, net: str = "49.95", **changes_: Any) -> None:
    """An order of this moment is told and counted."""
    at = gmt(world.now)
    dates = {"date_created_gmt": at, "date_paid_gmt": at, "date_modified_gmt": at}
    world.tell(store, an_order(order_id, net, **(dates | changes_)))


def unreadable(world: World, store: Store, order_id: int) -> None:
    world.tell(store, an_order(order_id, currency="?"))


def words_of(browser: Browser, path: str) -> str:
    return in_words(browser.get(path))


# -- what needs somebody


def test_a_store_in_which_all_is_well_says_so(world: World) -> None:
    birch = world.connect()
    buy(world, birch, 1)
    page = words_of(operator_browser(world), of(birch))
    assert "Nothing needs you." in page
    assert "Everything that arrived is counted." in page


def test_deliveries_that_could_not_be_read_are_told_and_read_again_by_one_button(world: World) -> None:
    birch, acorn = world.connect("Birch"), world.connect("Acorn")
    for store in (birch, acorn):
        unreadable(world, store, 1)
        unreadable(world, store, 2)
    olive = staff_browser(world, Role.SUPPORT, birch)
    assert "2 deliveries could not be read" in words_of(olive, of(birch))

    world.bells.rung.clear()
    assert olive.send(of(birch, "/activity/read-dead-again")).status_code == 303
    assert world.bells.rung == [(DRAIN, birch.store_id)]
    assert (world.inbox(birch), world.inbox(acorn)) == ({"new": 2}, {"dead": 2})
    with world.database.read(birch.store_id) as db:
        noted = changes.newest(db, birch.store_id, 10)
    assert [(row.who, row.action, row.after) for row in noted] == [
        ("Olive", "delivery.all_read_again", '{"deliveries": 2}')
    ]


def test_a_viewer_sees_what_is_wrong_and_no_button_that_would_be_refused(world: World) -> None:
    birch = world.connect()
    unreadable(world, birch, 1)
    page = staff_browser(world, Role.VIEWER, birch).get(of(birch)).text
    assert "1 delivery could not be read" in page
    assert "Look at it" in page
    assert "Read it again" not in page
    assert "Disconnect" not in page


def test_calls_that_were_set_aside_are_tried_again_by_a_button(world: World) -> None:
    birch = world.connect()
    with world.database.write(birch.store_id) as db:
        effects.ask(db, birch.store_id, effects.FETCH_ORDER, ["1", "2"], world.now)
        effects.park(db, birch.store_id, effects.FETCH_ORDER, "The keys may only read.", world.now)
    olive = staff_browser(world, Role.SUPPORT, birch)
    page = words_of(olive, of(birch))
    assert "2 calls to the store are set aside" in page
    assert "The keys may only read." in page
    assert olive.send(of(birch, "/activity/call-again")).status_code == 303
    assert (EFFECTS, birch.store_id) in world.bells.rung
    assert "set aside" not in words_of(olive, of(birch))


def test_what_waits_is_counted_and_told_when_it_waits_long(world: World) -> None:
    birch = world.connect()
    world.post(birch, b"{}", "order.updated")
    world.wait(minutes=2)
    page = words_of(operator_browser(world), of(birch))
    assert "Waiting to be counted: 1; the oldest arrived 2 minutes ago." in page
    assert "Nothing needs you." in page
    world.wait(minutes=4)
    assert "Deliveries wait to be counted" in words_of(operator_browser(world), of(birch))


def test_notices_and_orders_without_a_rate_are_told_in_words(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1, currency="USD"))
    world.tell(birch, an_order(2, status="packing", date_paid_gmt=None))
    page = words_of(operator_browser(world), of(birch))
    assert "1 order waits for a rate" in page
    assert "A status of orders says nothing to us" in page
    assert "“packing” change no points" in page


# -- today, usual days, weeks


def test_today_is_told_by_the_stores_clock_and_beside_what_is_usual(world: World) -> None:
    birch = world.connect()
    for week in range(4):
        buy(world, birch, week + 1, "10.00")
        world.wait(days=7)
    buy(world, birch, 10, "20.00")
    world.tell(birch, an_order(10, "20.00", minute=60 * 24 * 60, refunds=[a_refund("5.00")]))
    page = words_of(operator_browser(world), of(birch))
    assert "Orders counted 1 1 on a usual Tuesday" in page
    assert "Points earned 20 10 on a usual Tuesday" in page
    world.wait(hours=11)
    add_up_days(world.env, birch.store_id)
    assert "Orders counted 0" in words_of(operator_browser(world), of(birch)), "it is past midnight in Berlin"


def test_points_spent_and_codes_used_today_are_told_with_the_money(world: World) -> None:
    birch = world.connect(program=REWARDING, is_offline=False)
    buy(world, birch, 1)
    with world.database.write(birch.store_id) as db:
        ana = members.by_customer_ref(db, birch.store_id, "7")
        assert ana is not None
        making = Making(PLATFORM, Sealing(world.env.secrets), world.env.token())
        made = redeem(db, load_terms(db, birch), Wish(ana.id, "one", None, "k"), making, world.now)
        redemptions.change(db, birch.store_id, made.id, state="live")
    page = words_of(operator_browser(world), of(birch))
    assert "Points spent 20 1 code asked for" in page
    assert "Codes used 0" in page

    line = an_order()["line_items"][0] | {"subtotal": "49.95", "total": "44.95"}
    coupon = [{"id": 1, "code": made.code, "discount": "5.00", "discount_tax": "0.00"}]
    buy(world, birch, 2, "44.95", line_items=[line], coupon_lines=coupon)
    page = words_of(operator_browser(world), of(birch))
    assert "Codes used 1 5.00 EUR off the goods of orders of 44.95" in page


def test_weeks_are_drawn_with_a_table_beside_them(world: World) -> None:
    birch = world.connect(program=REWARDING)
    buy(world, birch, 1, "150.00")
    world.wait(days=7)
    buy(world, birch, 2, "50.00")
    page = operator_browser(world).get(of(birch))
    assert "W49 150 0 W50 so far 50 0" in in_words(page)
    assert page.text.count('<rect class="c1"') == 2
    assert " style=" not in page.text


@pytest.mark.parametrize(("highest", "top"), [(0, 2), (1, 2), (7, 10), (3902, 5000), (12_345, 20_000)])
def test_a_chart_ends_at_a_round_number_and_no_bar_stands_out(highest: int, top: int) -> None:
    chart = bar_chart([("W1", (highest, highest // 2)), ("W2", (0, 0))])
    bars = [bar for group in chart.groups for bar in group.bars]
    assert bars[0].high == pytest.approx(HIGH * highest / top, abs=0.1)
    assert all(TOP <= bar.y <= TOP + HIGH and bar.y + bar.high <= TOP + HIGH + 0.1 for bar in bars)
    assert all(bar.x >= 0 and bar.x + bar.wide <= 100 for bar in bars)


# -- setting up


def test_setting_up_says_what_is_really_so(world: World) -> None:
    birch = world.connect(program=None)
    operator = operator_browser(world)
    page = words_of(operator, of(birch))
    assert "1 of 5 done" in page
    assert "No message from the store yet" in page
    assert "The program is the one every store starts with" in page
    assert "There is no reward yet" in page
    assert "No order has been counted yet" in page

    world.apply(birch, REWARDING)
    buy(world, birch, 1042)
    page = words_of(operator, of(birch))
    assert "5 of 5 done" in page
    assert "Version 2, since 1 December 2026." in page
    assert "1 reward can be had for points." in page
    assert "Order 1042 was the last one: +49 points" in page


def test_within_shopifys_admin_the_same_page_says_the_same(installed: Acorn) -> None:
    installed.order()
    installed.send()
    installed.work()
    page = in_words(installed.visit())
    assert "Needs you" in page
    assert "Points earned" in page
    assert "/admin/stores" not in installed.visit().text.split("<main")[1]


# -- the list of stores


def test_stores_that_need_somebody_come_first_and_others_by_name(world: World) -> None:
    for name in ("Dune", "Cedar", "Birch", "Acorn"):
        world.connect(name)
    with world.database.write_all() as db:
        cedar = stores.store_by_name(db, "Cedar")
        dune = stores.store_by_name(db, "Dune")
        assert cedar is not None
        assert dune is not None
        stores.raise_notice(db, cedar.store_id, "noticed", "", "Something about Cedar.", world.now)
        stores.set_state(db, dune.store_id, StoreState.NEEDS_REAUTH)
    unreadable(world, dune, 1)
    page = words_of(operator_browser(world), "/admin")
    assert "4 stores. 2 stores need you." in page
    assert "Something about Cedar." in page
    assert "1 delivery could not be read." in page
    listed = operator_browser(world).get("/admin").text.split("<main")[1]
    places = [listed.index(f">{name}</a>") for name in ("Cedar", "Dune", "Acorn", "Birch")]
    assert places == sorted(places)


def test_five_hundred_stores_are_paged_and_searched_each_once(sqlite_world: World) -> None:
    world = sqlite_world
    names = [f"Store {number:03}" for number in range(60)]
    for name in names:
        world.connect(name, program=None)
    browser, path, found = operator_browser(world), "/admin", []
    while path:
        page = browser.get(path).text
        found += [name for name in names if f">{name}</a>" in page.split("<main")[1]]
        path = (
            page.split('<a role="button" class="quiet" href="')[1].split('"')[0].replace("&amp;", "&")
            if ("More stores" in page)
            else ""
        )
    assert found == names
    assert "Store 042" in words_of(browser, "/admin?q=store+042")
    assert "1 store" not in words_of(browser, "/admin?q=100%25")
    assert "No store is called “100%”" in words_of(browser, "/admin?q=100%25")


def test_staff_see_and_find_their_own_stores_only(world: World) -> None:
    birch, acorn = world.connect("Birch"), world.connect("Acorn")
    buy(world, acorn, 1)
    unreadable(world, acorn, 2)
    olive = staff_browser(world, Role.OWNER, birch)
    page = words_of(olive, "/admin")
    assert "One store." in page
    assert "Acorn" not in page
    assert "could not be read" not in page
    assert "Acorn" not in words_of(olive, "/admin?q=Acorn").replace("“Acorn”", "")


# -- the number of questions to the database


def test_home_and_the_list_ask_the_database_as_often_however_much_there_is(world: World) -> None:
    birch = world.connect(program=REWARDING)
    browser = operator_browser(world)
    for number in range(3):
        buy(world, birch, number + 1)
    paths = (of(birch), "/admin")
    few = [count_of(lambda path=path: browser.get(path)) for path in paths]  # type: ignore[misc]
    for number in range(60):
        at = gmt(world.now)
        order = an_order(number + 100, date_created_gmt=at, date_paid_gmt=at, date_modified_gmt=at)
        world.post(birch, json.dumps(order).encode())
    world.drain(birch)
    for number in range(20):
        world.connect(f"Cedar {number}", program=None)
        unreadable(world, birch, 1000 + number)
    with world.database.write(birch.store_id) as db:
        for number in range(30):
            stores.raise_notice(db, birch.store_id, "noticed", str(number), "Something.", world.now)
        assert inbox.open_counts(db, birch.store_id, 7)[State.DEAD] == 7
    world.wait(seconds=1)
    many = [count_of(lambda path=path: browser.get(path)) for path in paths]  # type: ignore[misc]
    assert many == few
