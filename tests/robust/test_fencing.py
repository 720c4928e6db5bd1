"""A worker that slept past its lease is refused when it wakes up, although nobody told it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from core.db.tables import metadata
from core.domain.stores import Store
from tests.eventually import eventually
from tests.payloads import an_order, body_of
from tests.robust.fetching import a_served_store, an_order_to_fetch, connect_reachable, fetch
from tests.robust.shops import let_leases_end
from tests.workplace import Workplace
from tests.world import World

A_DAY_PENDING = '{"earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}], "pending_days": 1}'


def all_rows(world: World) -> dict[str, list[str]]:
    """Everything in the database, table by table."""
    with world.database.read_all() as db:
        return {
            table.name: sorted(repr(tuple(row)) for row in db.execute(select(table)))
            for table in metadata.sorted_tables
        }


def assert_refused_when_it_wakes(
    place: Workplace, store: Store, point: str, kind: str, overtake: Callable[[], None]
) -> None:
    """A process sleeps at the point, another does the work meanwhile, and nothing of the first one counts."""
    sleeper = place.run("tests.at_point", point, "wait", kind, str(store.store_id))
    eventually((place.folder / "reached").exists)
    let_leases_end(place.world)
    place.world.wait(seconds=30)
    overtake()
    done = all_rows(place.world)

    (place.folder / "go").touch()
    assert sleeper.wait(20) == 1
    assert "LeaseLost" in place.log
    assert all_rows(place.world) == done


def test_a_settling_worker_that_slept_past_its_lease_writes_nothing(place: Workplace) -> None:
    world = place.world
    birch = world.connect()
    for order_id in (1, 2, 3):
        assert world.post(birch, body_of(an_order(order_id))) == 200

    def overtake() -> None:
        assert world.drain(birch) == 3

    assert_refused_when_it_wakes(place, birch, "drain.normalized", "drain", overtake)
    assert world.points(birch) == [49, 49, 49]


def test_a_worker_that_slept_past_its_lease_releases_no_points(sqlite_place: Workplace) -> None:
    place, world = sqlite_place, sqlite_place.world
    birch = world.connect(program=A_DAY_PENDING)
    world.tell(birch, an_order())

    def overtake() -> None:
        world.mature(birch)

    assert_refused_when_it_wakes(place, birch, "store.leased", "mature", overtake)


def test_an_answer_fetched_by_a_worker_that_slept_past_its_lease_is_thrown_away(
    sqlite_place: Workplace,
) -> None:
    place, world = sqlite_place, sqlite_place.world
    with a_served_store() as fake:
        birch = connect_reachable(place, "Birch", fake)
        an_order_to_fetch(world, birch, fake, 21)
        assert_refused_when_it_wakes(
            place, birch, "effects.after_call", "effects", lambda: fetch(world, birch)
        )
        assert world.points(birch) == [39]
