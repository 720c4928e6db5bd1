"""The page's own check: Regulars' books against the stores'."""

from __future__ import annotations

from flask import Flask

from sandbox.demo.addresses import Addresses
from sandbox.demo.watching import CHECKED_EVERY_S, Watching
from tests.contract.rig import served
from tests.payloads import an_order
from tests.world import World


def test_an_order_is_lost_or_counted_twice_when_two_looks_in_a_row_find_it_so(sqlite_world: World) -> None:
    acorn = sqlite_world.connect("Acorn")
    worth = {"1": 49, "2": 10}
    store, now_s = Flask("store"), [100.0]
    store.add_url_rule("/demo/state", "state", lambda: {"worth": worth})
    with served(store) as url:
        watching = Watching(sqlite_world.env, Addresses(url, url, url), lambda: now_s[0])

        def found() -> tuple[int, int, int]:
            now_s[0] += CHECKED_EVERY_S + 1
            check = watching.view().check
            return check.orders, check.lost, check.twice

        sqlite_world.tell(acorn, an_order(1, "49.95"))
        assert found() == (2, 0, 0)
        assert found() == (2, 1, 0)
        sqlite_world.tell(acorn, an_order(2, "11.00"))
        assert found() == (2, 0, 0)
        assert found() == (2, 0, 1)
        worth["2"] = 11
        assert found() == (2, 0, 0)


def test_stores_that_do_not_answer_are_left_out(sqlite_world: World) -> None:
    sqlite_world.connect("Acorn")
    nowhere = "http://127.0.0.1:1"
    watching = Watching(sqlite_world.env, Addresses(nowhere, nowhere, nowhere))
    assert watching.view().stores == ()
    watching.tell("Acorn", "order", {})
