"""Rewards in the settings pages: added, changed, paused, removed; seen as the store will have their codes."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from core.db import changes, programs
from core.db.reward_numbers import Counted, who_can_afford
from core.domain.redemptions import State
from core.domain.rewards import reward_kinds
from core.domain.staff import Role
from tests.admin.merchant import in_words
from tests.admin.people import staff_browser
from tests.admin.reward_desk import TYPED, Desk, desk_at
from tests.redeeming.counter import FIVE, a_program
from tests.shopify_install import Acorn
from tests.statements import asked
from tests.world import World

TEN = {"id": "ten", "kind": "percent_off", "cost_points": 800, "percent": 10}


@pytest.fixture
def desk(world: World) -> Desk:
    """With one reward: 5.00 off for 500 points."""
    return desk_at(world)


def sorted_by(desk: Desk, sort: str) -> list[str]:
    """The rewards in the order of the table, and what it says of its order."""
    page = desk.get(f"?sort={sort}").text
    [said] = re.findall(r'aria-sort="(\w+)"', page)
    return [said, *re.findall(r'<th scope="row" class="whole"><a href="[^"]+/edit/([^"]+)"', page)]


def problem(page: str, name: str) -> str:
    """What is said under a field, which is marked."""
    assert re.search(rf'name="{name}"[^>]*aria-invalid="true" aria-describedby="{name}-problem"', page), name
    [said] = re.findall(rf'id="{name}-problem">([^<]*)<', page)
    return str(said)


def test_the_table_says_what_each_reward_costs_and_who_can_afford_it(desk: Desk) -> None:
    kinds = [
        FIVE | {"minimum_spend_minor": 2500, "combines_with": ["order", "product", "shipping"]},
        TEN | {"name": "A tenth"},
        {"id": "capped", "kind": "percent_off", "cost_points": 900, "percent": 10, "cap_minor": 1500},
        {"id": "ship", "kind": "free_shipping", "cost_points": 300, "combines_with": ["product"]},
        {"id": "mug", "kind": "free_product", "cost_points": 950, "product": 42, "stock": 50},
        {"id": "any", "kind": "any_amount", "step_points": 100, "amount_minor": 100, "minimum_points": 400},
    ]
    desk.world.apply(desk.store, a_program(*kinds))
    desk.member(300, 2)
    desk.member(850)
    desk.member(99_999, merged_into=1)
    desk.code(State.USED, 2)
    desk.code(State.LIVE, 3)
    desk.code(State.USED, requested_at=desk.world.now - timedelta(days=31))
    page = in_words(desk.get())
    assert "6 rewards can be redeemed. 3 members can afford one today." in page
    for row in (
        "5.00 EUR off Money off, from 25.00 All discounts 500 5.00 1 5 2 10.00 3 15.00 any Live",
        "A tenth Percentage off Nothing else 800 depends on the order 1 0 0 0 any Live",
        "10 % off Percentage off Nothing else 900 up to 15.00 0 0 0 0 any Live",
        "Free shipping Product discounts 300 your shipping 3 0 0 0 any Live",
        "Product 42, free Free product Nothing else 950 the product’s price 0 0 0 0 50 Live",
        "4.00 EUR off or more Any amount off Nothing else 400+ 4.00 or more 1 0 0 0 any Live",
    ):
        assert row in page


def test_the_table_is_sorted_by_links_that_say_how(desk: Desk) -> None:
    ship = {"id": "ship", "kind": "free_shipping", "cost_points": 300, "name": "Zero shipping"}
    desk.world.apply(desk.store, a_program(FIVE, TEN, ship))
    assert sorted_by(desk, "points") == ["ascending", "ship", "five", "ten"]
    assert sorted_by(desk, "-points") == ["descending", "ten", "five", "ship"]
    assert sorted_by(desk, "name") == ["ascending", "ten", "five", "ship"]
    assert sorted_by(desk, "costs")[1] == "five"
    desk.member(600)
    assert sorted_by(desk, "-afford")[-1] == "ten"
    assert 'href="/admin/stores' in desk.get("?sort=nonsense").text


def test_an_empty_catalogue_says_what_will_stand_there(world: World) -> None:
    desk = desk_at(world, program='{"pending_days": 0}')
    page = desk.get().text
    assert "No reward yet" in page
    assert "/rewards/add" in page


def test_counting_members_stops_at_a_limit_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.db.reward_numbers.MOST_COUNTED", 9)
    desk.member(500, 5)
    desk.member(900, 2)
    with desk.world.database.read(desk.store.store_id) as db:
        counted = who_can_afford(db, desk.store.store_id, [100, 500, 800])
    assert counted == {800: Counted(2), 500: Counted(5, True), 100: Counted(5, True)}
    monkeypatch.setattr("core.db.reward_numbers.MOST_COUNTED", 3)
    assert "Over 3 members can afford one today." in in_words(desk.get())


def test_each_page_asks_as_many_questions_however_much_there_is(desk: Desk) -> None:
    found: list[list[int]] = []
    for number in (3, 60):
        rewards = [FIVE | {"id": f"r{at}", "cost_points": 100 + at} for at in range(number)]
        desk.world.apply(desk.store, a_program(FIVE, *rewards))
        desk.code(State.LIVE, number)
        desk.member(1000, number)
        counts = []
        for path in ("", "/edit/five", "/add/amount_off", "/add"):
            with asked() as said:
                desk.get(path)
            counts.append(len(said))
        found.append(counts)
    assert found[0] == found[1]
    assert max(found[0]) <= 20


def test_a_reward_of_every_kind_is_added_from_what_its_kind_declares(desk: Desk) -> None:
    typed = {"points": "700", "money": "7.50", "percent": "12,5", "product": "42"}
    for kind in reward_kinds().values():
        assert kind.title in desk.get("/add").text
        assert 'name="revision"' in desk.get(f"/add/{kind.kind}").text
        fields = {one.name: typed[one.shape] for one in kind.form if not one.is_optional}
        sent = desk.send(f"/add/{kind.kind}", **desk.seen(), then="draft", **fields)
        assert sent.status_code == 303, in_words(sent)
        shown = in_words(desk.get(sent.headers["Location"].split("/rewards")[1]))
        assert "Saved to the draft." in shown
        assert "New, not live yet" in shown
    added = [one for one in desk.drafted().rewards if one.reward_ref != "five"]
    assert [one.reward.kind for one in added] == list(reward_kinds())
    assert [len(one.reward.form) for one in added] == [
        len(one.reward.to_json()) + (one.reward.kind == "percent_off") for one in added
    ]
    assert [one.reward_ref for one in desk.live().rewards] == ["five"]


def test_a_form_has_exactly_the_settings_its_kind_reads() -> None:
    for kind in reward_kinds().values():
        names = {one.name for one in kind.form}
        needed = {one.name for one in kind.form if not one.is_optional}
        assert needed <= names
        assert kind.title
        assert kind.about.endswith(".")


def test_its_short_name_comes_from_what_it_is_called_and_is_nobody_elses(desk: Desk) -> None:
    for name, ref in (
        ("Five!", "five-2"),
        ("Five", "five-3"),
        ("Übergröße 5 €", "bergr-sse-5"),
        ("★", "amount-off"),
    ):
        sent = desk.send("/add/amount_off", **{**TYPED, "name": name, **desk.seen()})
        assert sent.headers["Location"].split("?")[0].endswith(f"/edit/{ref}")


@pytest.mark.parametrize(
    ("kind", "fields", "name", "says"),
    [
        ("amount_off", {"minimum_spend_minor": "4.00"}, "minimum_spend_minor", "4.00 is less than the 5.00"),
        ("amount_off", {"minimum_spend_minor": "0"}, "minimum_spend_minor", "from 0.01"),
        ("amount_off", {"amount_minor": ""}, "amount_minor", "Enter an amount in EUR"),
        ("amount_off", {"amount_minor": "5.001"}, "amount_minor", "Enter an amount in EUR"),
        ("amount_off", {"cost_points": "0"}, "cost_points", "Enter a whole number from 1"),
        ("amount_off", {"cost_points": "five"}, "cost_points", "Enter a whole number from 1"),
        ("amount_off", {"valid_days": "4000"}, "valid_days", "from 1 to 3,650"),
        ("amount_off", {"stock": "0"}, "stock", "Enter a whole number from 1"),
        ("amount_off", {"per_member": "-1"}, "per_member", "Enter a whole number from 1"),
        ("amount_off", {"name": "x" * 101}, "name", "at most 100 characters"),
        ("percent_off", {"percent": "101"}, "percent", "at most 100"),
        ("percent_off", {"percent": "0"}, "percent", "above 0"),
        ("percent_off", {"percent": "10", "cap_minor": "x"}, "cap_minor", "Enter an amount in EUR"),
        ("free_product", {"product": ""}, "product", "This is needed"),
        ("free_product", {"product": "a mug"}, "product", "“a mug” is no product"),
        ("amount_off", {"products": "MUG, 12"}, "products", "“MUG” is no product"),
        ("amount_off", {"products": "hello world, ##"}, "products", "the one after post="),
        (
            "any_amount",
            {"step_points": "100", "minimum_points": "150"},
            "minimum_points",
            "steps of 100 points",
        ),
        (
            "any_amount",
            {"step_points": "100", "minimum_points": "500", "minimum_spend_minor": "24.99"},
            "minimum_spend_minor",
            "24.99 is less than the 25.00",
        ),
    ],
)
def test_what_will_not_do_is_said_under_its_field_with_what_would(
    desk: Desk, kind: str, fields: dict[str, str], name: str, says: str
) -> None:
    sent = desk.send(f"/add/{kind}", **{**TYPED, **fields})
    assert sent.status_code == 422
    assert says in problem(sent.text, name)
    assert "Nothing was saved: one of the fields needs you. Go to the field" in in_words(sent)
    assert re.findall(r'name="([^"]+)"[^>]* autofocus', sent.text) == [name]
    for field, value in fields.items():
        assert not value or f'name="{field}" value="{value}"' in sent.text
    assert desk.revision() == 0


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("percent_off", {"percent": "10", "cap_minor": "15"}, "WooCommerce cannot cap a percentage"),
        ("amount_off", {"combines_product": "yes"}, "either alone or with any other coupon"),
    ],
)
def test_what_the_platform_cannot_have_is_said_before_it_is_saved(
    desk: Desk, kind: str, fields: dict[str, str], says: str
) -> None:
    typed = {**TYPED, **fields}
    assert says in in_words(desk.send(f"/preview/{kind}", **typed))
    sent = desk.send(f"/add/{kind}", **typed)
    assert sent.status_code == 422
    assert says in in_words(sent)
    assert desk.revision() == 0


def test_the_preview_is_the_code_as_the_store_will_have_it_and_keeps_nothing(desk: Desk) -> None:
    desk.world.apply(desk.store, a_program(FIVE, code_prefix="BIRCH"))
    every = {f"combines_{word}": "yes" for word in ("order", "product", "shipping")}
    shown = desk.send("/preview/amount_off", **TYPED, minimum_spend_minor="25", **every)
    assert re.search(r"<code>BIRCH-\w{4}-\w{4}-\w{4}-\w{4}</code>", shown.text)
    for row in (
        "Takes off 5.00 EUR, once",
        "For the member who made it, nobody else",
        "Order from 25.00 EUR",
        "Until the end of the day, 30 days after it is made",
        "Together with All discounts",
    ):
        assert row in in_words(shown)
    wrong = in_words(desk.send("/preview/amount_off", **TYPED, minimum_spend_minor="4"))
    assert wrong.endswith("The sample follows once the fields beside are right.")
    assert desk.revision() == 0


def test_saved_to_the_draft_it_changes_nothing_for_shoppers_until_it_is_published(desk: Desk) -> None:
    assert desk.change(cost_points="400").status_code == 303
    assert desk.live().rewards[0].reward.least_points == 500
    page = desk.get()
    assert "The draft is not live yet. It changes: 5.00 EUR off" in in_words(page)
    assert "Change not live yet" in in_words(page)
    assert desk.send("/publish", **desk.seen(1)).status_code == 303
    assert desk.live().rewards[0].reward.least_points == 400
    assert desk.revision() == 0


def test_published_at_once_where_nothing_else_is_drafted_and_the_history_has_it(desk: Desk) -> None:
    sent = desk.change(then="live", cost_points="400")
    assert sent.status_code == 303, in_words(sent)
    assert desk.live().rewards[0].reward.least_points == 400
    assert "Published." in in_words(desk.get(sent.headers["Location"].split("/rewards")[1]))
    with desk.world.database.read(desk.store.store_id) as db:
        [noted] = changes.newest(db, desk.store.store_id, 5)
        version = programs.versions_of(db, desk.store.store_id)[-1]
    assert (noted.who, noted.action) == ("Olive", "program.published")
    assert json.loads(json.loads(noted.before)["program"])["rewards"][0]["cost_points"] == 500
    assert version.applied_by == "Olive"


def test_what_changes_nothing_publishes_nothing(desk: Desk) -> None:
    before = desk.live()
    assert desk.change(then="live").status_code == 303
    with desk.world.database.read(desk.store.store_id) as db:
        assert len(programs.versions_of(db, desk.store.store_id)) == 2
    assert desk.live() == before


def test_with_something_else_in_the_draft_it_is_said_and_nothing_is_published_beside_it(desk: Desk) -> None:
    desk.mara_saves(a_program(FIVE, TEN, expired_codes="return"))
    page = desk.get("/edit/five")
    assert "The draft changes more than this reward: 10 % off , rules of the program" in in_words(page)
    assert 'value="live"' not in page.text
    sent = desk.change(then="live", **desk.seen(1), cost_points="400")
    assert sent.status_code == 422
    assert "Save to the draft, and publish it as a whole." in in_words(sent)
    assert desk.send("/publish", **desk.seen(1)).status_code == 422
    assert desk.change(**desk.seen(1), cost_points="400").status_code == 303
    assert [one.reward.least_points for one in desk.drafted().rewards] == [400, 800]
    assert desk.live().offer("ten") is None


@pytest.mark.parametrize("then", ["draft", "live"])
def test_of_two_who_save_the_second_sees_both_and_saves_hers_on_top(desk: Desk, then: str) -> None:
    desk.mara_saves(a_program(FIVE | {"cost_points": 450, "amount_minor": 600}))
    sent = desk.change(then=then, **desk.seen(0), cost_points="400", minimum_spend_minor="30.00")
    assert sent.status_code == 409
    said = in_words(sent)
    assert "Mara saved the draft meanwhile" in said
    assert "6.00 EUR off: 450 points" in said
    assert 'name="cost_points" value="400"' in sent.text
    assert 'name="minimum_spend_minor" value="30.00"' in sent.text
    assert desk.drafted().rewards[0].reward.least_points == 450
    [revision] = set(re.findall(r'name="revision" value="(\d+)"', sent.text))
    assert desk.change(then=then, revision=revision, version="2", cost_points="400").status_code == 303
    assert desk.drafted().rewards[0].reward.least_points == 400


def test_what_another_published_at_once_is_not_written_over_unseen(desk: Desk) -> None:
    seen = desk.seen()
    mara = staff_browser(desk.world, Role.MANAGER, desk.store, name="Mara")
    mara.send(f"{desk.at}/edit/five", **{**TYPED, **seen, "then": "live", "amount_minor": "6.00"})
    sent = desk.send("/edit/five", **{**TYPED, **seen, "cost_points": "400"})
    assert sent.status_code == 409
    assert "The program was published" in in_words(sent)
    assert "6.00 EUR, once" in in_words(sent)
    assert desk.revision() == 0
    again = {name: re.findall(rf'name="{name}" value="(\d+)"', sent.text)[0] for name in seen}
    assert desk.send("/edit/five", **{**TYPED, **again, "cost_points": "400"}).status_code == 303


def test_what_another_saved_of_other_rewards_stays(desk: Desk) -> None:
    desk.mara_saves(a_program(FIVE, TEN))
    assert desk.change(**desk.seen(0), cost_points="400").status_code == 409
    assert desk.change(cost_points="400", **desk.seen(1)).status_code == 303
    assert [one.reward_ref for one in desk.drafted().rewards] == ["five", "ten"]


def test_a_draft_that_changed_is_not_published_unseen(desk: Desk) -> None:
    desk.change(cost_points="400")
    desk.mara_saves(a_program(FIVE, TEN), seen=1)
    sent = desk.send("/publish", **desk.seen(1))
    assert sent.status_code == 409
    assert "Mara saved the draft meanwhile" in in_words(sent)
    assert desk.live().offer("ten") is None


def test_pausing_keeps_it_from_being_redeemed_and_in_the_table(desk: Desk) -> None:
    assert desk.send("/edit/five/pause", **desk.seen(0), paused="yes", then="live").status_code == 303
    assert desk.live().rewards[0].is_paused
    page = in_words(desk.get())
    assert "Nothing can be redeemed today." in page
    assert "Paused" in page
    assert desk.change(then="live", cost_points="400").status_code == 303
    assert desk.live().rewards[0].is_paused, "changing it offers it to nobody"
    assert desk.send("/edit/five/pause", **desk.seen(0), paused="no", then="live").status_code == 303
    assert not desk.live().rewards[0].is_paused


def test_removing_takes_it_out_of_the_draft_or_the_program(desk: Desk) -> None:
    assert desk.send("/edit/five/remove", **desk.seen(0), then="draft").status_code == 303
    assert desk.live().offer("five")
    page = desk.get("/edit/five?done=drafted")
    assert "Goes when published Saved to the draft. The reward goes once" in in_words(page)
    assert 'name="cost_points"' not in page.text
    assert desk.send("/publish", **desk.seen(1)).status_code == 303
    assert desk.live().rewards == ()
    assert desk.olive.get(f"{desk.at}/edit/five").status_code == 404


def test_removing_a_live_reward_asks_first_and_says_how_it_comes_back(desk: Desk) -> None:
    desk.code(State.LIVE, 2)
    page = desk.get("/edit/five")
    assert '/edit/five/remove">Remove it now</a>' in page.text
    asked_first = desk.get("/edit/five/remove")
    said = in_words(asked_first)
    assert "Remove 5.00 EUR off?" in said
    assert "2 codes that nobody has used yet go on working in the store, until their end." in said
    assert "Restore the version of before in the program’s history" in said
    assert desk.live().offer("five")
    fields = dict(re.findall(r'name="(revision|version)" value="(\d+)"', asked_first.text))
    gone = desk.send("/edit/five/remove", **fields, then="live")
    assert desk.live().offer("five") is None
    page = desk.get(gone.headers["Location"].split("/rewards")[1])
    assert "To have it back, restore the version of before and publish it." in in_words(page)
    assert '/program#h-hist">' in page.text


def test_a_viewer_sees_all_and_changes_nothing(world: World) -> None:
    desk = desk_at(world, role=Role.VIEWER)
    desk.change(then="live", cost_points="400")
    assert desk.live().rewards[0].reward.least_points == 500
    for path in ("", "/edit/five"):
        assert 'method="post" action="/admin/stores' not in desk.get(path).text
    assert "Together with Nothing else" in in_words(desk.get("/edit/five"))


def opened(installed: Acorn, path: str) -> TestResponse:
    """A page as Shopify's admin has it fetched."""
    headers = {"Authorization": f"Bearer {installed.id_token()}"}
    return installed.world.client.get(f"/shopify{path}", headers=headers)


def test_within_shopifys_admin_the_same_pages_stand(installed: Acorn) -> None:
    installed.world.apply(installed.store, a_program())
    page = opened(installed, "/rewards")
    assert page.status_code == 200
    assert 'href="/shopify/rewards/edit/five"' in page.text
    assert "csrf_token" not in page.text
    page = opened(installed, "/rewards/edit/five")
    assert "/shopify/rewards/preview/amount_off" in page.text
