"""Two people at one program, its rules one by one, and its history."""

from __future__ import annotations

import re

import pytest

from core.domain.staff import Role
from tests.admin.at_program import (
    a_program,
    at,
    form,
    opened,
    publish,
    rules_now,
    save,
)
from tests.admin.fields import fields_of
from tests.admin.merchant import in_words
from tests.admin.people import staff_browser
from tests.world import World


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


def test_rules_are_added_and_taken_out_and_their_points_add_up(world: World) -> None:
    birch, olive = opened(world)
    added = olive.get(save(olive, birch, add="points_per_order").headers["Location"])
    assert "A new rule stands in the draft; nothing is live before you publish." in in_words(added)
    assert 'name="remove" value="1"' in added.text
    assert form(olive, birch)["rule-1-kind"] == "points_per_order"
    save(olive, birch, rule_1_points="50", rule_1_amount="20.00", rule_0_skus="GIFT-BOX\nCARD")
    page = in_words(olive.get(at(birch)))
    assert "An order of 20.00 EUR or more earns 50 points." in page
    assert "Without the SKUs CARD, GIFT-BOX." in page
    assert "1042 49.95 99.95 99 49" in page
    taken_out = olive.get(save(olive, birch, remove="0").headers["Location"])
    assert "The rule is taken out of the draft." in in_words(taken_out)
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
    page = in_words(olive.get(at(birch)))
    assert "As version 2 was." in page
    assert "Version 1 Never ruled Another version took its place before the first order" in page
    seen = form(olive, birch)["seen"]
    assert olive.send(at(birch, "/restore"), seen=seen, version="77").status_code == 422


def test_a_draft_is_discarded_only_after_it_was_shown_what_goes(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    assert olive.get(at(birch, "/discard")).status_code == 303, "there is none"
    save(olive, birch, rule_0_points="2")
    asked = olive.get(at(birch, "/discard"))
    assert "Discard the draft?" in in_words(asked)
    assert "Members earn 2 points for every 1.00 EUR they pay." in in_words(asked)
    assert "Draft has 1 change" in in_words(olive.get(at(birch)))
    [seen] = re.findall(r'name="seen" value="([^"]+)"', asked.text)
    gone = olive.send(at(birch, "/discard"), seen=seen)
    assert "The draft is discarded." in in_words(olive.get(gone.headers["Location"]))


def test_restoring_over_a_draft_asks_first(sqlite_world: World) -> None:
    birch, olive = opened(sqlite_world)
    sqlite_world.wait(minutes=1)
    sqlite_world.apply(birch, a_program(9))
    save(olive, birch, rule_0_points="2")
    seen = form(olive, birch)["seen"]
    asked = olive.send(at(birch, "/restore"), seen=seen, version="2")
    assert "Restore version 2 over the draft?" in in_words(asked)
    assert form(olive, birch)["rule-0-points"] == "2"
    sent = olive.send(at(birch, "/restore"), seen=seen, version="2", is_over="yes")
    assert sent.status_code == 303
    assert form(olive, birch)["rule-0-points"] == "1"


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
