"""`regulars login-link`."""

from __future__ import annotations

from urllib.parse import urlsplit

from core.config.clock import utc_now
from core.db import changes
from core.domain.staff import Role
from tests.admin.people import staff_browser
from tests.cli.conftest import CommandLine
from tests.world import World


def test_the_link_signs_in_once_at_the_address_people_use(
    regulars_anywhere: CommandLine, world: World
) -> None:
    made = regulars_anywhere("login-link", PUBLIC_URL="https://loyalty.example")
    link = made.out.strip()
    assert link.startswith("https://loyalty.example/admin/sign-in/")
    assert "15 minutes" in made.err

    world.moment[0] = utc_now()
    with world.at("https://loyalty.example") as there:
        answers = [
            there.client.post(urlsplit(link).path, base_url="https://loyalty.example").status_code
            for _ in range(2)
        ]
    assert answers == [303, 404]


def test_every_link_is_another_and_json_says_when_it_ends(regulars: CommandLine) -> None:
    made = [regulars("login-link", "--json").json for _ in range(2)]
    assert made[0]["link"] != made[1]["link"]
    assert made[0]["ends_at"].endswith("Z")


def test_a_link_for_one_of_the_staff_lets_them_choose_a_password(
    regulars_anywhere: CommandLine, world: World
) -> None:
    birch = world.connect()
    staff_browser(world, Role.OWNER, birch)
    link = regulars_anywhere("login-link", "--email", "Olive@Example.com").out.strip()
    world.moment[0] = utc_now()
    assert "Choose a password" in world.client.get(urlsplit(link).path).text
    with world.database.read(birch.store_id) as db:
        (noted,) = changes.newest(db, birch.store_id, 10)
    assert (noted.who, noted.action) == ("Server", "staff.link_made")


def test_b86_nobody_of_that_address_is_told_in_one_sentence(regulars: CommandLine) -> None:
    told = regulars("login-link", "--email", "mallory@example.com").refusal
    assert "Nobody of the staff signs in with “mallory@example.com”" in told
