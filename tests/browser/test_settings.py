"""The settings of a store in a real browser: seen by everybody, typed along, without script too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.db import stores
from core.domain.staff import Role
from core.domain.stores import Store
from tests.admin.people import operator_browser, staff_browser
from tests.admin.test_branding import picture
from tests.admin.test_operations import ask
from tests.admin.test_settings import ask_what_is_held, save
from tests.eventually import eventually
from tests.payloads import an_order
from tests.world import World

AT = "/admin/stores/1/settings"


def look_at(page: Page, heading: str) -> None:
    """The page is there, fits, and anybody can use it: on a phone and on a desk, by day and by night."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for width, scheme in ((320, "light"), (320, "dark"), (1440, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        eventually(lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
        assert Axe().run(page).response["violations"] == [], (heading, width, scheme)


def birch_of(world: World) -> Store:
    """The only store."""
    with world.database.read_all() as db:
        return stores.all_stores(db)[0]


def signed_in(context: BrowserContext, world: World, site: str, role: Role | None = None) -> Page:
    """A page of somebody with this role in the first store; of whoever runs the server without one."""
    who = operator_browser(world) if role is None else staff_browser(world, role, birch_of(world))
    cookie = who.client.get_cookie("regulars")
    assert cookie is not None
    context.add_cookies([{"name": "regulars", "value": cookie.value, "url": site}])
    context.set_default_timeout(20_000)
    return context.new_page()


@pytest.fixture
def lived_in(sqlite_world: World) -> World:
    """A store in which each page has something to show."""
    world = sqlite_world
    birch = world.connect()
    world.tell(birch, an_order(1, currency="USD"))
    world.tell(birch, an_order(2))
    world.post(birch, b"no json")
    world.drain(birch)
    ask_what_is_held(world, birch)
    ask(world, birch, "fetch_order", "17", state="parked", problem="The store does not accept the keys.")
    save(operator_browser(world), f"{AT}/keys", note="till")
    return world


@pytest.fixture
def page(browser: Browser, lived_in: World, site: str) -> Iterator[Page]:
    """Signed in as whoever runs the server."""
    with browser.new_context(reduced_motion="reduce") as context:
        yield signed_in(context, lived_in, site)


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        (AT, "Settings"),
        (f"{AT}/store", "Store"),
        (f"{AT}/rates", "Currencies"),
        (f"{AT}/branding", "Branding"),
        (f"{AT}/retention", "Retention"),
        (f"{AT}/privacy", "Privacy requests"),
        (f"{AT}/keys", "Keys for your own programs"),
        ("/admin/operations", "Operations"),
    ],
)
def test_anybody_can_use_each_page(page: Page, site: str, path: str, heading: str) -> None:
    page.goto(f"{site}{path}")
    look_at(page, heading)


def test_a_name_a_colour_and_a_logo_are_seen_as_they_are_typed_and_saved(page: Page, site: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{site}{AT}/branding")
    preview = page.locator("#brand-preview")
    page.get_by_label("One is called").fill("Bean")
    page.get_by_label("Several are called").fill("{{7*7}} <b>")
    expect(preview).to_contain_text("120 {{7*7}} <b>")
    expect(preview).to_contain_text("+1 Bean")
    page.get_by_role("textbox", name="Colour").fill("#6d1d66")
    expect(preview.locator('rect[fill="#6d1d66"]')).to_have_count(2)
    page.get_by_label("Several are called").fill("Beans")
    page.get_by_role("button", name="Save name and colour").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(preview).to_contain_text("120 Beans")

    file = {"name": "logo.png", "mimeType": "image/png", "buffer": picture(300, 100)}
    page.get_by_label("Picture").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Use this logo").click()
    logo = preview.get_by_role("img", name="Logo of Birch")
    expect(logo).to_be_visible()
    assert logo.evaluate("picture => picture.naturalWidth") == 300
    assert complaints == []
    look_at(page, "Branding")


def test_a_colour_nobody_could_read_is_mended_by_one_click(page: Page, site: str) -> None:
    page.goto(f"{site}{AT}/branding")
    page.get_by_role("textbox", name="Colour").fill("#ffee00")
    page.get_by_role("button", name="Save name and colour").click()
    expect(page.get_by_text("could not be read by everybody")).to_be_visible()
    look_at(page, "Branding")
    page.get_by_role("button", name="and save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")


def test_two_people_see_both_versions(browser: Browser, page: Page, lived_in: World, site: str) -> None:
    page.goto(f"{site}{AT}/store")
    save(operator_browser(lived_in), f"{AT}/store", name="Silver Birch", zone="Europe/Berlin")
    page.get_by_role("textbox", name="Name").fill("Old Birch")
    page.get_by_role("button", name="Save name and time zone").click()
    expect(page.get_by_role("heading", name="Somebody saved this while you had it open")).to_be_visible()
    expect(page.get_by_role("row", name="Name Silver Birch Old Birch")).to_be_visible()
    look_at(page, "Store")
    page.get_by_role("button", name="Save name and time zone").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")


def test_everything_works_without_script(browser: Browser, lived_in: World, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = signed_in(context, lived_in, site, Role.OWNER)
        page.goto(f"{site}{AT}")
        page.get_by_role("link", name="Currencies").click()
        page.get_by_label("One is worth").fill("0.92")
        page.get_by_role("button", name="Set this rate").click()
        expect(page.get_by_text("1 USD is worth 0.92 EUR from now on.")).to_be_visible()
        page.goto(f"{site}{AT}/privacy")
        page.get_by_role("button", name="It was passed on").click()
        expect(page.get_by_text("Nobody waits for an answer.")).to_be_visible()
        page.goto(f"{site}{AT}/keys")
        page.get_by_label("What it is for").fill("my page")
        page.get_by_role("button", name="Make a key").click()
        expect(page.get_by_role("heading", name="Your new key")).to_be_visible()


def test_a_key_is_seen_after_a_double_press_and_never_again(page: Page, lived_in: World, site: str) -> None:
    page.goto(f"{site}{AT}/keys")
    page.get_by_label("What it is for").fill("my page")
    page.get_by_role("button", name="Make a key").dblclick()
    expect(page.get_by_role("heading", name="Your new key")).to_be_visible()
    key = page.locator(".code code").inner_text()
    page.reload()
    expect(page.get_by_text("Key 2 is made already and was shown once.")).to_be_visible()
    assert key not in page.content()
    expect(page.get_by_text("2 keys read balances")).to_be_visible()


def test_what_changed_is_read_on_a_phone_without_scrolling_sideways(
    page: Page, lived_in: World, site: str
) -> None:
    save(operator_browser(lived_in), f"{AT}/store", name="Birch" * 12, zone="America/Argentina/Buenos_Aires")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{site}/admin/stores/1/activity/history")
    assert page.locator(".stacked").first.evaluate("table => table.scrollWidth <= table.clientWidth")
    before, after = (page.get_by_role("cell", name=name).first.bounding_box() for name in ("Berlin", "Aires"))
    assert before
    assert after
    assert (before["x"], before["y"] < after["y"]) == (after["x"], True)
    for current in page.locator("[aria-current=page]").all():
        expect(current).to_be_in_viewport(ratio=1)
    look_at(page, "Activity")


def test_operations_go_on_by_themselves_and_a_parked_call_is_made_due(
    page: Page, lived_in: World, site: str
) -> None:
    page.goto(f"{site}/admin")
    page.locator(".pick summary").click()
    page.get_by_role("link", name="Operations").click()
    expect(page.get_by_text("One on hold")).to_be_visible()
    ask(lived_in, birch_of(lived_in), "fetch_customer", "7", state="failed")
    expect(page.get_by_text("One failed")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Try again Fetch an order").click()
    expect(page.get_by_text("One call is made again now.")).to_be_visible()
    expect(page.get_by_text("One on hold")).to_have_count(0)
