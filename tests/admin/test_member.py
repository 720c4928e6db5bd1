"""One member's page: what they have, when it can be spent, when it ends, and every entry with its sum."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import update

from core.db.tables import members
from core.domain.merging import Source
from core.domain.staff import Role
from core.domain.stores import Store
from core.services.merging import merge
from tests.adjusting import adjusted, member_id, undone
from tests.admin.people import Browser, staff_browser
from tests.payloads import a_refund, an_order, body_of, gmt
from tests.redemptions import REWARDING, redeemed
from tests.shopify_install import Acorn
from tests.spending import spend
from tests.statements import asked
from tests.world import SMALLEST_PROGRAM, World

YEARLY = SMALLEST_PROGRAM[:-1] + ', "expiry": {"kind": "fixed", "days": 365}}'


def in_words(html: str) -> str:
    """The page as it is read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def at(store: Store, member: int, more: str = "") -> str:
    return f"/admin/stores/{store.store_id}/members/{member}{more}"


def opened(world: World, store: Store, role: Role = Role.OWNER, name: str = "Olive") -> tuple[Browser, str]:
    """Somebody who works there, and where Ana's page is."""
    return staff_browser(world, role, store, name=name), at(store, member_id(world, store))


def bought(world: World, number: int, net: str) -> dict[str, Any]:
    """Ana buys, now."""
    now = gmt(world.now)
    dates = {"date_created_gmt": now, "date_modified_gmt": now, "date_paid_gmt": now}
    return an_order(number, net) | dates


def buy(world: World, store: Store, number: int, net: str = "10.00") -> None:
    """The same, told and settled."""
    world.tell(store, bought(world, number, net))


def test_every_entry_stands_with_its_sentence_and_the_balance_then(world: World) -> None:
    store = world.connect(program=YEARLY)
    world.tell(store, an_order())
    world.tell(store, an_order(minute=1, refunds=[a_refund("16.65")]))
    adjusted(world, store, 25)
    olive, path = opened(world, store, Role.VIEWER)
    html = olive.get(path).text
    page = in_words(html)
    assert "ana@example.com" in page
    assert "“Sorry for the late parcel” Staff note: Carrier held it +25 balance 58" in page
    assert "33.30 net is left × 1 = 33; 49 were posted so far, so 16 go −16 balance 33" in page
    assert "49.95 net × 1, rounded down = 49 +49 balance 49" in page
    assert "58 + 0 pending = 58" in page
    assert "Part returned" in page
    assert "adjusted by hand" in page
    assert html.count("<meter") == 2


def test_what_is_pending_stands_with_its_day_and_what_ends_with_its_last_day(world: World) -> None:
    program = YEARLY.replace('"pending_days": 0', '"pending_days": 14')
    store = world.connect(program=program)
    buy(world, store, 1, "32.50")
    world.wait(days=3)
    buy(world, store, 2, "49.95")
    olive, path = opened(world, store)
    page = in_words(olive.get(path).text)
    assert "32 on 15 Dec 2026" in page
    assert "49 on 18 Dec 2026" in page
    assert "Order 2 Until 18 Dec 2026" in page
    world.wait(days=12)
    world.mature(store)
    otto, path = opened(world, store, name="Otto")
    page = in_words(otto.get(path).text)
    assert "Ends next 32 on 15 Dec 2027, in 364 days" in page


def test_rolling_lots_end_from_the_last_activity(sqlite_world: World) -> None:
    store = sqlite_world.connect(
        program=SMALLEST_PROGRAM[:-1] + ', "expiry": {"kind": "rolling", "days": 30}}'
    )
    buy(sqlite_world, store, 1, "32.50")
    olive, path = opened(sqlite_world, store)
    assert "on 31 Dec 2026, in 30 days" in in_words(olive.get(path).text)


def test_points_are_told_in_money_by_the_best_reward(sqlite_world: World) -> None:
    store = sqlite_world.connect(program=REWARDING)
    world = sqlite_world
    buy(world, store, 1, "344.00")
    olive, path = opened(world, store)
    assert "worth up to 15.00 EUR" in in_words(olive.get(path).text)


def test_a_redemption_stands_with_its_code_and_what_became_of_it(world: World) -> None:
    store = world.connect(program=REWARDING, is_offline=False)
    buy(world, store, 1, "344.00")
    row = redeemed(world, store)
    olive, path = opened(world, store)
    page = olive.get(path).text
    assert f'data-copy="{row.code}"' in page
    assert "Being made" in page
    assert "Cancel, give 100 points back" in page
    assert "5.00 EUR off" in in_words(page)


def test_who_was_merged_leads_to_the_survivor_who_says_so(world: World) -> None:
    store = world.connect()
    world.tell(store, an_order())
    world.tell(store, an_order(2, customer_id=8))
    ana, bea = member_id(world, store), member_id(world, store, "8")
    with world.database.write(store.store_id) as db:
        merge(db, store, bea, ana, Source.OPERATOR, world.now)
    olive, path = opened(world, store)
    answer = olive.get(at(store, bea))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{path}?was={bea}"
    assert f"Member {bea} was merged into this one" in in_words(olive.get(answer.headers["Location"]).text)


@pytest.mark.parametrize("number", ["999", "99999999999999999999", "abc", "-1"])
def test_a_member_there_is_not_is_not_there(sqlite_world: World, number: str) -> None:
    store = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, store)
    assert olive.get(f"/admin/stores/{store.store_id}/members/{number}").status_code == 404


def test_a_member_of_another_store_is_not_there(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect()
    world.tell(acorn, an_order())
    olive = staff_browser(world, Role.OWNER, birch)
    of_acorn = member_id(world, acorn)
    for more in ("", "/adjust", "/check", "/merge", "/erase"):
        assert olive.get(at(birch, of_acorn, more)).status_code == 404, more
    for more in ("/adjust", "/export", "/erase"):
        fields = {"points": "5", "public_note": "x", "token": "t", "number": str(of_acorn)}
        assert olive.send(at(birch, of_acorn, more), **fields).status_code == 404, more
    assert world.balance(acorn) == (49, 0, 0)


@pytest.mark.parametrize(
    "query", ["before=abc", "before=99999999999999999999", "orders_before=%25", "before=-1"]
)
def test_an_address_nobody_gave_out_shows_the_newest(sqlite_world: World, query: str) -> None:
    store = sqlite_world.connect()
    sqlite_world.tell(store, an_order())
    olive, path = opened(sqlite_world, store)
    answer = olive.get(f"{path}?{query}")
    assert answer.status_code == 200
    assert "+49" in answer.text


def test_older_entries_and_orders_are_a_page_further_and_sums_go_on(world: World) -> None:
    store = world.connect()
    for number in range(1, 61):
        world.post(store, body_of(bought(world, number, f"{number}.00")))
        world.wait(minutes=1)
    world.drain(store)
    olive, path = opened(world, store)
    first = olive.get(path).text
    assert "balance 1,830" in in_words(first)
    older = re.search(r'href="([^"]+before=\d+)#entries">Older', first)
    orders = re.search(r'href="([^"]+orders_before=\d+)#orders"', first)
    assert older
    assert orders
    second = in_words(olive.get(older[1]).text)
    assert "+10 balance 55" in second
    assert "+11 balance" not in second
    assert "The first entry is shown" in second
    table = olive.get(orders[1]).text
    assert "/activity/orders/40" in table
    assert "/activity/orders/41" not in table
    assert "/activity/orders/21" in table


def history(world: World, store: Store, length: int) -> None:
    """So many orders, adjustments and redemptions."""
    for number in range(1, length + 1):
        world.post(store, body_of(bought(world, number, "200.00")))
    world.drain(store)
    for number in range(1, length + 1):
        adjusted(world, store, 1)
        redeemed(world, store, f"{number}")


def test_a_long_history_asks_no_more_of_the_database_than_a_short_one(world: World) -> None:
    counts = []
    for name, length in (("Birch", 3), ("Maple", 60)):
        store = world.connect(name, program=REWARDING, is_offline=False)
        history(world, store, length)
        olive, path = opened(world, store, name=f"Olive of {name}")
        olive.get(path)
        with asked() as said:
            assert olive.get(path).status_code == 200
        counts.append(len(said))
    assert counts[0] == counts[1]
    assert counts[0] < 40


def test_the_sums_are_added_up_anew_and_agree(world: World) -> None:
    store = world.connect(program=REWARDING, is_offline=False)
    history(world, store, 2)
    row = adjusted(world, store, -150)
    undone(world, store, row.id)
    spend(world, store, 30)
    olive, path = opened(world, store, Role.VIEWER)
    assert "The sums agree" in olive.get(f"{path}/check").text


def test_sums_that_differ_are_told_with_what_to_do(world: World) -> None:
    store = world.connect()
    world.tell(store, an_order())
    with world.database.write(store.store_id) as db:
        db.execute(update(members).where(members.c.store_id == store.store_id).values(available_points=50))
    olive, path = opened(world, store)
    page = in_words(olive.get(f"{path}/check").text)
    assert "The sums differ" in page
    assert "add up to 49" in page
    assert f"bin/regulars verify-ledger --store {store.store_id}" in page


@pytest.mark.parametrize(
    ("role", "there", "not_there"),
    [
        (Role.VIEWER, [], ["Adjust points", "More", "Erase"]),
        (Role.SUPPORT, ["Adjust points"], ["Merge with", "May go below zero", "Erase"]),
        (Role.MANAGER, ["Merge with", "May go below zero"], ["Export as JSON", "Erase"]),
        (Role.OWNER, ["Export as JSON", "Erase"], []),
    ],
)
def test_each_role_sees_the_buttons_it_may_press(
    sqlite_world: World, role: Role, there: list[str], not_there: list[str]
) -> None:
    store = sqlite_world.connect()
    sqlite_world.tell(store, an_order())
    browser, path = opened(sqlite_world, store, role)
    page = in_words(browser.get(path).text)
    assert [one for one in there if one not in page] == []
    assert [one for one in not_there if one in page] == []


def test_within_shopifys_admin_the_page_and_its_links_stay_there(installed: Acorn) -> None:
    installed.order()
    installed.send()
    installed.work()
    headers = {"Authorization": f"Bearer {installed.id_token()}", "HX-Request": "true"}
    answer = installed.world.client.get("/shopify/members/1", headers=headers)
    assert answer.status_code == 200
    assert 'href="/shopify/members/1/adjust"' in answer.text
    assert "/admin/stores" not in answer.text
    fields = {"points": "25", "public_note": "Sorry", "token": "form"}
    done = installed.world.client.post("/shopify/members/1/adjust", data=fields, headers=headers)
    assert done.status_code == 303
    banner = installed.world.client.get(done.headers["Location"], headers=headers).text
    assert "25 points added." in banner
    assert 'action="/shopify/members/1/adjustments/1/undo"' in banner
