"""`regulars login-link`."""

from __future__ import annotations

from urllib.parse import urlsplit

from core.config.clock import utc_now
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
