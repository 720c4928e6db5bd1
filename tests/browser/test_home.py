"""Home and Activity in a real browser: a delivery that could not be read is found, read again, and counts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from core.db.tables import inbox
from core.domain.stores import Store
from core.jobs.drain import drain
from tests.admin.people import operator_browser
from tests.eventually import eventually
from tests.payloads import a_refund, an_order, body_of
from tests.world import World


@pytest.fixture
def birch(sqlite_world: World) -> Store:
    """A store with a week of orders, one of them refunded, and a delivery that could not be read."""
    store = sqlite_world.connect(is_offline=False)
    for number in range(4):
        sqlite_world.tell(store, an_order(1000 + number))
        sqlite_world.wait(days=2)
    sqlite_world.tell(store, an_order(1000, minute=9, refunds=[a_refund("10.00")]))
    sqlite_world.tell(store, an_order(1042, currency="?"))
    return store


@pytest.fixture(params=[(320, "light"), (320, "dark"), (1440, "light"), (1440, "dark")], ids=str)
def page(
    request: pytest.FixtureRequest, browser: Browser, sqlite_world: World, site: str, birch: Store
) -> Iterator[Page]:
    """Whoever runs the server, signed in, on a phone and on a desk, by day and by night."""
    assert birch.store_id
    width, scheme = request.param
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    ) as context:
        cookie = operator_browser(sqlite_world).client.get_cookie("regulars")
        assert cookie is not None
        context.add_cookies([{"name": "regulars", "value": cookie.value, "url": site}])
        context.set_default_timeout(20_000)
        yield context.new_page()


@pytest.fixture
def worker(sqlite_world: World) -> Iterator[None]:
    """Does what was rung for, until the test ends."""
    ends, rung = threading.Event(), sqlite_world.bells.rung

    def work() -> None:
        while not ends.wait(0.02):
            while rung:
                name, store_id = rung.pop(0)
                if name.endswith("drain"):
                    drain(sqlite_world.env, store_id)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ends.set()
    thread.join()


def look_at(page: Page, url: str) -> None:
    """It is there and fits, and anybody can use it."""
    page.goto(url)
    assert page.url == url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert Axe().run(page).response["violations"] == [], page.url


def test_every_page_of_home_and_activity_fits_and_can_be_used_by_anybody(
    page: Page, site: str, birch: Store
) -> None:
    at = f"{site}/admin/stores/{birch.store_id}"
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in ("", "/activity", "/activity?state=dead", "/activity?q=none", "/activity/entries"):
        look_at(page, f"{at}{path}")
    for path in ("/activity/history", "/activity/deliveries/5", "/activity/orders/1000", "/disconnect"):
        look_at(page, f"{at}{path}")
    look_at(page, f"{site}/admin")
    assert complaints == []


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("page", [(1440, "light")], indirect=True, ids=str)
def test_a_dead_delivery_is_found_read_again_and_counts_while_one_looks_on(
    page: Page, site: str, birch: Store, sqlite_world: World
) -> None:
    page.goto(f"{site}/admin/stores/{birch.store_id}")
    expect(page.get_by_text("1 delivery could not be read")).to_be_visible()
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("link", name="Delivery").or_(page.locator("tbody th a")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("could not be read")
    expect(page.get_by_text("is not an ISO 4217 currency")).to_be_visible()
    expect(page.get_by_text('"currency": "?"')).to_be_visible()

    # The next version of the software understands it: here, the body is put right.
    with sqlite_world.database.write(birch.store_id) as db:
        put_right = json.dumps(an_order(1042)).encode()
        db.execute(update(inbox).where(inbox.c.state == "dead").values(body=put_right))
    page.get_by_role("button", name="Read it again").click()
    expect(page.get_by_text("It gave 49 points.")).to_be_visible()
    expect(page.get_by_text("Booked now")).to_be_visible()
    page.get_by_role("link", name="Order 1042").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order 1042")
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_text("Nothing needs you.")).to_be_visible()


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("page", [(320, "dark")], indirect=True, ids=str)
def test_home_and_activity_go_on_by_themselves_while_orders_come(
    page: Page, site: str, birch: Store, sqlite_world: World
) -> None:
    page.goto(f"{site}/admin/stores/{birch.store_id}/activity")
    assert sqlite_world.post(birch, body_of(an_order(2001))) == 200
    expect(page.get_by_role("link", name="Order 2001")).to_be_visible(timeout=20_000)
    page.goto(f"{site}/admin/stores/{birch.store_id}")
    before = page.locator("dd.fig").nth(1).inner_text()
    assert sqlite_world.post(birch, body_of(an_order(2002))) == 200
    eventually(lambda: page.locator("dd.fig").nth(1).inner_text() != before)


@pytest.mark.parametrize("page", [(1440, "light")], indirect=True, ids=str)
def test_an_order_is_found_with_the_keyboard_alone(
    page: Page, site: str, birch: Store, tmp_path: Path
) -> None:
    page.goto(f"{site}/admin/stores/{birch.store_id}/activity")
    page.get_by_label("Order number, or id of an order or delivery").focus()
    page.keyboard.type("#1001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Order 1001")).to_be_visible()
    expect(page.get_by_role("link", name="Order 1002")).to_have_count(0)


@pytest.mark.parametrize("page", [(1440, "dark")], indirect=True, ids=str)
def test_what_somebody_chose_and_opened_stays_while_the_page_goes_on(
    page: Page, site: str, birch: Store
) -> None:
    page.goto(f"{site}/admin/stores/{birch.store_id}")
    page.evaluate("document.querySelector('[data-live-from]').dataset.liveEvery = 200")
    choice = page.get_by_label("Take them in with points")
    choice.check()
    page.get_by_text("Which").or_(page.locator("summary")).first.focus()
    renewed: list[str] = []
    page.on("response", lambda answer: renewed.append(answer.url))
    eventually(lambda: page.evaluate("1") and len(renewed) > 0)
    expect(choice).to_be_checked()
