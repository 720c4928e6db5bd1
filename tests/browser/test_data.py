"""Data out and in, in a real browser: a file is chosen, looked at, booked, undone; a store moves house."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from core.domain.stores import Store
from core.jobs.tasks import work_on_tasks
from core.services.signing_in import open_session
from tests.eventually import eventually
from tests.payloads import an_order
from tests.world import World


def look_at(page: Page, heading: str) -> None:
    """The page is there, fits, and anybody can use it: on a phone and on a desk, by day and by night."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for width in (320, 1440):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            eventually(lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
            assert Axe().run(page).response["violations"] == [], (heading, width, scheme)


def signed_in(browser: Browser, site: str, world: World, **options: object) -> Page:
    context = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
    session = world.env.token()
    with world.database.write_all() as db:
        open_session(db, session, None, world.now)
    context.add_cookies([{"name": "regulars", "value": session, "url": site}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


@pytest.fixture
def page(browser: Browser, site: str, sqlite_world: World) -> Iterator[Page]:
    """Whoever runs the server, with scripts."""
    opened = signed_in(browser, site, sqlite_world)
    yield opened
    opened.context.close()


@pytest.fixture
def plain(browser: Browser, site: str, sqlite_world: World) -> Iterator[Page]:
    """The same without scripts."""
    opened = signed_in(browser, site, sqlite_world, java_script_enabled=False)
    yield opened
    opened.context.close()


def data_page(site: str, store: Store) -> str:
    return f"{site}/admin/stores/{store.store_id}/settings/data"


def test_balances_are_checked_booked_and_undone(
    page: Page, site: str, sqlite_world: World, tmp_path: Path
) -> None:
    birch = sqlite_world.connect()
    sqlite_world.tell(birch, an_order())
    file = tmp_path / "balances.csv"
    file.write_text("email,points\nana@example.com,1000\ngus@example.com,234\nx,5\n")
    page.goto(data_page(site, birch))
    look_at(page, "Data in and out")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Check this file").click()
    expect(page.get_by_text("The file is being read")).to_be_visible()
    look_at(page, "Balances by CSV")
    work_on_tasks(sqlite_world.env, birch.store_id)
    # The page goes on by itself.
    expect(page.get_by_text("2 lines can be booked")).to_be_visible()
    look_at(page, "Balances by CSV")
    page.get_by_role("button", name="Book +1,234 points").click()
    work_on_tasks(sqlite_world.env, birch.store_id)
    expect(page.get_by_text("File 1,234 = booked 1,234 points")).to_be_visible()
    assert sqlite_world.balance(birch) == (1049, 0, 0)
    look_at(page, "Balances by CSV")
    page.get_by_role("button", name="Undo").click()
    work_on_tasks(sqlite_world.env, birch.store_id)
    expect(page.get_by_text("2 lines were taken back")).to_be_visible()
    look_at(page, "Balances taken back")
    assert sqlite_world.balance(birch) == (49, 0, 0)

    page.goto(data_page(site, birch))
    page.get_by_label("CSV file").set_input_files({"name": "b.csv", "mimeType": "", "buffer": b"PK\x03\x04"})
    page.get_by_role("button", name="Check this file").click()
    expect(page.get_by_text("a spreadsheet or a zip archive, not a text file")).to_be_visible()
    look_at(page, "Data in and out")


def test_a_store_leaves_as_a_file_and_fills_another(
    page: Page, site: str, sqlite_world: World, tmp_path: Path
) -> None:
    birch = sqlite_world.connect()
    sqlite_world.tell(birch, an_order())
    page.goto(data_page(site, birch))
    page.get_by_role("button", name="Export everything").click()
    expect(page.get_by_text("The file is being written")).to_be_visible()
    work_on_tasks(sqlite_world.env, birch.store_id)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the export").click()
    file = tmp_path / "birch.jsonl"
    download.value.save_as(file)

    oak = sqlite_world.connect("Oak")
    page.goto(data_page(site, oak))
    page.get_by_label("Export of Regulars").set_input_files(file)
    page.get_by_role("button", name="Check this export").click()
    work_on_tasks(sqlite_world.env, oak.store_id)
    expect(page.get_by_text("The file is whole and adds up")).to_be_visible()
    look_at(page, "Import of an export")
    page.get_by_label("No, of another store").check()
    page.get_by_role("button", name="Take everything in").click()
    work_on_tasks(sqlite_world.env, oak.store_id)
    expect(page.get_by_text("Each balance is what it was")).to_be_visible()
    look_at(page, "Import of an export")
    assert sqlite_world.total(oak) == 49


def test_all_of_it_works_without_scripts(plain: Page, site: str, sqlite_world: World, tmp_path: Path) -> None:
    birch = sqlite_world.connect()
    file = tmp_path / "balances.csv"
    file.write_text("email,points\ngus@example.com,234\n")
    plain.goto(data_page(site, birch))
    plain.locator("input[value=set]").check()
    plain.get_by_label("CSV file").set_input_files(file)
    plain.get_by_role("button", name="Check this file").click()
    work_on_tasks(sqlite_world.env, birch.store_id)
    plain.reload()
    plain.get_by_role("button", name="Set one balance").click()
    work_on_tasks(sqlite_world.env, birch.store_id)
    plain.reload()
    expect(plain.get_by_text("balances are as the file says")).to_be_visible()
    assert sqlite_world.total(birch) == 234
