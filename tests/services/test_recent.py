"""What happened lately: each delivery with the points it moved."""

from __future__ import annotations

from core.services.recent import Activity, recent_activity
from tests.payloads import an_order
from tests.world import World


def activity(world: World, store_id: int, limit: int = 10) -> Activity:
    with world.database.read(store_id) as db:
        return recent_activity(db, store_id, limit)


def test_deliveries_come_newest_first_with_what_each_moved(world: World) -> None:
    birch = world.birch()
    order = an_order(1, "49.95")
    world.tell(birch, order, "order.created")
    world.wait(seconds=2)
    world.tell(birch, order, "order.updated")
    world.wait(seconds=2)
    world.tell(birch, order | {"status": "cancelled", "date_modified_gmt": "2026-11-20T11:00:00"})
    told = activity(world, birch.store_id)
    assert [(one.topic, one.points) for one in told.deliveries] == [
        ("order.updated", -49),
        ("order.updated", 0),
        ("order.created", 49),
    ]
    assert [(one.points, one.order_ref, one.available_points) for one in told.bookings] == [
        (-49, "1", 0),
        (49, "1", 0),
    ]
    assert told.bookings[1].reason == "49.95 net × 1, rounded down = 49"


def test_no_more_is_read_than_asked_for_and_nothing_of_other_stores(world: World) -> None:
    birch, oak = world.birch(), world.birch()
    for order_id in range(1, 4):
        world.tell(birch, an_order(order_id, "10.00"))
    assert [one.order_ref for one in activity(world, birch.store_id, 2).deliveries] == ["3", "2"]
    assert activity(world, oak.store_id) == Activity((), ())
