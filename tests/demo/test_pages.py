"""The demo in a real browser: the page that shows the flow, and the stores a person buys in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.demo.conftest import Demo

PATIENCE_MS = 45_000
AXE = Axe()
LONGEST_CODE = "ACORN-WWWW-WWWW-WWWW-WWWW"


@dataclass(frozen=True)
class Look:
    """A page, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Small in the dark and wide by day it fits, anybody can use it, and nothing complains."""
        for width, scheme in ((320, "dark"), (1440, "light")):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert self.page.evaluate(TOO_WIDE) == []
            assert self.complaints == []
            assert AXE.run(self.page).response["violations"] == []
            # The checker itself tries inline styles, which our pages do not allow.
            self.complaints.clear()


TOO_WIDE = """[...document.querySelectorAll("html, .table, input, .code")]
  .filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.outerHTML.slice(0, 80))"""
HOW_COPYING_IS_SHOWN = """() => {
  const code = Object.assign(document.createElement("div"), { className: "code" });
  code.innerHTML = '<code>X</code><button data-copy="X">Copy</button>';
  document.querySelector("main").append(code);
  return getComputedStyle(code.lastChild).display;
}"""
WORST_ROWS = """for (const row of document.querySelectorAll("tbody tr")) {
  row.querySelector(".chip").textContent = "Asking the store";
  row.querySelector(".num").textContent = "−1,234";
}"""


@contextmanager
def looking(browser: Browser, *, with_script: bool = True) -> Iterator[Look]:
    """A page on which nothing may complain. Without motion, half-way through which no colour is true."""
    page = browser.new_page(
        viewport={"width": 1440, "height": 900}, java_script_enabled=with_script, reduced_motion="reduce"
    )
    look = Look(page)
    page.on("console", lambda message: look.complaints.append(message.text))
    page.on("pageerror", lambda error: look.complaints.append(str(error)))
    yield look
    assert look.complaints == []
    page.close()


def test_the_page_shows_the_flow_and_anybody_can_use_it(browser: Browser, demo: Demo) -> None:
    with looking(browser) as look:
        page = look.page
        page.goto(demo.url)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Orders become points.")
        expect(page.locator(".flow h2")).to_have_text(
            ["1. A store reports an order", "2. The customer gets points", "3. Points become a discount code"]
        )
        expect(page.locator("[data-part=code] .code code")).to_have_text(
            re.compile("^(ACORN|BIRCH)-", re.IGNORECASE), timeout=PATIENCE_MS * 2
        )
        look.check()
        page.set_viewport_size({"width": 320, "height": 900})
        page.evaluate(WORST_ROWS)
        assert page.evaluate(TOO_WIDE) == []


def test_without_script_the_page_offers_nothing_that_needs_it(browser: Browser, demo: Demo) -> None:
    with looking(browser, with_script=False) as look:
        look.page.goto(demo.url)
        expect(look.page.locator(".flow h2")).to_have_count(3)
        assert look.page.evaluate(HOW_COPYING_IS_SHOWN) == "none"


def test_the_page_goes_on_by_itself_and_keeps_the_focus_where_it_is(browser: Browser, demo: Demo) -> None:
    with looking(browser) as look:
        page = look.page
        page.goto(demo.url)
        button = page.get_by_role("button", name=re.compile("^Order as Ana for 54.90 EUR"))
        button.focus()
        seen = page.locator("[data-part=newest]").inner_text()
        expect(page.locator("[data-part=newest]")).not_to_have_text(seen, timeout=PATIENCE_MS)
        expect(button).to_be_focused()


def test_one_button_leads_to_what_the_merchant_sees(browser: Browser, demo: Demo) -> None:
    with looking(browser) as look:
        page = look.page
        page.goto(demo.url)
        page.get_by_role("button", name="See what the merchant sees").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Stores")
        page.locator("main").get_by_role("link", name="Birch").click()
        expect(page).to_have_url(re.compile(r"/admin/stores/\d+$"))
        look.check()


@pytest.mark.parametrize("store", ["Acorn", "Birch"])
def test_a_stores_pages_fit_and_anybody_can_use_them(browser: Browser, demo: Demo, store: str) -> None:
    with looking(browser) as look:
        page = look.page
        page.goto(demo.stores[store])
        look.check()
        page.get_by_role("button", name=re.compile("^Add to cart")).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
        page.get_by_label("Code", exact=True).fill(LONGEST_CODE)
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("status")).to_contain_text("takes nothing off")
        look.check()


@pytest.mark.parametrize("store", ["Acorn", "Birch"])
def test_a_person_orders_sees_points_come_redeems_and_pays_less(
    browser: Browser, demo: Demo, store: str
) -> None:
    with looking(browser) as look:
        page = look.page
        for _ in range(3):
            requests.post(f"{demo.stores[store]}/demo/order", timeout=10)
        _order(page, demo.stores[store])
        page.goto(demo.url)
        expect(page.locator("[data-part=yours]")).to_contain_text(
            re.compile(rf"Your order #\d+ at {store} has become \d+ points"), timeout=PATIENCE_MS
        )
        page.get_by_role("link", name=f"Spend them at {store}").click()
        page.get_by_role("button", name=re.compile("^Get it: .*5.*00 .* off for 100 points")).click()
        page.get_by_role("button", name="Use in cart").click(timeout=PATIENCE_MS)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your cart is empty")
        page.get_by_role("link", name="Choose something").click()
        page.get_by_role("button", name=re.compile("^Add to cart")).nth(1).click()
        off, total = {"Acorn": ("−5.00 EUR", "49.90 EUR"), "Birch": ("−500 JPY", "6,850 JPY")}[store]
        expect(page.locator(".sum .off .n")).to_have_text(off)
        expect(page.locator(".sum .total .n")).to_have_text(total)
        look.check()
        page.get_by_role("button", name=re.compile("^Place the order")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, Ana")
        expect(page.locator(".codes li").first).to_contain_text("used")


def _order(page: Page, store: str) -> None:
    """Order the dearest thing and wait for points."""
    page.goto(store)
    page.get_by_role("button", name=re.compile("(Hand grinder|Cast iron pot)$")).click()
    page.get_by_role("button", name=re.compile("^Place the order")).click()
    expect(page.locator("[data-part=arrived]")).to_contain_text("points have come", timeout=PATIENCE_MS)
