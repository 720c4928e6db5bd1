"""The page of a store's program: what it says, what it takes, and where it stands."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from core.domain.staff import Role
from tests.admin.at_program import (
    FIVE,
    a_program,
    at,
    form,
    named,
    opened,
    order_now,
    save,
)
from tests.admin.fields import fields_of
from tests.admin.merchant import in_words
from tests.admin.people import staff_browser
from tests.shopify_install import Acorn
from tests.statements import asked
from tests.world import World


def test_the_page_says_the_program_in_sentences_that_can_be_read_aloud(world: World) -> None:
    birch, olive = opened(world, expiry={"kind": "fixed", "days": 365})
    page = in_words(olive.get(at(birch)))
    assert (
        "Members earn 1 point for every 1.00 EUR they pay. Points can be spent 14 days after the order is "
        "paid. 100 points are 5.00 EUR off. Points last 365 days from the day they can be spent." in page
    )
    assert 'aria-current="page">Program' in olive.get(at(birch)).text


def test_up_to_three_rewards_are_read_aloud_and_none_that_is_paused(sqlite_world: World) -> None:
    ship = {"id": "ship", "kind": "free_shipping", "cost_points": 60}
    others = [FIVE | {"id": f"r{points}", "cost_points": points} for points in (200, 300)]
    paused = FIVE | {"id": "rest", "cost_points": 70, "is_paused": True}
    birch, olive = opened(sqlite_world, rewards=[paused, FIVE, ship, *others])
    assert (
        "100 points are 5.00 EUR off. 60 points are free shipping. 200 points are 5.00 EUR off. "
        "And 1 more reward. Points do not expire." in in_words(olive.get(at(birch)))
    )


def test_a_change_of_a_reward_that_costs_and_gives_the_same_is_named_with_what_it_is(
    sqlite_world: World,
) -> None:
    birch, olive = opened(sqlite_world)
    sqlite_world.wait(minutes=1)
    sqlite_world.apply(birch, a_program(rewards=[FIVE | {"valid_days": 30, "stock": 5}]))
    assert (
        "Reward “5.00 EUR off”: Until: 30 days after it is made; In all: 5 Before: Until: no end; In all: "
        "any number" in in_words(olive.get(at(birch)))
    )


def test_a_change_of_what_a_reward_gives_names_whatever_else_changes_too(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    sqlite_world.wait(minutes=1)
    changed = FIVE | {"amount_minor": 550, "minimum_spend_minor": 3000}
    sqlite_world.apply(birch, a_program(rewards=[changed]))
    page = in_words(olive.get(at(birch)))
    assert "100 points are 5.50 EUR off. Order from: 30.00 EUR" in page
    assert "Before: 100 points are 5.00 EUR off. Order from: any amount" in page


def test_an_order_that_earns_nothing_says_why_and_how_it_stands_now(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    sqlite_world.wait(minutes=1)
    order_now(sqlite_world, birch, 1043, "0.40")
    assert "Order 1043, which is “processing” now: " in in_words(olive.get(at(birch)))


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
    assert in_words(answer).count("As of the last right input.") == 5
    assert "under this draft" not in in_words(olive.get(at(birch)))


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
    name = next(iter(named({field: value})))
    assert says in re.findall(rf'id="slot-{name}".*?</div>', answer.text)[0]
    assert "Nothing was saved: one of the fields needs you." in in_words(answer)
    assert fields_of(answer.text, "settings").get(name) in {value, None, "floor", "paid", "cashback"}
    assert "Draft has" not in olive.get(at(birch)).text


def test_a_comma_before_the_decimals_is_as_good_as_a_point(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    assert save(olive, birch, rule_0_points="1,5", rule_0_amount="2,00").status_code == 303
    assert "Members earn 1.5 points for every 2.00 EUR they pay." in in_words(olive.get(at(birch)))


def test_the_page_asks_the_same_number_of_questions_however_much_there_is(world: World) -> None:
    birch, olive = opened(world)
    save(olive, birch, rule_0_points="2")
    with asked() as few:
        assert olive.get(at(birch)).status_code == 200
    for number in range(40):
        world.wait(minutes=1)
        order_now(world, birch, 2000 + number)
        if number < 20:
            world.apply(birch, a_program(3 + number))
    # So long after she was here her session is written down anew, once.
    olive.get(at(birch))
    with asked() as many:
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
