"""The page at the server's address, in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_the_landing_page_says_what_to_do_next_and_anybody_can_use_it(
    browser: Browser, site: str, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(site)

    assert page.get_by_role("heading", level=1).inner_text() == "Regulars is running on this server"
    assert "login-link" in page.content()
    assert page.get_by_role("link", name="settings pages").get_attribute("href") == "/admin"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page).response["violations"] == []
    assert complaints == []
    page.close()
