"""A draft of a program is tried, published, waits, or is called off; what was earned stays."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.jobs.drain import take_store
from tests.admin.at_program import (
    at,
    opened,
    order_now,
    publish,
    rules_now,
    save,
)
from tests.admin.merchant import in_words
from tests.payloads import an_order, gmt
from tests.world import World


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


def test_the_stores_history_tells_a_published_program_in_words(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    save(olive, birch, rule_0_points="2")
    publish(olive, birch)
    page = olive.get(f"/admin/stores/{birch.store_id}/activity/history").text
    assert "Members earn 1 point for every 1.00 EUR they pay." in page
    assert "Members earn 2 points for every 1.00 EUR they pay." in page
    assert "&#34;earning&#34;" not in page
    assert "earning[0]" not in page


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
    assert olive.send(at(birch, "/call-off"), version="3").status_code == 422
    world.wait(days=7)
    assert rules_now(world, birch).program.earning[0].points_each == 1


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
    assert "Nothing was published: one of the fields needs you. Go to the field" in in_words(answer)
    [field] = re.findall(r'href="#slot-(\w+)"', answer.text)
    assert f'<div id="slot-{field}" aria-live="polite"><p class="err">' in answer.text
    assert rules_now(sqlite_world, birch).version == 2
    assert "Draft has 1 change" in in_words(olive.get(at(birch)))


def test_the_first_field_that_needs_somebody_is_where_the_page_opens(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    wrong = save(olive, birch, rule_0_points="many", pending_days="two")
    assert re.findall(r'name="([^"]+)"[^>]* autofocus', wrong.text) == ["rule-0-points"]
    save(olive, birch, rule_0_points="2")
    wrong = publish(olive, birch, when="day", day="")
    assert re.findall(r'name="([^"]+)"[^>]* autofocus', wrong.text) == ["day"]


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


def test_an_expiry_shorter_than_that_of_a_version_that_waits_is_asked_about_too(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world, expiry={"kind": "fixed", "days": 365})
    save(olive, birch, expiry_days="730")
    publish(olive, birch, when="day", day="2026-12-05")
    save(olive, birch, rule_0_points="2")
    assert "last shorter" in olive.get(at(birch)).text
    assert publish(olive, birch, when="day", day="2026-12-06").status_code == 422
    assert publish(olive, birch, when="day", day="2026-12-06", is_shorter="yes").status_code == 303


def test_a_longer_expiry_asks_nothing(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world, expiry={"kind": "fixed", "days": 365})
    save(olive, birch, expiry="never")
    assert "last shorter" not in olive.get(at(birch)).text
    assert publish(olive, birch).status_code == 303
