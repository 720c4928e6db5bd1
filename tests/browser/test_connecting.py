"""From the first click on Connect to the first order that gives points, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from sandbox.woocommerce.faults import answer
from tests.browser.https import House, opened_house
from tests.eventually import eventually
from tests.world import World


def look_at(page: Page, heading: str) -> None:
    """The page is there, fits, and anybody can use it: on a phone by day, on a desk by night."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for width, scheme in ((320, "light"), (1440, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        # A window that was just made narrower is laid out anew in its own time.
        eventually(lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
        assert Axe().run(page).response["violations"] == [], (heading, scheme)


@pytest.fixture
def house(sqlite_world: World, tmp_path: Path) -> Iterator[House]:
    """Regulars and Birch, both over https."""
    with opened_house(sqlite_world, tmp_path) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser that takes the certificates made for the purpose."""
    with browser.new_context(ignore_https_errors=True, reduced_motion="reduce") as context:
        context.set_default_timeout(20_000)
        yield context.new_page()


def sign_in(page: Page, house: House) -> None:
    """Open a link and press the button on it."""
    page.goto(house.login_link())
    look_at(page, "Sign in to Regulars")
    page.get_by_role("button", name="Sign in").click()


def points_of_today(page: Page) -> str:
    """What the page shows, loaded anew; nothing while it is just going on by itself."""
    try:
        page.reload()
        return page.locator("dd.fig").nth(1).inner_text()
    except PlaywrightError:
        return ""


def type_address(page: Page, url: str) -> None:
    """Say where the store is, and go on."""
    page.get_by_label("Address of your store").fill(url)
    page.get_by_role("button", name="Go to my store and approve").click()


def test_a_store_is_connected_by_four_clicks_its_first_order_gives_points_and_its_past_ones_are_taken_in(
    page: Page, house: House
) -> None:
    house.sell_unheard(3)
    sign_in(page, house)
    look_at(page, "Stores")

    page.get_by_role("button", name="Connect a store").click()
    look_at(page, "Connect a store")
    type_address(page, house.store.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("would like to connect to your store")
    page.get_by_role("link", name="Approve").click()
    look_at(page, f"Connecting {house.store.url}")
    house.may_work.set()
    look_at(page, "Birch is connected")
    expect(page.get_by_label("Leave them out")).to_be_checked()

    house.buy()
    page.get_by_role("button", name="See Birch").click()
    expect(page.get_by_text("Points earned", exact=True)).to_be_visible()
    eventually(lambda: points_of_today(page) == "13")
    look_at(page, "Birch")

    house.may_work.clear()
    page.get_by_label("Take them in with points").check()
    page.get_by_role("button", name="Do this with past orders").click()
    expect(page.get_by_text("Being taken in")).to_be_visible()
    look_at(page, "Birch")
    house.may_work.set()
    # The page goes on by itself.
    taken_in = page.get_by_text("4 orders taken in on")
    eventually(lambda: house.go_on() and taken_in.count())

    house.sell_unheard(1)
    house.world.wait(minutes=20)
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("1 missing", exact=True)).to_be_visible()
    look_at(page, "Birch")
    page.get_by_role("button", name="Fetch them").click()
    eventually(lambda: points_of_today(page) == "65")


def test_no_page_asks_the_browser_for_what_its_policy_forbids(page: Page, house: House) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(house.login_link())
    page.get_by_role("button", name="Sign in").click()
    house.may_work.set()
    page.goto(f"{house.url}/admin/connect")
    type_address(page, house.store.url)
    page.get_by_role("link", name="Approve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Birch is connected")
    for path in ("", "/stores/1", "/stores/1/disconnect"):
        page.goto(f"{house.url}/admin{path}")
    # The store's own page has no icon.
    assert set(complaints) <= {
        "Failed to load resource: the server responded with a status of 404 (Not Found)"
    }


def test_a_store_is_disconnected_by_two_clicks_that_say_what_they_do(page: Page, house: House) -> None:
    sign_in(page, house)
    house.may_work.set()
    page.goto(f"{house.url}/admin/connect")
    type_address(page, house.store.url)
    page.get_by_role("link", name="Approve").click()
    page.get_by_role("button", name="See Birch").click()

    page.get_by_role("button", name="Disconnect Birch …").click()
    look_at(page, "Disconnect Birch?")
    page.get_by_role("button", name="Disconnect Birch").click()
    expect(page.get_by_text("Birch is disconnected")).to_be_visible()
    look_at(page, "Birch")
    page.locator(".pick summary").click()
    page.get_by_role("link", name="All stores").click()
    look_at(page, "Stores")
    page.locator(".pick summary").click()
    page.get_by_role("button", name="Sign out").click()
    look_at(page, "Sign in")
    eventually(lambda: not house.birch.store.webhooks)


def test_an_address_that_will_not_do_is_explained_where_it_was_typed(page: Page, house: House) -> None:
    sign_in(page, house)
    page.goto(f"{house.url}/admin/connect")
    type_address(page, "https://user:pw@shop.example")
    expect(page.get_by_text("no user name or password")).to_be_visible()
    look_at(page, "Connect a store")


def test_pages_that_say_no_say_what_to_do_and_anybody_can_use_them(page: Page, house: House) -> None:
    page.goto(f"{house.url}/admin/sign-in/made-up")
    look_at(page, "This link does not sign in any more")
    sign_in(page, house)
    page.goto(f"{house.url}/admin/connect")
    house.store.door.faults.fail(answer(301, Location="https://www.shop.example/wp-json/"))
    type_address(page, house.store.url)
    expect(page.get_by_role("button", name="Use https://www.shop.example")).to_be_visible()
    look_at(page, "Connect a store")

    type_address(page, house.store.url)
    page.get_by_role("link", name="No, thank you").click()
    look_at(page, f"{house.store.url} is not connected")
    page.get_by_role("button", name="again").click()
    refusal = b'{"code":"woocommerce_rest_cannot_view","message":"No."}'
    house.store.door.faults.fail(answer(401, refusal), path="currencies")
    page.get_by_role("link", name="Approve").click()
    house.may_work.set()
    expect(page.get_by_text("does not accept the keys")).to_be_visible()
    look_at(page, f"{house.store.url} is not connected")

    page.get_by_role("button", name="again").click()
    page.get_by_role("link", name="Approve").click()
    page.get_by_role("button", name="See Birch").click()
    house.birch.store.owner_status = 403
    house.buy()
    eventually(lambda: page.reload() and page.get_by_text("does not let us in any more").count())
    look_at(page, "Birch")
