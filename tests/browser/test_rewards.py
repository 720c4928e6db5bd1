"""Rewards in a real browser: the code is shown as one types, and mistakes in their place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.domain.redemptions import State
from core.services.signing_in import make_link
from tests.admin.reward_desk import Desk, desk_at
from tests.browser.test_connecting import look_at
from tests.world import World


@pytest.fixture
def desk(sqlite_world: World) -> Desk:
    """Birch with a reward, codes of it and members who can afford it."""
    desk = desk_at(sqlite_world)
    desk.member(600, 3)
    desk.code(State.USED, 2)
    desk.code(State.LIVE, 4)
    with sqlite_world.database.write_all() as db:
        db.exec_driver_sql("UPDATE stores SET is_offline = false")
        make_link(db, "link", sqlite_world.now)
    return desk


@pytest.fixture
def page(browser: Browser, desk: Desk, site: str) -> Iterator[Page]:
    """Signed in, at the rewards."""
    with browser.new_context(reduced_motion="reduce", base_url=site) as context:
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto("/admin/sign-in/link")
        page.get_by_role("button", name="Sign in").click()
        page.goto(desk.at)
        yield page


def test_a_reward_is_changed_with_its_code_beside_it_and_old_codes_are_offered_a_change(page: Page) -> None:
    look_at(page, "Rewards")
    page.get_by_role("link", name="5.00 EUR off").click()
    look_at(page, "5.00 EUR off")

    page.get_by_label("Smallest order").fill("4.00")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("The sample follows once the fields beside are right.")
    page.get_by_role("button", name="Save and publish now").click()
    expect(page.get_by_label("Smallest order")).to_have_attribute("aria-invalid", "true")
    look_at(page, "5.00 EUR off")

    page.get_by_label("Smallest order").fill("25")
    expect(preview).to_contain_text("25.00 EUR")
    page.get_by_role("button", name="Save and publish now").click()
    expect(page.get_by_role("status").first).to_contain_text("Published.")
    page.get_by_role("button", name="Update 4 codes at the store").click()
    look_at(page, "Update 4 codes at the store?")
    page.get_by_role("button", name="Update 4 codes at the store").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("max", "4")
    look_at(page, "5.00 EUR off")
    page.get_by_role("button", name="Stop here").click()
    page.get_by_role("button", name="Pause it now").click()
    expect(page.locator(".page-head .chip")).to_have_text("Paused")


def test_a_reward_is_added_by_keyboard_alone(page: Page) -> None:
    page.get_by_role("button", name="Add a reward").focus()
    page.keyboard.press("Enter")
    look_at(page, "Add a reward")
    page.get_by_role("button", name="Add this Any amount off").focus()
    page.keyboard.press("Enter")
    look_at(page, "Add a reward")
    page.get_by_label("Name shoppers see").focus()
    for typed in ("As you like", "100", "1.00", "500"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    expect(page.locator("#preview")).to_contain_text("5.00 EUR for 500 points, more for more")
    page.get_by_role("button", name="Save to draft").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("As you like")
    page.get_by_role("link", name="Rewards").first.click()
    look_at(page, "Rewards")
    page.get_by_role("link", name="Can afford it").click()
    expect(page.locator("[aria-sort]")).to_have_text("Can afford it")
