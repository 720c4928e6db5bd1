"""`GET /metrics`: what a monitor reads, and who may."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import Client

from core.config.settings import Settings
from core.domain.errors import Refused
from tests.payloads import a_recent_order, an_order, body_of
from tests.world import World, app_over

TOKEN = "0123456789abcdef"


def monitor(world: World, **changes: object) -> Client:
    """The web over the same installation with other settings."""
    settings = replace(world.env.settings, **changes)  # type: ignore[arg-type]
    return app_over(replace(world.env, settings=settings)).test_client()


def read(client: Client, token: str = TOKEN) -> dict[str, float]:
    """Every gauge by its name and labels."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    lines = [line for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_a_monitor_sees_what_waits_and_for_how_long(world: World) -> None:
    store = world.connect()
    world.tell(store, an_order(1))
    world.post(store, body_of(a_recent_order(2)))
    world.wait(seconds=90)
    told = read(monitor(world, metrics_token=TOKEN))
    assert told['regulars_stores{state="connected"}'] == 1
    assert told['regulars_deliveries_waiting{state="new"}'] == 1
    assert told["regulars_oldest_delivery_seconds"] == 90
    assert told["process_resident_memory_bytes"] > 1e6


def test_no_order_number_and_no_store_name_is_told(sqlite_world: World) -> None:
    store = sqlite_world.connect("Birch of Ana")
    sqlite_world.tell(store, an_order(424242))
    answer = monitor(sqlite_world, metrics_token=TOKEN).get(
        "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert "Birch" not in answer.text
    assert "424242" not in answer.text


@pytest.mark.parametrize("header", ["", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ключ"])
def test_without_the_token_nothing_is_told(sqlite_world: World, header: str) -> None:
    client = monitor(sqlite_world, metrics_token=TOKEN)
    answer = client.get(
        "/metrics", environ_overrides={"HTTP_AUTHORIZATION": header.encode().decode("latin-1")}
    )
    assert answer.status_code == 401
    assert "regulars_" not in answer.text


def test_where_no_token_is_set_there_is_no_such_page(sqlite_world: World) -> None:
    assert monitor(sqlite_world).get("/metrics", headers={"Authorization": "Bearer None"}).status_code == 404


def test_a_token_easily_guessed_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="at least 16"):
        Settings.load({"REGULARS_METRICS_TOKEN": "secret"}, tmp_path)


@pytest.mark.parametrize("count", ["-1", "6", "one", "1.0"])
def test_a_number_of_proxies_that_cannot_be_meant_is_refused(count: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="REGULARS_PROXIES"):
        Settings.load({"REGULARS_PROXIES": count}, tmp_path)
