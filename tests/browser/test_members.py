"""The list of members and excluding somebody, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from core.domain.staff import Role
from tests.admin.people import staff_browser
from tests.payloads import an_order, body_of
from tests.world import World

NAMES = (("Ana", "Lopez"), ("", ""), ("Maximiliane Theodora", "von Hohenstein-Waldburg-Lüdenscheidt"))
AS_IT_IS = {"preload": False}
"""Axe would fetch our style sheet's imports from the page's own address, where they are not."""


@pytest.fixture
def birch(sqlite_world: World, site: str) -> tuple[str, str]:
    """The address of a store's pages, with sixty members, and the cookie of its manager."""
    store = sqlite_world.connect()
    for number in range(1, 61):
        given, family = NAMES[number % 3]
        email = f"a.very.long.address.of.shopper{number}@subdomain.example.com"
        billing = {"email": email, "first_name": given, "last_name": family}
        who: dict[str, Any] = {"customer_id": number if number % 4 else 0, "billing": billing}
        sqlite_world.post(store, body_of(an_order(1000 + number, f"{number}.00", **who)))
    sqlite_world.drain(store)
    cookie = staff_browser(sqlite_world, Role.MANAGER, store).client.get_cookie("regulars")
    assert cookie is not None
    return f"{site}/admin/stores/{store.store_id}", cookie.value


def opened(browser: Browser, birch: tuple[str, str], **looks: Any) -> Iterator[Page]:
    """A page of the manager's, signed in; what it complains of on the console fails the test."""
    address, cookie = birch
    context = browser.new_context(**looks)
    context.add_cookies([{"name": "regulars", "value": cookie, "url": address}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    yield page
    context.close()
    assert [one for one in complaints if "422" not in one] == []


ADDRESSES = ("", "?q=1001", "?q=nobody+here", "?idle=0&sort=x", "/1/exclude")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_anybody_can_use_the_members_pages_on_any_screen(
    browser: Browser, birch: tuple[str, str], width: int, scheme: str
) -> None:
    looks = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    for page in opened(browser, birch, **looks):
        for address in ADDRESSES:
            page.goto(f"{birch[0]}/members{address}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert Axe().run(page, options=AS_IT_IS).response["violations"] == [], address


@pytest.mark.parametrize("java_script", [True, False])
def test_members_are_found_by_keyboard_alone_with_scripts_and_without(
    browser: Browser, birch: tuple[str, str], java_script: bool
) -> None:
    for page in opened(browser, birch, java_script_enabled=java_script):
        page.goto(f"{birch[0]}/members")
        page.get_by_label("Find", exact=True).focus()
        page.keyboard.type("lopez ANA")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=lopez*")
        assert page.get_by_text("20 members match.").is_visible()
        assert page.get_by_role("row").count() == 21
        page.get_by_role("link", name="Can be spent").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**sort=points*")
        head = page.get_by_role("columnheader", name="Can be spent")
        assert head.get_attribute("aria-sort") == "descending"
        assert page.get_by_role("row").nth(1).inner_text().split()[-9] == "60"


def test_somebody_is_excluded_and_is_shown_so(browser: Browser, birch: tuple[str, str]) -> None:
    for page in opened(browser, birch, java_script_enabled=False):
        page.goto(f"{birch[0]}/members/2/exclude")
        page.get_by_label("Why, for your colleagues").fill("orders and returns all day")
        page.get_by_role("button", name="Exclude from the program").click()
        page.wait_for_url("**/members/2*")
        page.goto(f"{birch[0]}/members")
        page.get_by_label("Show").select_option("excluded")
        page.get_by_role("button", name="Find members").click()
        page.wait_for_url("**show=excluded*")
        assert page.get_by_text("1 member matches.").is_visible()
