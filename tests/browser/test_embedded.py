"""The settings pages within Shopify's admin, in a real frame: no cookie, a fresh proof with each fetch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Locator, Page, Route, expect

from tests.browser.conftest import serving
from tests.eventually import eventually
from tests.shopify_install import DOMAIN, Acorn, acorn
from tests.world import SMALLEST_PROGRAM, World

APP_BRIDGE = "https://cdn.shopify.com/shopifycloud/app-bridge.js"
FAKE_BRIDGE = """
const plain = window.fetch.bind(window);
window.fetch = async (target, options = {}) => {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${await window.proof()}`);
  return plain(target, { ...options, headers });
};
customElements.define("s-app-nav", class extends HTMLElement { connectedCallback() { this.hidden = true; } });
"""
"""What Shopify's script does for a page: it adds the proof to each fetch, and shows the navigation itself."""


@dataclass
class Admin:
    """Shopify's admin with our page in its frame."""

    page: Page
    shop: Acorn
    complaints: list[str]

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    @property
    def heading(self) -> Locator:
        return self.frame.get_by_role("heading", level=1)

    @property
    def points(self) -> Locator:
        """What a unit of money earns, on the program's page."""
        return self.frame.get_by_label("Points", exact=True)

    def open(self, path: str = "/shopify") -> None:
        self.page.goto(f"https://{DOMAIN}/admin?at={path}")


@pytest.fixture
def admin(browser: Browser, sqlite_world: World) -> Iterator[Admin]:
    """Acorn's admin, in a browser that keeps no cookies of ours."""
    with (
        acorn(sqlite_world) as shop,
        serving(shop.world.client.application) as ours,
        browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce") as context,
    ):
        context.expose_function("proof", shop.id_token)
        context.route(
            APP_BRIDGE, lambda route: route.fulfill(body=FAKE_BRIDGE, content_type="text/javascript")
        )
        context.route(
            f"https://{DOMAIN}/**",
            lambda route: route.fulfill(body=framing(route, shop, ours), content_type="text/html"),
        )
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Admin(page, shop, complaints)
        assert context.cookies() == []


def framing(route: Route, shop: Acorn, ours: str) -> str:
    """The admin's page: a frame, opened with the proof in its address."""
    path = route.request.url.partition("at=")[2] or "/shopify"
    query = f"embedded=1&shop={DOMAIN}&host=YWNvcm4&id_token={shop.id_token()}"
    return (
        "<!doctype html><html lang='en'><title>Admin</title><main><h1>Acorn’s admin</h1>"
        f"<iframe title='Regulars' src='{ours}{path}?{query}' width='1100' height='850'></iframe></main>"
    )


def test_her_store_is_connected_and_its_pages_are_gone_through_without_a_cookie(admin: Admin) -> None:
    admin.open()
    expect(admin.heading).to_have_text("acorn")
    admin.shop.world.apply(admin.shop.store, SMALLEST_PROGRAM)
    admin.shop.order()
    admin.shop.send()
    admin.shop.work()

    admin.open()
    expect(admin.frame.get_by_text("Order #1001")).to_be_visible()
    admin.frame.get_by_label("Take them in without points").check()
    admin.frame.get_by_role("button", name="Do this with past orders").click()
    expect(admin.frame.get_by_text("Being taken in")).to_be_visible()
    expect(admin.heading).to_have_text("acorn")
    assert Axe().run(admin.page).response["violations"] == []
    assert admin.complaints == []


def test_a_proof_that_has_ended_is_renewed_without_the_merchant_noticing(admin: Admin) -> None:
    admin.open()
    expect(admin.heading).to_have_text("acorn")
    admin.shop.world.wait(minutes=10)
    admin.frame.get_by_label("Take them in without points").check()
    admin.frame.get_by_role("button", name="Do this with past orders").click()
    expect(admin.frame.get_by_text("Being taken in")).to_be_visible()


def at_the_program(admin: Admin) -> None:
    """The program's page is open, and nothing is typed."""
    admin.open()
    expect(admin.heading).to_have_text("acorn")
    admin.shop.world.apply(admin.shop.store, SMALLEST_PROGRAM)
    admin.open("/shopify/program")
    expect(admin.heading).to_have_text("Program")


def test_whoever_leaves_something_unsaved_is_asked_and_may_stay_or_go(admin: Admin) -> None:
    at_the_program(admin)
    points, asked = admin.points, admin.frame.get_by_role("dialog", name="Leave without saving?")
    points.fill("5")
    admin.frame.get_by_role("link", name="Rewards").click()
    expect(asked).to_be_visible()
    assert Axe().run(admin.page).response["violations"] == []
    asked.get_by_role("button", name="Stay on this page").click()
    expect(asked).to_be_hidden()
    expect(points).to_have_value("5")

    admin.frame.get_by_role("link", name="Rewards").click()
    admin.page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    expect(admin.heading).to_have_text("Program")

    admin.frame.get_by_role("link", name="Rewards").click()
    asked.get_by_role("button", name="Leave without saving").click()
    expect(admin.heading).to_have_text("Rewards")
    assert admin.complaints == []


def test_saving_asks_nothing_and_after_it_nothing_is_left_to_ask(admin: Admin) -> None:
    at_the_program(admin)
    admin.points.fill("5")
    admin.frame.get_by_role("button", name="Save draft").click()
    expect(admin.frame.get_by_text("Draft has 1 change")).to_be_visible()
    admin.frame.get_by_role("link", name="Rewards").click()
    expect(admin.heading).to_have_text("Rewards")


def test_what_was_refused_is_as_unsaved_as_what_was_typed(admin: Admin) -> None:
    at_the_program(admin)
    admin.points.fill("many")
    admin.frame.get_by_role("button", name="Save draft").click()
    expect(admin.frame.get_by_role("alert")).to_be_visible()
    admin.frame.get_by_role("link", name="Rewards").click()
    expect(admin.frame.get_by_role("dialog", name="Leave without saving?")).to_be_visible()


def test_the_browsers_own_way_back_asks_too_and_staying_keeps_the_address(admin: Admin) -> None:
    at_the_program(admin)
    admin.frame.get_by_role("link", name="Rewards").click()
    expect(admin.heading).to_have_text("Rewards")
    inside = admin.page.frames[1]
    inside.evaluate("history.back()")
    expect(admin.heading).to_have_text("Program")
    admin.points.fill("5")
    inside.evaluate("history.forward()")
    admin.frame.get_by_role("button", name="Stay on this page").click()
    expect(admin.points).to_have_value("5")
    eventually(lambda: inside.evaluate("location.pathname") == "/shopify/program")
    inside.evaluate("history.back()")
    admin.frame.get_by_role("button", name="Leave without saving").click()
    expect(admin.heading).to_have_text("Rewards")
