"""`bin/start --demo`: two stores as processes of their own, shoppers, and books that agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from core.db import ledger, stores
from tests.demo.conftest import Demo
from tests.eventually import eventually
from tests.start.installation import Installation
from tests.world import World


@contextmanager
def paused(demo: Demo) -> Iterator[None]:
    """Nobody orders meanwhile; what is in the post still comes."""
    requests.post(f"{demo.url}/demo/pause", data={"paused": "yes"}, timeout=10)
    try:
        yield
    finally:
        requests.post(f"{demo.url}/demo/pause", data={"paused": "no"}, timeout=10)


def settled(demo: Demo, name: str, order_refs: list[str]) -> dict[str, int]:
    """Points by order as Regulars booked them."""
    folder = demo.installation.data_dir / "demo"
    with (
        World.open(f"sqlite:///{folder / 'regulars.db'}", folder) as world,
        world.database.read_all() as db,
    ):
        store = stores.store_by_name(db, name)
        assert store is not None
        sums = ledger.sums_by_order(db, store.store_id, order_refs)
    return {ref: points for (ref, _), points in sums.items()}


def test_the_stores_are_processes_of_their_own(demo: Demo) -> None:
    for name in ("acorn", "birch"):
        assert len(demo.installation.supervised(f"sandbox.demo.standing {name}")) == 1


def test_the_stores_are_open_when_their_addresses_are_announced(demo: Demo) -> None:
    assert demo.first_answers == {"Acorn": 200, "Birch": 200}


def test_no_delivery_pushes_the_addresses_off_the_screen(demo: Demo) -> None:
    assert demo.state("Acorn")["counts"]["delivered"]
    announced = demo.installation.log.partition("Birch      http://")[2]
    assert announced
    assert " info " not in announced


def paid(demo: Demo, name: str) -> dict[str, int]:
    """What the orders are worth that are worth anything, by the store's own books."""
    return {ref: points for ref, points in demo.state(name)["worth"].items() if points}


def test_every_order_of_both_stores_becomes_what_it_is_worth(demo: Demo) -> None:
    for name in ("Acorn", "Birch"):
        eventually(lambda: len(paid(demo, name)) >= 3)  # noqa: B023
    with paused(demo):
        for name in ("Acorn", "Birch"):

            def agree(name: str = name) -> bool:
                return settled(demo, name, list(demo.state(name)["worth"])) == paid(demo, name)

            assert eventually(agree)


def test_the_page_says_that_nothing_was_lost_and_nothing_counted_twice(demo: Demo) -> None:
    page = requests.get(demo.url, timeout=10)
    assert page.status_code == 200
    assert "Orders become points." in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    for figure in ("Orders lost", "Counted twice"):
        assert f'<dt>{figure}</dt><dd class="fig">0</dd>' in page.text


def test_one_button_orders_as_ana_and_her_points_come(demo: Demo) -> None:
    before = demo.state("Birch")["counts"]["orders"]
    answer = requests.post(
        f"{demo.url}/demo/order", data={"store": "Birch"}, timeout=10, allow_redirects=False
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert demo.state("Birch")["counts"]["orders"] > before
    eventually(lambda: any(one["shopper"] == "Ana" for one in demo.state("Birch")["records"]))
    assert requests.post(f"{demo.url}/demo/order", data={"store": "Nobody"}, timeout=10).status_code == 400


def test_the_shoppers_can_be_paused(demo: Demo) -> None:
    with paused(demo):
        assert demo.state("Acorn")["is_paused"]
        assert "Paused" in requests.get(demo.url, timeout=10).text
    assert not demo.state("Acorn")["is_paused"]


def test_its_data_is_apart_from_an_installations_own(demo: Demo) -> None:
    assert (demo.installation.data_dir / "demo" / "regulars.db").exists()
    assert not (demo.installation.data_dir / "regulars.db").exists()


def test_with_somebodys_own_database_it_is_refused_in_one_sentence(demo: Demo, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}"}
    said = Installation(tmp_path / "data", settings, flags=("--demo",)).refuse()
    assert said.returncode == 2
    assert said.stderr == (
        "The demo keeps to a database and queue of its own on this machine: unset DATABASE_URL.\n"
    )
