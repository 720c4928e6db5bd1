"""The page of a store's program: what it says, what it lets people change, and what never changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from core.domain.staff import Role
from core.domain.stores import Store
from core.domain.versions import in_force
from core.jobs.drain import take_store
from core.services.terms import load_terms
from tests.admin.fields import fields_of
from tests.admin.merchant import in_words
from tests.admin.people import Browser, staff_browser
from tests.payloads import an_order, gmt
from tests.shopify_install import Acorn
from tests.world import World

FIVE = {"id": "five", "kind": "amount_off", "cost_points": 100, "amount_minor": 500}


def a_program(points: Any = 1, **settings: Any) -> str:
    """Points for every 1.00, spendable after 14 days, with a reward."""
    rule = {"kind": "points_per_unit", "points": points, "per_minor": 100}
    return json.dumps({"earning": [rule], "pending_days": 14, "rewards": [FIVE], **settings})


def at(store: Store, path: str = "") -> str:
    return f"/admin/stores/{store.store_id}/program{path}"


def order_now(world: World, store: Store, order_id: int, net: str = "49.95") -> None:
    """Ana orders and pays at this moment."""
    dates = ("date_created_gmt", "date_modified_gmt", "date_paid_gmt")
    world.tell(store, an_order(order_id, net) | dict.fromkeys(dates, gmt(world.now)))


def opened(world: World, role: Role = Role.MANAGER, **settings: Any) -> tuple[Store, Browser]:
    """Birch with one order of 49.95, and Olive at work in it."""
    birch = world.connect(program=a_program(**settings))
    world.wait(minutes=1)
    order_now(world, birch, 1042)
    world.wait(minutes=1)
    return birch, staff_browser(world, role, birch)


def form(olive: Browser, store: Store) -> dict[str, str]:
    """The settings as her browser would send them."""
    return fields_of(olive.get(at(store)).text, "settings")


def save(olive: Browser, store: Store, **changed: str) -> TestResponse:
    """Change fields on the page as it stands, and save them."""
    return olive.send(at(store, "/draft"), **(form(olive, store) | _named(changed)))


def _named(changed: dict[str, str]) -> dict[str, str]:
    """`rule_0_points` is the field `rule-0-points`."""
    return {name.replace("_", "-") if name.startswith("rule_") else name: v for name, v in changed.items()}


def publish(olive: Browser, store: Store, **chosen: str) -> TestResponse:
    found = re.findall(r'name="seen" value="([^"]+)"', olive.get(at(store)).text)
    return olive.send(at(store, "/publish"), seen=found[0], **({"when": "now"} | chosen))


def rules_now(world: World, store: Store) -> Any:
    with world.database.read(store.store_id) as db:
        return in_force(load_terms(db, store).versions, world.now)


# -- what stands there


def test_the_page_says_the_program_in_sentences_that_can_be_read_aloud(world: World) -> None:
    birch, olive = opened(world, expiry={"kind": "fixed", "days": 365})
    page = in_words(olive.get(at(birch)))
    assert (
        "Members earn 1 point for every 1.00 EUR they pay. Points can be spent 14 days after the order is "
        "paid. 100 points are 5.00 EUR off. Points last 365 days from the day they can be spent." in page
    )
    assert 'aria-current="page">Program' in olive.get(at(birch)).text


def test_every_setting_has_an_example_of_the_store_s_own_last_order(world: World) -> None:
    birch, olive = opened(world, expiry={"kind": "fixed", "days": 365})
    page = in_words(olive.get(at(birch)))
    for sentence in (
        "Order 1042: 49.95 net × 1, rounded down = 49",
        "Order 1042, 49.95 net: 49 points, spendable on 15 December 2026.",
        "A point is worth 0.05 EUR.",
        "Customers get back 4.9 % of what they pay.",
        "Order 1042: its 49 points expire at the end of 15 December 2027 (Europe/Berlin).",
        "Order 1042: 49.95 net earned 49 points. Half is returned: 24.98 is left, worth 24, so 25 points go.",
        "A code on it had cost 100 points: 50 come back, with the expiry date they had.",
    ):
        assert sentence in page


def test_a_store_without_orders_is_shown_a_made_up_one_and_told_so(world: World) -> None:
    store = world.connect("Yen", "JPY", program=None)
    page = in_words(staff_browser(world, Role.MANAGER, store).get(at(store)))
    assert "A made-up order, 4,995 net: 49 points, spendable on 14 December 2026." in page
    assert "Its own last ones will stand here." in page
    assert "There is no reward yet, so points buy nothing so far." in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT])
def test_who_may_only_look_can_read_all_of_it_and_press_nothing(sqlite_world: World, role: Role) -> None:
    birch, olive = opened(sqlite_world, role)
    page = olive.get(at(birch)).text
    assert 'fieldset class="plain" disabled' in page
    assert "Save draft" not in page
    assert "Restore</button>" not in page
    assert olive.send(at(birch, "/draft")).status_code == 403


# -- as it is typed


def test_what_is_typed_is_worked_out_at_once_and_nothing_is_kept(world: World) -> None:
    birch, olive = opened(world)
    answer = olive.send(
        at(birch, "/examples"), **(form(olive, birch) | {"rule-0-points": "3", "pending_days": "0"})
    )
    assert answer.status_code == 200
    words = in_words(answer)
    assert "1042 49.95 149.85 149 49" in words
    assert "149 points, spendable at once, on 1 December 2026." in words
    assert "Not saved yet." in words
    assert 'id="beside-earn"' in answer.text
    assert "Draft has" not in olive.get(at(birch)).text


def test_what_cannot_be_is_said_where_it_was_typed_and_the_last_example_stays(world: World) -> None:
    birch, olive = opened(world)
    answer = olive.send(at(birch, "/examples"), **(form(olive, birch) | {"rule-0-points": "many"}))
    assert answer.status_code == 422
    assert "Enter a number above 0" in re.findall(r'slot-rule-0-points".*?</div>', answer.text)[0]
    assert "beside-earn" not in answer.text


REFUSED = [
    *(
        ("rule_0_points", value, "at most 4 decimals")
        for value in ("-1", "0", "1e9", "10001", "0.3333333333")
    ),
    *(("rule_0_points", value, "Enter a number") for value in ("1,500", "NaN", "Infinity", "", "٣", "1_000")),
    *(
        ("rule_0_amount", value, "Enter an amount in EUR")
        for value in ("0", "-1", "0.001", "", "1e3", "1,000")
    ),
    *(("expiry_days", value, "from 1 to 3,650") for value in ("0", "-1", "1000000000", "1.5", "")),
    *(("pending_days", value, "from 0 to 365") for value in ("-1", "366", "", "two")),
    *(
        (name, "burn", "Choose one")
        for name in ("pending_anchor", "expiry", "spent_points", "rule_0_rounding")
    ),
    ("rule_0_kind", "cashback", "Choose one"),
    ("rule_0_skus", "x" * 300, "Write one on each line"),
]


@pytest.mark.parametrize(
    ("field", "value", "says"), REFUSED, ids=[f"{one[0]}-{one[1][:12]}" for one in REFUSED]
)
def test_what_will_not_do_is_refused_in_place_and_what_was_typed_stays(
    sqlite_world: World, field: str, value: str, says: str
) -> None:
    birch, olive = opened(sqlite_world, expiry={"kind": "fixed", "days": 365})
    answer = save(olive, birch, **{field: value})
    assert answer.status_code == 422
    name = next(iter(_named({field: value})))
    assert says in re.findall(rf'id="slot-{name}".*?</div>', answer.text)[0]
    assert "Nothing was saved: one of the fields needs you." in in_words(answer)
    assert fields_of(answer.text, "settings").get(name) in {value, None, "floor", "paid", "cashback"}
    assert "Draft has" not in olive.get(at(birch)).text


def test_a_comma_before_the_decimals_is_as_good_as_a_point(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    assert save(olive, birch, rule_0_points="1,5", rule_0_amount="2,00").status_code == 303
    assert "Members earn 1.5 points for every 2.00 EUR they pay." in in_words(olive.get(at(birch)))


# -- draft, preview, publish


def test_a_draft_is_tried_on_the_last_orders_before_it_is_published(world: World) -> None:
    birch, olive = opened(world)
    order_now(world, birch, 1043, "18.00")
    saved = save(olive, birch, rule_0_points="2", spent_points="whole")
    assert saved.status_code == 303
    assert saved.headers["Location"].endswith("#preview")
    page = in_words(olive.get(at(birch)))
    assert "Draft has 2 changes" in page
    assert "Members it reaches 1 from their next order" in page
    assert "Points, last 30 days replayed 135 instead of 67, 2 orders" in page
    assert "Cost if all are spent 6.75 EUR instead of 3.35 EUR" in page
    assert "Earned points that change 0" in page
    assert "come back only when everything is returned." in page


def test_of_very_many_orders_the_newest_are_replayed_and_the_page_says_so(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.services.rehearsing.REPLAYED_MOST", 2)
    monkeypatch.setattr("core.services.rehearsing.MEMBERS_MOST", 0)
    birch, olive = opened(sqlite_world)
    for order_id in (1043, 1044):
        order_now(sqlite_world, birch, order_id)
    save(olive, birch, rule_0_points="2")
    page = in_words(olive.get(at(birch)))
    assert "198 instead of 98, the last 2 orders" in page
    assert "0 or more, from their next order" in page


def test_what_is_published_counts_for_orders_from_then_on_and_for_none_before(world: World) -> None:
    birch, olive = opened(world)
    save(olive, birch, rule_0_points="2")
    published = publish(olive, birch)
    assert published.status_code == 303
    world.wait(minutes=1)
    order_now(world, birch, 1043)
    world.tell(
        birch, an_order(1042, minute=60 * 24 * 30, date_created_gmt=gmt(world.now - timedelta(days=9)))
    )
    assert world.points(birch) == [49, 99]
    page = in_words(olive.get(published.headers["Location"]))
    assert "Version 3 is live. Nothing already earned has changed." in page
    assert "Version 3 Live From 1 Dec 2026" in page
    assert "Earn: Members earn 2 points for every 1.00 EUR they pay." in page
    assert "Olive, 1 Dec 2026" in page
    assert "Draft has" not in page


def test_published_for_a_day_it_waits_is_shown_and_can_be_called_off(world: World) -> None:
    birch, olive = opened(world)
    save(olive, birch, rule_0_points="2")
    published = publish(olive, birch, when="day", day="2026-12-05")
    page = in_words(olive.get(published.headers["Location"]))
    assert "Version 3 starts on 5 December 2026, at 00:00 (Europe/Berlin)." in page
    assert "Until then version 2 rules." in page
    assert "Version 3 Waits" in page
    off = olive.send(at(birch, "/call-off"), version="3")
    assert "Version 3 is called off." in in_words(olive.get(off.headers["Location"]))
    assert "starts on" not in in_words(olive.get(at(birch)))
    world.wait(days=7)
    assert rules_now(world, birch).program.earning[0].points_each == 1
    assert olive.send(at(birch, "/call-off"), version="3").status_code == 422


def test_another_draft_takes_the_place_of_a_version_that_waits(world: World) -> None:
    birch, olive = opened(world)
    save(olive, birch, rule_0_points="2")
    publish(olive, birch, when="day", day="2026-12-05")
    save(olive, birch, rule_0_points="5")
    assert "In the place of version 3, on 5 December 2026" in in_words(olive.get(at(birch)))
    assert publish(olive, birch, when="place", place="3").status_code == 303
    assert rules_now(world, birch).version == 2
    world.wait(days=4)
    assert rules_now(world, birch).version == 4


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"when": "day", "day": ""}, "Enter a day such as"),
        ({"when": "day", "day": "2026-12-01"}, "from tomorrow on"),
        ({"when": "day", "day": "2039-01-01"}, "within two years"),
        ({"when": "soon"}, "Choose one"),
        ({"when": "place", "place": "9"}, "not waiting to start any more"),
        ({"when": "place", "place": "2"}, "not waiting to start any more"),
    ],
)
def test_a_day_that_will_not_do_publishes_nothing(
    sqlite_world: World, chosen: dict[str, str], says: str
) -> None:
    birch, olive = opened(sqlite_world)
    save(olive, birch, rule_0_points="2")
    answer = publish(olive, birch, **chosen)
    assert answer.status_code == 422
    assert says in in_words(answer)
    assert rules_now(sqlite_world, birch).version == 2
    assert "Draft has 1 change" in in_words(olive.get(at(birch)))


def test_while_orders_are_being_counted_publishing_asks_to_press_again(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.alone.PATIENCE_S", 0.0)
    birch, olive = opened(sqlite_world)
    save(olive, birch, rule_0_points="2")
    assert take_store(sqlite_world.env, birch.store_id) is not None
    answer = publish(olive, birch)
    assert answer.status_code == 422
    assert "Press the button once more" in in_words(answer)


# -- a shorter expiry


def test_a_shorter_expiry_asks_first_and_shortens_nothing_that_was_earned(world: World) -> None:
    birch, olive = opened(world, expiry={"kind": "fixed", "days": 365})
    assert save(olive, birch, expiry_days="30").status_code == 303
    assert "Points will last shorter." in in_words(olive.get(at(birch)))
    refused = publish(olive, birch)
    assert refused.status_code == 422
    assert "Tick that you want that." in in_words(refused)
    assert publish(olive, birch, is_shorter="yes").status_code == 303
    world.wait(minutes=1)
    order_now(world, birch, 1043)
    world.wait(days=15)
    world.mature(birch)
    assert world.balance(birch) == (98, 0, 0)
    world.wait(days=40)
    world.mature(birch)
    assert world.balance(birch) == (49, 0, 0)


def test_a_longer_expiry_asks_nothing(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world, expiry={"kind": "fixed", "days": 365})
    save(olive, birch, expiry="never")
    assert "last shorter" not in olive.get(at(birch)).text
    assert publish(olive, birch).status_code == 303


# -- two people


def test_the_second_to_save_sees_both_versions_and_decides(world: World) -> None:
    birch, olive = opened(world)
    mara = staff_browser(world, Role.MANAGER, birch, name="Mara")
    hers = form(mara, birch)
    save(olive, birch, rule_0_points="2")
    answer = mara.send(at(birch, "/draft"), **(hers | {"rule-0-points": "3", "pending_days": "7"}))
    assert answer.status_code == 409
    words = in_words(answer)
    assert "Olive saved a draft on 1 December 2026" in words
    assert "Setting Theirs Yours Earn Members earn 2 points" in words
    assert "Members earn 3 points for every 1.00 EUR they pay." in words
    assert "Points can be spent 7 days after the order is paid." in words
    assert "Draft has 1 change" in in_words(mara.get(at(birch)))

    carried = dict(re.findall(r'name="(seen|program)" value="([^"]+)"', answer.text))
    over = {name: value.replace("&#34;", '"') for name, value in carried.items()}
    assert mara.send(at(birch, "/over"), **over).status_code == 303
    page = in_words(olive.get(at(birch)))
    assert "Saved as a draft by Mara" in page
    assert "Members earn 3 points" in page
    # Once more it is Olive who has not seen it.
    assert mara.send(at(birch, "/over"), **over).status_code == 409


@pytest.mark.parametrize("path", ["/draft", "/discard", "/publish", "/restore"])
def test_whatever_is_pressed_on_a_page_that_is_behind_changes_nothing(sqlite_world: World, path: str) -> None:
    birch, olive = opened(sqlite_world)
    save(olive, birch, rule_0_points="2")
    seen = form(olive, birch)
    olive.send(at(birch, "/discard"), seen=seen["seen"])
    sqlite_world.wait(minutes=1)
    # The next draft has the same revision, and is another.
    save(olive, birch, rule_0_points="4")
    answer = olive.send(at(birch, path), **(seen | {"when": "now", "version": "1"}))
    assert answer.status_code == 409
    assert rules_now(sqlite_world, birch).version == 2
    assert "Members earn 4 points" in in_words(olive.get(at(birch)))


def test_what_was_typed_over_a_version_that_is_live_no_more_is_shown_beside_it(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    seen = form(olive, birch)
    sqlite_world.apply(birch, a_program(9))
    answer = olive.send(at(birch, "/draft"), **(seen | {"rule-0-points": "2"}))
    assert answer.status_code == 409
    assert "was published or discarded" in in_words(answer)
    assert "Save mine as a draft" in answer.text


def test_a_page_behind_stays_behind_while_its_problems_are_mended(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    seen = form(olive, birch)
    save(olive, birch, rule_0_points="2")
    wrong = olive.send(at(birch, "/draft"), **(seen | {"rule-0-points": "x"}))
    assert wrong.status_code == 422
    mended = fields_of(wrong.text, "settings") | {"rule-0-points": "3"}
    assert olive.send(at(birch, "/draft"), **mended).status_code == 409


# -- rules, history


def test_rules_are_added_and_taken_out_and_their_points_add_up(world: World) -> None:
    birch, olive = opened(world)
    save(olive, birch, add="points_per_order")
    assert form(olive, birch)["rule-1-kind"] == "points_per_order"
    save(olive, birch, rule_1_points="50", rule_1_amount="20.00", rule_0_skus="GIFT-BOX\nCARD")
    page = in_words(olive.get(at(birch)))
    assert "An order of 20.00 EUR or more earns 50 points." in page
    assert "Without the SKUs CARD, GIFT-BOX." in page
    assert "1042 49.95 99.95 99 49" in page
    save(olive, birch, remove="0")
    assert [name for name in form(olive, birch) if name.endswith("-kind")] == ["rule-0-kind"]
    assert "Order 1042, 49.95 net: 50 points" in in_words(olive.get(at(birch)))


def test_an_earlier_version_comes_back_as_a_draft_and_is_live_only_once_published(world: World) -> None:
    birch, olive = opened(world)
    save(olive, birch, rule_0_points="2")
    publish(olive, birch)
    world.wait(minutes=1)
    restored = olive.send(at(birch, "/restore"), seen=form(olive, birch)["seen"], version="2")
    assert restored.status_code == 303
    assert "The version is a draft now." in in_words(olive.get(restored.headers["Location"]))
    assert rules_now(world, birch).program.earning[0].points_each == 2
    publish(olive, birch)
    assert rules_now(world, birch).program.earning[0].points_each == 1
    seen = form(olive, birch)["seen"]
    assert olive.send(at(birch, "/restore"), seen=seen, version="77").status_code == 422


def test_the_history_goes_back_page_by_page(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    for points in range(3, 15):
        sqlite_world.wait(minutes=1)
        sqlite_world.apply(birch, a_program(points))
    older = re.findall(r'href="([^"]+history[^"]+)"', olive.get(at(birch)).text)
    page = in_words(olive.get(older[0]))
    assert "Version 4" in page
    assert "The program the store began with." in page
    assert "There are no older versions." in in_words(olive.get(at(birch, "/history?below=1")))
    assert olive.get(at(birch, "/history?below=x")).status_code == 200


# -- what it costs, and where else it stands


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """Every statement the database is sent."""
    sent: list[str] = []

    def note(_db: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engines = {engine for engine in vars(world.database).values() if hasattr(engine, "dialect")}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_the_page_asks_the_same_number_of_questions_however_much_there_is(world: World) -> None:
    birch, olive = opened(world)
    save(olive, birch, rule_0_points="2")
    with counted(world) as few:
        assert olive.get(at(birch)).status_code == 200
    for number in range(40):
        world.wait(minutes=1)
        order_now(world, birch, 2000 + number)
        if number < 20:
            world.apply(birch, a_program(3 + number))
    # So long after she was here her session is written down anew, once.
    olive.get(at(birch))
    with counted(world) as many:
        assert olive.get(at(birch)).status_code == 200
    assert len(few) == len(many) > 0


def test_within_shopify_s_admin_it_is_drafted_and_published_with_a_proof(installed: Acorn) -> None:
    installed.order()
    installed.world.wait(minutes=1)

    def send(path: str, **fields: str) -> TestResponse:
        proof = {"Authorization": f"Bearer {installed.id_token()}"}
        return installed.world.client.post(f"/shopify/program{path}", data=fields, headers=proof)

    def page() -> TestResponse:
        query = {"shop": "acorn.myshopify.com", "embedded": "1", "id_token": installed.id_token()}
        return installed.world.client.get("/shopify/program", query_string=query)

    fields = fields_of(page().text, "settings")
    assert "csrf_token" not in fields
    tried = send("/examples", **(fields | {"rule-0-points": "4"}))
    assert "Not saved yet." in in_words(tried)
    saved = send("/draft", **(fields | {"rule-0-points": "4"}))
    assert saved.status_code == 303
    assert saved.headers["Location"].startswith("/shopify/program")
    seen = fields_of(page().text, "settings")["seen"]
    assert send("/publish", seen=seen, when="now").status_code == 303
    assert "Members earn 4 points" in in_words(page())
