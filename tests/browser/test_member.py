"""A member's page in a real browser: points given by hand, seen, and taken back; on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from core.services.signing_in import open_session
from tests.adjusting import adjusted, member_id
from tests.eventually import eventually
from tests.payloads import an_order
from tests.redemptions import REWARDING, redeemed
from tests.world import World


@pytest.fixture
def anas_page(sqlite_world: World, site: str) -> str:
    """Where the page of Ana is, who has points, a code and orders."""
    store = sqlite_world.connect(program=REWARDING, is_offline=False)
    sqlite_world.tell(store, an_order(net="344.00"))
    sqlite_world.tell(store, an_order(1043, "19.95", customer_id=0))
    redeemed(sqlite_world, store)
    adjusted(sqlite_world, store, 5)
    return f"{site}/admin/stores/{store.store_id}/members/{member_id(sqlite_world, store)}"


@pytest.fixture(params=[True, False], ids=["with_script", "without_script"])
def page(request: pytest.FixtureRequest, browser: Browser, sqlite_world: World, site: str) -> Iterator[Page]:
    """Olive's browser, signed in."""
    session = sqlite_world.env.token()
    with sqlite_world.database.write_all() as db:
        open_session(db, session, None, sqlite_world.now)
    with browser.new_context(java_script_enabled=request.param, reduced_motion="reduce") as context:
        context.add_cookies([{"name": "regulars", "value": session, "url": site}])
        context.set_default_timeout(20_000)
        yield context.new_page()


def look_at(page: Page) -> None:
    """It fits, and anybody can use it: on a phone and on a desk, by day and by night."""
    for width, scheme in ((320, "light"), (320, "dark"), (1440, "light"), (1440, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        eventually(lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
        assert Axe().run(page).response["violations"] == [], (page.url, width, scheme)


def test_points_are_given_by_hand_seen_and_taken_back(page: Page, anas_page: str) -> None:
    page.goto(anas_page)
    page.get_by_role("button", name="Adjust points").first.click()
    page.get_by_label("Points to add").fill("25")
    page.get_by_label("The member will read").fill("Sorry for the late parcel")
    page.get_by_label("Only staff will read").fill("Ticket 4411")
    page.get_by_role("button", name="Adjust points").last.click()
    banner = page.get_by_role("status")
    expect(banner).to_contain_text("25 points added. ana@example.com sees “Sorry for the late parcel”.")
    expect(page.locator("dd.fig").first).to_have_text("274")
    banner.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Undone: 25 points taken back.")
    expect(page.locator("dd.fig").first).to_have_text("249")


def test_a_mistake_is_told_beside_its_field_and_what_was_typed_is_kept(page: Page, anas_page: str) -> None:
    page.goto(f"{anas_page}/adjust")
    page.get_by_label("Points to add").fill("-400")
    page.get_by_label("The member will read").fill("Given twice")
    page.get_by_role("button", name="Adjust points").click()
    problem = page.locator("#points-problem")
    expect(problem).to_have_text("There are 249 points that can be taken. Enter −249 or more.")
    expect(page.get_by_label("The member will read")).to_have_value("Given twice")


@pytest.mark.parametrize("page", [True], indirect=True)
def test_every_page_of_a_member_fits_and_anybody_can_use_it(page: Page, anas_page: str) -> None:
    for more in ("", "/adjust", "/check", "/merge?with=2", "/erase", "/redemptions/1/cancel"):
        page.goto(anas_page + more)
        look_at(page)


@pytest.mark.parametrize("page", [True], indirect=True)
def test_the_dialog_opens_and_closes_by_keyboard_alone(page: Page, anas_page: str) -> None:
    page.goto(anas_page)
    page.get_by_role("button", name="Adjust points").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    look_at(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
