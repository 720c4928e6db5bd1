"""Deliveries that wait for somebody are read again, vouched for or closed; the history says by whom."""

from __future__ import annotations

from core.db import changes
from core.db.inbox import State
from core.domain.staff import Role
from core.jobs.bell import DRAIN
from tests.admin.merchant import in_words
from tests.admin.people import operator_browser, staff_browser
from tests.admin.test_activity import at, newest_id
from tests.payloads import a_refund, an_order
from tests.webhooks.test_quarantine import BEECH
from tests.webhooks.test_shopify_deliveries import an_order as a_shopify_order
from tests.webhooks.test_shopify_deliveries import connect as connect_shopify
from tests.webhooks.test_shopify_deliveries import deliver
from tests.world import World


def test_a_dead_delivery_is_read_again_and_counts_once_it_can_be_read(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1042, currency="?"))
    inbox_id = newest_id(world, birch, State.DEAD)
    olive = staff_browser(world, Role.SUPPORT, birch)
    assert "Delivery 1 could not be read" in in_words(olive.get(at(birch, f"/deliveries/{inbox_id}")))
    answer = olive.send(at(birch, f"/deliveries/{inbox_id}/read-again"))
    assert answer.status_code == 303
    assert "It is read again" in in_words(olive.get(answer.headers["Location"]))
    assert world.bells.rung[-1] == (DRAIN, birch.store_id)
    assert world.inbox(birch) == {"new": 1}
    world.drain(birch)
    assert world.inbox(birch) == {"dead": 1}, "nothing is better about it"
    assert "could not be read this time either" in in_words(olive.get(answer.headers["Location"]))
    again = olive.send(at(birch, f"/deliveries/{inbox_id}/read-again"))
    assert again.status_code == 303
    twice = olive.send(at(birch, f"/deliveries/{inbox_id}/read-again"))
    assert twice.status_code == 409
    assert "It waits to be counted already" in in_words(twice)
    with world.database.read(birch.store_id) as db:
        noted = changes.newest(db, birch.store_id, 10)
    assert [row.action for row in noted] == ["delivery.read_again"] * 2
    assert "?" not in "".join(str(row.before) for row in noted), "what went wrong may quote people"


def test_reading_a_counted_delivery_again_changes_no_points(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1042))
    operator_browser(world).send(at(birch, "/deliveries/1/read-again"))
    world.drain(birch)
    assert world.points(birch) == [49]


def test_what_a_delivery_moved_stays_told_of_it_when_it_is_read_again(world: World) -> None:
    birch = world.connect()
    refunded = an_order(1042, minute=10, refunds=[a_refund("16.65")])
    for order in (an_order(1042), refunded):
        world.wait(minutes=1)
        world.tell(birch, order)
    browser = operator_browser(world)
    for inbox_id, moved in ((1, "49"), (2, "16")):
        world.wait(minutes=1)
        before = in_words(browser.get(at(birch, f"/deliveries/{inbox_id}")))
        browser.send(at(birch, f"/deliveries/{inbox_id}/read-again"))
        world.drain(birch)
        assert moved in before
        assert in_words(browser.get(at(birch, f"/deliveries/{inbox_id}"))) == before


def test_a_delivery_is_closed_by_who_runs_the_program(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1042, currency="?"))
    path = at(birch, "/deliveries/1/close")
    assert staff_browser(world, Role.SUPPORT, birch, name="Sam").send(path).status_code == 403
    mia = staff_browser(world, Role.MANAGER, birch, name="Mia")
    assert mia.send(path).status_code == 303
    assert world.inbox(birch) == {"ignored": 1}
    refused = mia.send(path)
    assert refused.status_code == 409
    assert "there is nothing to close" in in_words(refused)


def test_to_vouch_for_a_delivery_takes_more_than_support_and_takes_the_notice_back(world: World) -> None:
    acorn = connect_shopify(world)
    deliver(world, a_shopify_order())
    world.drain(acorn)
    beech = connect_shopify(world, BEECH)
    deliver(world, a_shopify_order(), shop=BEECH)
    world.drain(beech)
    assert world.inbox(beech) == {"quarantined": 1}
    path = at(beech, f"/deliveries/{newest_id(world, beech, State.QUARANTINED)}")
    sam = staff_browser(world, Role.SUPPORT, beech, name="Sam")
    assert "It is ours" not in sam.get(path).text
    assert sam.send(f"{path}/read-again").status_code == 409
    assert world.inbox(beech) == {"quarantined": 1}
    mia = staff_browser(world, Role.MANAGER, beech, name="Mia")
    assert "It is ours: count it" in mia.get(path).text
    assert mia.send(f"{path}/read-again").status_code == 303
    world.drain(beech)
    assert world.points(beech) == [100]
    assert world.notices(beech) == []


# -- history


def test_the_history_says_who_did_what_and_what_stood_there_before(world: World) -> None:
    birch, acorn = world.connect("Birch"), world.connect("Acorn")
    world.tell(birch, an_order(1042, currency="?"))
    staff_browser(world, Role.MANAGER, birch, name="Mia").send(at(birch, "/deliveries/1/close"))
    vera = staff_browser(world, Role.VIEWER, birch, name="Vera")
    vera.send(at(birch, "/deliveries/1/close"))
    page = in_words(vera.get(at(birch, "/history")))
    assert "Closed a delivery Mia, on" in page
    assert "State Could not be read Nothing for us" in page
    assert "Tried to open a page that takes another role Vera, on" in page
    only_mia = in_words(vera.get(at(birch, "/history?who=Mia")))
    assert "Vera, on" not in only_mia
    assert "Mia, on" not in in_words(vera.get(at(birch, "/history?action=access.refused")))
    assert "Nothing yet" in in_words(operator_browser(world).get(at(acorn, "/history")))
