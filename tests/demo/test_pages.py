"""The demo in a real browser: the page that shows the flow, and the stores a person buys in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.demo.conftest import Demo
from tests.eventually import eventually

PATIENCE_MS = 45_000
SIZES = [(width, scheme) for width in (320, 1440) for scheme in ("light", "dark")]


@dataclass(frozen=True)
class Look:
    """A page of one width, and what it complained of."""

    page: Page
    width: int
    complaints: list[str] = field(default_factory=list)

    def check(self) -> None:
        """It fits, anybody can use it, and nothing complains."""
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width
        assert self.complaints == []
        assert Axe().run(self.page).response["violations"] == []
        # The checker itself tries inline styles, which our pages do not allow.
        self.complaints.clear()


@contextmanager
def looking(browser: Browser, width: int = 1440, scheme: str = "light") -> Iterator[Look]:
    """A page on which nothing may complain."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    look = Look(page, width)
    page.on("console", lambda message: look.complaints.append(message.text))
    page.on("pageerror", lambda error: look.complaints.append(str(error)))
    yield look
    assert look.complaints == []
    page.close()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_page_shows_the_flow_and_anybody_can_use_it(
    browser: Browser, demo: Demo, width: int, scheme: str
) -> None:
    with looking(browser, width, scheme) as look:
        page = look.page
        page.goto(demo.url)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Orders become points.")
        expect(page.locator(".flow h2")).to_have_text(
            ["1. A store reports an order", "2. Points are booked", "3. Points become a code"]
        )
        expect(page.locator("[data-part=code] .code code")).to_have_text(
            re.compile("^(ACORN|BIRCH)-", re.IGNORECASE), timeout=PATIENCE_MS * 2
        )
        look.check()


def test_the_page_goes_on_by_itself_and_keeps_the_focus_where_it_is(browser: Browser, demo: Demo) -> None:
    with looking(browser) as look:
        page = look.page
        page.goto(demo.url)
        button = page.get_by_role("button", name=re.compile("^Order as Ana: 49.95"))
        button.focus()
        seen = page.locator("[data-part=newest]").inner_text()
        expect(page.locator("[data-part=newest]")).not_to_have_text(seen, timeout=PATIENCE_MS)
        expect(button).to_be_focused()


@pytest.mark.parametrize("store", ["Acorn", "Birch"])
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1440, "light")])
def test_a_stores_pages_fit_and_anybody_can_use_them(
    browser: Browser, demo: Demo, store: str, width: int, scheme: str
) -> None:
    with looking(browser, width, scheme) as look:
        page = look.page
        page.goto(demo.stores[store])
        look.check()
        page.get_by_role("button", name=re.compile("^Add to cart")).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
        page.get_by_label("Code", exact=True).fill("NOPE")
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("status")).to_contain_text("takes nothing off")
        look.check()


@pytest.mark.parametrize("store", ["Acorn", "Birch"])
def test_a_person_orders_sees_points_come_redeems_and_pays_less(
    browser: Browser, demo: Demo, store: str
) -> None:
    with looking(browser) as look:
        page = look.page
        eventually(lambda: _order(page, demo.stores[store]) >= 100, within_s=100)
        page.goto(demo.stores[store])
        page.get_by_role("button", name=re.compile("^Get it: .*5.*00 .* off for 100 points")).click()
        page.get_by_role("button", name="Use in cart").click(timeout=PATIENCE_MS)
        page.get_by_role("button", name=re.compile("^Add to cart")).nth(1).click()
        off, total = {"Acorn": ("−5.00 EUR", "49.90 EUR"), "Birch": ("−¥500", "¥6,850")}[store]
        expect(page.locator(".sum .off .n")).to_have_text(off)
        expect(page.locator(".sum .total .n")).to_have_text(total)
        look.check()
        page.get_by_role("button", name=re.compile("^Place the order")).click()
        expect(page.locator(".codes .state").first).to_have_text("used", timeout=PATIENCE_MS)


def _order(page: Page, store: str) -> int:
    """Order the dearest thing and wait for its points; how many there are then."""
    page.goto(store)
    page.get_by_role("button", name=re.compile("(Hand grinder|Cast iron pot)$")).click()
    page.get_by_role("button", name=re.compile("^Place the order")).click()
    expect(page.locator("[data-part=arrived]")).to_contain_text("points have come", timeout=PATIENCE_MS)
    return int(re.sub(r"\D", "", page.locator(".bal").inner_text()))
