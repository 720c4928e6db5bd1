"""The page of staff itself: inside of Shopify's admin, and with many people on it."""

from __future__ import annotations

import re

from core.domain.staff import Role
from tests.admin.people import Browser, operator_browser, staff_browser
from tests.admin.test_staff import SUE, WORD, link_in, noted, path_of
from tests.shopify_install import Acorn
from tests.statements import count_of
from tests.world import World


def test_within_shopifys_admin_the_page_says_who_decides_there(installed: Acorn) -> None:
    page = installed.world.client.get(
        "/shopify/settings/staff", headers={"Authorization": f"Bearer {installed.id_token()}"}
    )
    assert page.status_code == 200
    assert "Shopify decides" in page.text
    assert "csrf_token" not in page.text


def test_within_shopifys_admin_somebody_is_added_who_signs_in_outside_of_it(installed: Acorn) -> None:
    world = installed.world
    page = world.client.post(
        "/shopify/settings/staff", data=SUE, headers={"Authorization": f"Bearer {installed.id_token()}"}
    )
    path = link_in(page).removeprefix(world.env.settings.public_url)
    client = world.client.application.test_client()
    assert client.post(path, data={"password": WORD}).status_code == 303
    assert client.get(f"/admin/stores/{installed.store.store_id}").status_code == 200
    ((who, action, *_), _) = noted(world, installed.store)[:2]
    assert (who.startswith("Shopify staff "), action) == (True, "staff.link_made")


def queries(browser: Browser, path: str) -> int:
    """How many statements a page takes."""
    return count_of(lambda: browser.get(path))


def test_the_pages_take_as_many_queries_for_sixty_people_as_for_three(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    operator = operator_browser(sqlite_world)
    counts: list[list[int]] = []
    for most in (3, 60):
        for number in range(most):
            if len(counts) == 0 or number >= 3:
                staff_browser(sqlite_world, Role.VIEWER, birch, name=f"Sue{number}")
        counts.append([queries(operator, path) for path in (path_of(birch), "/admin/staff")])
    assert counts[0] == counts[1]


def test_people_beyond_a_hundred_are_on_the_next_page(sqlite_world: World) -> None:
    birch, operator = sqlite_world.connect(), operator_browser(sqlite_world)
    for number in range(102):
        staff_browser(sqlite_world, Role.VIEWER, birch, name=f"Sue{number}")
    first = operator.get("/admin/staff").text
    assert "sue99@example.com" in first
    assert "sue100@example.com" not in first
    following = re.search(r'href="(/admin/staff\?after=\d+)"', first)
    assert following
    second = operator.get(following[1]).text
    assert "sue100@example.com" in second
    assert "After" not in second
    assert "?after=" not in second
