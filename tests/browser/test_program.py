"""The program's page in a real browser: typed, seen at once, saved, published, and there in the history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from core.domain.staff import Role
from core.domain.stores import Store
from tests.admin.at_program import a_program, order_now
from tests.admin.people import staff_browser
from tests.eventually import eventually
from tests.world import World


@pytest.fixture
def birch(sqlite_world: World) -> Store:
    """A store whose last order was 49.95."""
    store = sqlite_world.connect(program=a_program(expiry={"kind": "fixed", "days": 365}))
    sqlite_world.wait(minutes=1)
    order_now(sqlite_world, store, 1042)
    return store


@pytest.fixture
def olive(browser: Browser, sqlite_world: World, birch: Store, site: str) -> Iterator[BrowserContext]:
    """Olive's browser, signed in."""
    cookie = staff_browser(sqlite_world, Role.MANAGER, birch).client.get_cookie("regulars")
    assert cookie is not None
    with browser.new_context(reduced_motion="reduce", base_url=site) as context:
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "regulars", "value": cookie.value, "url": site}])
        yield context


def look_at(page: Page) -> None:
    """It fits and anybody can use it, on a phone and on a desk, by day and by night."""
    for width in (320, 1440):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            eventually(lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
            assert Axe().run(page).response["violations"] == [], (width, scheme)


def test_a_rule_is_typed_seen_saved_published_and_stands_in_the_history(
    olive: BrowserContext, birch: Store
) -> None:
    page = olive.new_page()
    page.goto(f"/admin/stores/{birch.store_id}/program")
    look_at(page)
    example, points = page.locator("#beside-earn"), page.get_by_label("Points", exact=True)
    expect(example).to_contain_text("49.95 net × 1, rounded down = 49")

    points.fill("3")
    expect(example).to_contain_text("49.95 net × 3, rounded down = 149")
    expect(page.locator("#saved-state")).to_contain_text("Not saved yet.")
    points.fill("three")
    expect(page.locator("#slot-rule-0-points")).to_contain_text("Enter a number above 0")
    expect(example).to_contain_text("= 149")
    look_at(page)
    points.fill("2")
    expect(page.locator("#slot-rule-0-points")).to_be_empty()

    page.get_by_label("only when everything is returned").check()
    expect(page.locator("#beside-refund")).to_contain_text("none come back for a half")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft has 2 changes")).to_be_visible()
    page.get_by_label("Days to wait").fill("7")
    expect(page.get_by_text("What you typed since is not in this draft.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish version 3")).to_have_count(0)
    page.get_by_label("Days to wait").fill("14")
    expect(page.get_by_role("button", name="Publish version 3")).to_be_visible()
    look_at(page)

    page.get_by_role("button", name="Publish version 3").click()
    expect(page.get_by_text("Version 3 is live. Nothing already earned has changed.")).to_be_visible()
    history = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Version 3"))
    expect(history).to_contain_text("Members earn 2 points for every 1.00 EUR they pay.")
    expect(history).to_contain_text("Olive")
    look_at(page)

    page.goto(f"/admin/stores/{birch.store_id}/activity/history")
    expect(page.get_by_role("listitem").filter(has_text="Published the program")).to_contain_text("Version")
    look_at(page)


def test_whoever_leaves_something_unsaved_is_asked_by_the_browser(
    olive: BrowserContext, birch: Store
) -> None:
    page, answers, asked = olive.new_page(), ["stay", "go"], list[str]()

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss() if answers.pop(0) == "stay" else dialog.accept()

    page.on("dialog", answer)
    page.goto(f"/admin/stores/{birch.store_id}/program")
    page.get_by_label("Points", exact=True).fill("5")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft has 1 change")).to_be_visible()
    assert asked == []

    page.get_by_label("Points", exact=True).fill("6")
    members = page.get_by_role("link", name="Members")
    members.click(no_wait_after=True)
    eventually(lambda: asked == ["beforeunload"])
    expect(page.get_by_label("Points", exact=True)).to_have_value("6")
    members.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Members")
    assert asked == ["beforeunload", "beforeunload"]


def test_without_scripts_two_people_are_shown_both_versions(
    browser: Browser, olive: BrowserContext, birch: Store, site: str
) -> None:
    cookies = olive.cookies()
    with browser.new_context(java_script_enabled=False, base_url=site) as plain:
        plain.add_cookies([{"name": one["name"], "value": one["value"], "url": site} for one in cookies])
        first, second = plain.new_page(), plain.new_page()
        for page in (first, second):
            page.goto(f"/admin/stores/{birch.store_id}/program")
        for page, points in ((first, "2"), (second, "3")):
            page.get_by_label("Points", exact=True).fill(points)
            page.get_by_role("button", name="Save draft").click()
        expect(first.locator("#beside-earn")).to_contain_text("= 99")
        expect(second.get_by_role("heading", level=1)).to_have_text("Somebody else saved meanwhile")
        second.get_by_role("button", name="Save mine over it").click()
        expect(second.locator("#beside-earn")).to_contain_text("= 149")


def test_the_page_that_shows_both_versions_is_for_anybody(
    olive: BrowserContext, birch: Store, sqlite_world: World
) -> None:
    page = olive.new_page()
    page.goto(f"/admin/stores/{birch.store_id}/program")
    sqlite_world.apply(birch, a_program(9))
    page.get_by_label("Points", exact=True).fill("5")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody else saved meanwhile")
    look_at(page)
