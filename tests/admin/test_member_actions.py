"""What can be done on a member's page: once each, by who may, undone where it can be, and noted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import Row, select

from core.db import changes, members, redemptions
from core.db.tables import adjustments, entries
from core.domain.staff import Role
from core.domain.stores import Store
from core.jobs.bell import EFFECTS, FORGET
from core.jobs.drain import give_back, take_store
from core.services.adjusting import notes_of
from core.services.terms import Sealing
from tests.adjusting import adjusted, differences, member_id, undone
from tests.admin.people import Browser, staff_browser
from tests.payloads import an_order
from tests.redemptions import REWARDING, redeemed
from tests.world import World

FORM = {"points": "25", "public_note": "Sorry for the late parcel", "private_note": "", "token": "form"}


def opened(world: World, role: Role = Role.OWNER, **limits: Any) -> tuple[Store, Browser, str]:
    """Birch, somebody who works there, and where the page of Ana is, who has 49 points."""
    store = world.connect()
    world.tell(store, an_order())
    browser = staff_browser(world, role, store, **limits)
    return store, browser, f"/admin/stores/{store.store_id}/members/{member_id(world, store)}"


def noted(world: World, store: Store) -> list[Row[Any]]:
    with world.database.read(store.store_id) as db:
        return changes.newest(db, store.store_id, 20)


def in_words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# -- adjusting


def test_points_are_added_the_banner_says_so_and_undo_takes_them_back(world: World) -> None:
    store, olive, path = opened(world)
    done = olive.send(f"{path}/adjust", **FORM)
    assert done.status_code == 303
    assert world.balance(store) == (74, 0, 0)
    banner = olive.get(done.headers["Location"]).text
    assert "25 points added. ana@example.com sees “Sorry for the late parcel”." in in_words(banner)
    undo = re.search(r'action="([^"]+/undo)"', banner)
    assert undo
    again = olive.send(undo[1])
    assert again.status_code == 303
    assert world.balance(store) == (49, 0, 0)
    assert "Undone: 25 points taken back." in in_words(olive.get(again.headers["Location"]).text)
    assert olive.send(undo[1]).status_code == 303
    assert world.balance(store) == (49, 0, 0)
    assert [row.action for row in noted(world, store)] == ["member.adjustment_undone", "member.adjusted"]


def test_b74_twice_by_double_click_is_one(world: World) -> None:
    store, olive, path = opened(world)
    first, second = olive.send(f"{path}/adjust", **FORM), olive.send(f"{path}/adjust", **FORM)
    assert first.headers["Location"] == second.headers["Location"]
    assert world.points(store) == [49, 25]
    assert len(noted(world, store)) == 1


def test_a_form_sent_again_with_other_points_says_that_it_was_sent_and_brings_a_new_one(world: World) -> None:
    store, olive, path = opened(world)
    olive.send(f"{path}/adjust", **FORM)
    answer = olive.send(f"{path}/adjust", **{**FORM, "points": "30"})
    assert answer.status_code == 409
    assert "This form was sent already" in answer.text
    assert 'name="token" value="form"' not in answer.text
    assert world.balance(store) == (74, 0, 0)


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"points": str(10**12)}, "points", "from −1,000,000 to 1,000,000"),
        ({"points": "1000001"}, "points", "from −1,000,000 to 1,000,000"),
        ({"points": "0"}, "points", "above 0 to add, below 0 to take away"),
        ({"points": ""}, "points", "whole number"),
        ({"points": "1.5"}, "points", "whole number"),
        ({"points": "١٢"}, "points", "whole number"),
        ({"points": "-50"}, "points", "There are 49 points that can be taken. Enter −49 or more."),
        ({"public_note": ""}, "public_note", "This is needed"),
        ({"public_note": "   "}, "public_note", "This is needed"),
        ({"public_note": "x" * 121}, "public_note", "at most 120 characters"),
        ({"private_note": "x" * 501}, "private_note", "at most 500 characters"),
    ],
)
def test_b74_what_will_not_do_is_refused_beside_its_field_with_what_works(
    sqlite_world: World, changed: dict[str, str], field: str, says: str
) -> None:
    store, olive, path = opened(sqlite_world)
    answer = olive.send(f"{path}/adjust", **(FORM | changed))
    assert answer.status_code == 422
    problem = re.search(rf'id="{field}-problem">([^<]+)<', answer.text)
    assert problem
    assert says in problem[1].replace("-", "−")
    assert 'name="token" value="form"' in answer.text
    assert sqlite_world.points(store) == [49]


def test_a_form_without_its_token_changes_nothing(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world)
    assert olive.send(f"{path}/adjust", **(FORM | {"token": ""})).status_code == 422
    assert sqlite_world.points(store) == [49]


def test_what_was_typed_is_shown_as_it_is_and_is_no_markup(sqlite_world: World) -> None:
    _, olive, path = opened(sqlite_world)
    typed = FORM | {"public_note": "<script>{{7*7}}", "private_note": "two\nlines"}
    page = olive.get(olive.send(f"{path}/adjust", **typed).headers["Location"]).text
    assert "&lt;script&gt;{{7*7}}" in page
    assert "two lines" in page


def test_a_minus_is_a_minus_however_it_is_written(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world)
    for number, written in enumerate(("-10", "−10")):
        assert (
            olive.send(f"{path}/adjust", **(FORM | {"points": written, "token": str(number)})).status_code
            == 303
        )
    assert sqlite_world.balance(store) == (29, 0, 0)


def test_below_zero_is_for_who_may_and_says_that_points_are_owed(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world, Role.MANAGER)
    taking = FORM | {"points": "-60", "may_owe": "1"}
    done = olive.send(f"{path}/adjust", **taking)
    assert sqlite_world.balance(store) == (0, 0, 11)
    assert "11 points are owed" in in_words(olive.get(done.headers["Location"]).text)
    ed = staff_browser(sqlite_world, Role.SUPPORT, store, name="Ed")
    refused = ed.send(f"{path}/adjust", **(taking | {"token": "of Ed"}))
    assert refused.status_code == 422
    assert "Only a manager" in refused.text
    assert sqlite_world.balance(store) == (0, 0, 11)


def test_a_limit_a_day_is_said_beforehand_and_held(sqlite_world: World) -> None:
    store, ed, path = opened(sqlite_world, Role.SUPPORT, most_points=500)
    ed.send(f"{path}/adjust", **(FORM | {"points": "400"}))
    assert "You can still give or take 100 points today." in in_words(ed.get(f"{path}/adjust").text)
    refused = ed.send(f"{path}/adjust", **(FORM | {"points": "101", "token": "another"}))
    assert refused.status_code == 422
    assert "500 points a day, and 100 of today" in refused.text
    assert sqlite_world.balance(store) == (449, 0, 0)


def test_support_undoes_their_own_alone(sqlite_world: World) -> None:
    store, ed, path = opened(sqlite_world, Role.SUPPORT)
    row = adjusted(sqlite_world, store, 25)
    answer = ed.send(f"{path}/adjustments/{row.id}/undo")
    assert answer.status_code == 409
    assert "Server made this adjustment" in in_words(answer.text)
    assert sqlite_world.balance(store) == (74, 0, 0)


def test_an_adjustment_of_somebody_else_is_not_undone_from_here(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world)
    sqlite_world.tell(store, an_order(2, customer_id=8))
    row = adjusted(sqlite_world, store, 25, to="8")
    assert olive.send(f"{path}/adjustments/{row.id}/undo").status_code == 409
    assert sqlite_world.balance(store, "8") == (74, 0, 0)
    assert "25 points added" not in olive.get(f"{path}?adjusted={row.id}").text


def test_the_history_names_points_and_no_note(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world)
    olive.send(f"{path}/adjust", **FORM)
    row = noted(sqlite_world, store)[0]
    assert (row.action, row.who) == ("member.adjusted", "Olive")
    assert json.loads(row.before)["available"] == 49
    assert json.loads(row.after) == {"adjustment": 1, "points": 25, "available": 74, "pending": 0, "debt": 0}


# -- cancelling


def test_a_code_the_store_was_not_asked_for_is_cancelled_at_once(world: World) -> None:
    store, row = rewarded(world)
    olive, path = staff_browser(world, Role.SUPPORT, store, name="Ed"), at(store, member_id(world, store))
    asked = olive.get(f"{path}/redemptions/{row.id}/cancel")
    assert "100 points come back at once" in in_words(asked.text)
    done = olive.send(f"{path}/redemptions/{row.id}/cancel")
    assert "100 points are back" in in_words(olive.get(done.headers["Location"]).text)
    assert world.balance(store)[0] == 344
    assert [one.action for one in noted(world, store)] == ["redemption.cancelled"]
    assert olive.send(f"{path}/redemptions/{row.id}/cancel").status_code == 303
    assert len(noted(world, store)) == 1


def test_a_code_that_may_be_at_the_store_is_being_switched_off_and_the_page_says_how_long(
    world: World,
) -> None:
    store, row = rewarded(world)
    with world.database.write(store.store_id) as db:
        redemptions.note_try(db, store.store_id, row.id, "mark", world.now)
        redemptions.change(db, store.store_id, row.id, state="live")
    olive, path = staff_browser(world, Role.SUPPORT, store), at(store, member_id(world, store))
    assert "15 minutes are waited" in in_words(olive.get(f"{path}/redemptions/{row.id}/cancel").text)
    done = olive.send(f"{path}/redemptions/{row.id}/cancel")
    page = in_words(olive.get(done.headers["Location"]).text)
    assert f"Code {row.code} is being switched off. The store is asked" in page
    assert "Being switched off" in page
    assert (EFFECTS, store.store_id) in world.bells.rung
    assert world.balance(store)[0] == 244


def test_a_used_code_stays_and_the_page_says_why(sqlite_world: World) -> None:
    store, row = rewarded(sqlite_world)
    with sqlite_world.database.write(store.store_id) as db:
        redemptions.change(db, store.store_id, row.id, state="used", order_ref="77")
    olive, path = staff_browser(sqlite_world, Role.SUPPORT, store), at(store, member_id(sqlite_world, store))
    answer = olive.send(f"{path}/redemptions/{row.id}/cancel")
    assert answer.status_code == 409
    assert "Order 77 uses this code" in answer.text


def rewarded(world: World) -> tuple[Store, Row[Any]]:
    """A store that is called, in which Ana has 244 points and a code for 100."""
    store = world.connect("Acorn", program=REWARDING, is_offline=False)
    world.tell(store, an_order(net="344.00"))
    return store, redeemed(world, store)


def at(store: Store, member: int) -> str:
    return f"/admin/stores/{store.store_id}/members/{member}"


# -- merging


def test_two_are_merged_after_both_and_the_result_were_shown_and_undone(world: World) -> None:
    store, olive, path = opened(world)
    world.tell(store, an_order(2, "30.00", customer_id=8, billing={"email": "bea@example.com"}))
    bea = member_id(world, store, "8")
    page = in_words(olive.get(f"{path}/merge?other=bea@example.com").text)
    assert f"bea@example.com, member {bea} 30 0 0" in page
    assert "Afterwards, member 1 79 0 0" in page
    done = olive.send(f"{path}/merge", other_id=str(bea))
    assert world.balance(store) == (79, 0, 0)
    banner = olive.get(done.headers["Location"]).text
    assert f"Member {bea} is member 1 from now on." in in_words(banner)
    undo = re.search(r'action="([^"]+/merges/\d+/undo)"', banner)
    assert undo
    assert olive.send(undo[1]).status_code == 303
    assert olive.send(undo[1]).status_code == 303
    assert world.balance(store) == (49, 0, 0)
    assert [row.action for row in noted(world, store)] == ["member.unmerged", "member.merged"]
    assert differences(world, store) == []


def test_orders_and_codes_of_who_was_merged_stand_with_the_survivor(world: World) -> None:
    store, row = rewarded(world)
    world.tell(store, an_order(2, "30.00", customer_id=8, billing={"email": "bea@example.com"}))
    ana, bea = member_id(world, store), member_id(world, store, "8")
    olive = staff_browser(world, Role.OWNER, store)
    olive.send(f"{at(store, bea)}/merge", other_id=str(ana))
    page = olive.get(at(store, bea)).text
    assert row.code in page
    assert "/activity/orders/1042" in page
    done = olive.send(f"{at(store, bea)}/redemptions/{row.id}/cancel")
    assert "100 points are back" in in_words(olive.get(done.headers["Location"]).text)
    assert world.balance(store, "8")[0] == 374
    own = in_words(olive.get(f"{at(store, ana)}?own=1").text)
    assert f"this is member {bea} now" in own
    assert "344.00 net × 1, rounded down = 344" in own
    assert "Adjust points" not in own


@pytest.mark.parametrize("typed", ["nobody@example.com", "99", "7", "\x01", "x" * 400])
def test_who_is_not_known_or_is_this_member_is_said_in_place(sqlite_world: World, typed: str) -> None:
    _, olive, path = opened(sqlite_world)
    answer = olive.client.get(f"{path}/merge", query_string={"other": typed})
    assert answer.status_code == 422
    assert 'id="other-problem"' in answer.text


def test_a_number_that_is_a_customers_and_anothers_member_number_is_asked_about(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world)
    sqlite_world.tell(store, an_order(2, customer_id=8))
    sqlite_world.tell(store, an_order(3, customer_id=2))
    page = in_words(olive.get(f"{path}/merge?other=2").text)
    assert "More than one member is known by this" in page
    exact = in_words(olive.get(f"{path}/merge?with=2").text)
    assert "Member 2 goes on as member 1" in exact


def test_a_debt_is_part_of_the_result_that_is_shown(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world)
    sqlite_world.tell(store, an_order(2, "10.00", customer_id=8))
    adjusted(sqlite_world, store, -40, to="8", may_owe=True)
    assert "Afterwards, member 1 19 0 0" in in_words(olive.get(f"{path}/merge?with=2").text)
    olive.send(f"{path}/merge", other_id="2")
    assert sqlite_world.balance(store) == (19, 0, 0)


@pytest.mark.parametrize("typed", ["", "abc", "999", "1", "9" * 30])
def test_a_merge_with_nobody_changes_nothing(sqlite_world: World, typed: str) -> None:
    store, olive, path = opened(sqlite_world)
    assert olive.send(f"{path}/merge", other_id=typed).status_code == 422
    assert sqlite_world.points(store) == [49]


def test_while_orders_are_counted_nothing_is_merged_and_the_page_says_try_again(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, olive, path = opened(sqlite_world)
    sqlite_world.tell(store, an_order(2, customer_id=8))
    monkeypatch.setattr("admin.alone.PATIENCE_S", 0.0)
    taken = take_store(sqlite_world.env, store.store_id)
    assert taken
    answer = olive.send(f"{path}/merge", other_id="2")
    assert answer.status_code == 422
    assert "this very moment" in answer.text
    give_back(sqlite_world.env, taken[1])
    assert olive.send(f"{path}/merge", other_id="2").status_code == 303


# -- giving out and forgetting


def test_all_that_is_held_is_given_out_as_a_file_and_that_is_noted(world: World) -> None:
    store, olive, path = opened(world)
    adjusted(world, store, 25)
    answer = olive.send(f"{path}/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="member-1.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    told = json.loads(answer.text)["members"][0]
    assert told["email"] == "ana@example.com"
    assert [one["public_note"] for one in told["adjustments"]] == ["Sorry for the late parcel"]
    row = noted(world, store)[0]
    assert row.action == "member.exported"
    assert "ana@" not in row.after


def test_a_member_is_forgotten_only_after_her_number_was_typed(world: World) -> None:
    store, olive, path = opened(world)
    row = adjusted(world, store, 25)
    page = in_words(olive.get(f"{path}/erase").text)
    assert "There is no way back" in page
    assert "Type 1, the number of this member" in page
    for typed in ("", "2", "ana@example.com"):
        refused = olive.send(f"{path}/erase", number=typed)
        assert refused.status_code == 422
        assert "Nothing was done" in refused.text
    done = olive.send(f"{path}/erase", number="1")
    page = in_words(olive.get(done.headers["Location"]).text)
    assert "This member is forgotten" in page
    assert "Forgotten member 1" in page
    assert "ana@example.com" not in page
    assert "parcel" not in page
    assert "25 points added by hand" in page
    with world.database.read(store.store_id) as db:
        kept = db.execute(select(adjustments).where(adjustments.c.id == row.id)).one()
        assert members.by_customer_ref(db, store.store_id, "7") is None
        assert sum(db.execute(select(entries.c.points)).scalars()) == 74
    assert notes_of(kept, Sealing(world.env.secrets)) is None
    assert {(FORGET, store.store_id), (EFFECTS, store.store_id)} <= set(world.bells.rung)
    assert noted(world, store)[0].action == "member.erased"


def test_of_somebody_forgotten_nothing_is_given_out_adjusted_or_forgotten_again(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world)
    row = adjusted(sqlite_world, store, 25)
    olive.send(f"{path}/erase", number="1")
    assert olive.send(f"{path}/export").status_code == 409
    assert olive.send(f"{path}/adjust", **FORM).status_code == 422
    assert olive.send(f"{path}/adjustments/{row.id}/undo").status_code == 409
    assert olive.send(f"{path}/erase", number="1").status_code == 409
    assert olive.get(f"{path}/erase").status_code == 303
    assert olive.get(f"{path}/merge").status_code == 303
    assert len(sqlite_world.points(store)) == 2


def test_an_undone_adjustment_says_who_undid_it(sqlite_world: World) -> None:
    store, olive, path = opened(sqlite_world)
    row = adjusted(sqlite_world, store, 25)
    undone(sqlite_world, store, row.id)
    page = in_words(olive.get(path).text)
    assert "Undone by Server" in page
    assert "25 points that were added by hand were taken back" in page
