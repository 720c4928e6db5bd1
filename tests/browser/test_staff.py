"""Somebody is added, chooses a password, signs in with it, and reads the pages in German."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.services.signing_in import make_link
from tests.browser.test_connecting import look_at
from tests.world import World

WORD = "four words do well"


@pytest.fixture
def people(browser: Browser) -> Iterator[list[BrowserContext]]:
    """A browser for Olive, who runs the server, and one for Sue."""
    made = [browser.new_context(reduced_motion="reduce", locale="en-GB") for _ in range(2)]
    for context in made:
        context.set_default_timeout(20_000)
    yield made
    for context in made:
        context.close()


def link_of(world: World, site: str) -> str:
    with world.database.write_all() as db:
        make_link(db, "a-link", world.now)
    return f"{site}/admin/sign-in/a-link"


def invite(page: Page, site: str, world: World) -> str:
    """Add Sue as Support; the link for her."""
    birch = world.connect()
    page.goto(link_of(world, site))
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{site}/admin/stores/{birch.store_id}/settings/staff")
    look_at(page, "Staff")
    page.get_by_label("E-mail address").fill("sue@example.com")
    page.get_by_label("Name", exact=True).fill("Sue")
    page.get_by_role("radio", name="Support").check()
    page.get_by_label("Points in a day, for Support").fill("500")
    page.get_by_role("button", name="Add and make a link").click()
    look_at(page, "A link for Sue")
    link = page.locator("#the-link").inner_text()
    page.get_by_role("button", name="Back to the staff").click()
    expect(page.get_by_text("500 points a day")).to_be_visible()
    page.get_by_role("link", name="Sue", exact=True).click()
    look_at(page, "Sue")
    page.get_by_role("button", name="Remove from this store").click()
    look_at(page, "Remove Sue from Birch?")
    page.goto(f"{site}/admin/staff")
    look_at(page, "Staff of this server")
    page.get_by_role("link", name="End the account of Sue").click()
    look_at(page, "End the account of Sue?")
    return f"{site}/admin/sign-in/{link.rpartition('/')[2]}"


def test_sue_chooses_a_password_signs_in_with_it_and_reads_german(
    people: list[BrowserContext], site: str, sqlite_world: World
) -> None:
    operators, page = (context.new_page() for context in people)
    link = invite(operators, site, sqlite_world)

    page.goto(link)
    look_at(page, "Sign in to Regulars")
    page.locator("[name=password]").fill("password1234")
    page.get_by_role("button", name="Choose it and sign in").click()
    expect(page.get_by_text("among the first that are tried")).to_be_visible()
    look_at(page, "Sign in to Regulars")
    page.locator("[name=password]").fill(WORD)
    page.get_by_role("button", name="Choose it and sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Birch")

    page.goto(f"{site}/admin/account")
    look_at(page, "Your account")
    page.get_by_label("Language of your pages").select_option("Deutsch")
    page.get_by_role("button", name="Save").click()
    look_at(page, "Ihr Konto")
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    page.locator(".pick summary").click()
    page.get_by_role("button", name="Abmelden").click()

    look_at(page, "Sign in")
    page.get_by_label("E-mail address").fill("sue@example.com")
    page.locator("[name=password]").fill("not the right one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nobody signs in with this address and this password.")).to_be_visible()
    look_at(page, "Sign in")
    page.locator("[name=password]").fill(WORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Birch")
    page.goto(f"{site}/admin")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_have_text("Shops")
