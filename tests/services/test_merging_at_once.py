"""Merges beside everything else: whatever happens between, and whoever else is at it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db import merges
from core.domain.errors import Refused
from core.domain.stores import Store
from core.services import merging
from tests.payloads import body_of
from tests.services.test_merging import (
    ANA,
    BEA,
    CLEO,
    FIXED,
    KEPT,
    PENDING,
    clean,
    id_of,
    merge,
    order,
    placed,
    two,
    undo,
)
from tests.spending import spend
from tests.world import NOW, SMALLEST_PROGRAM, World

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.integers(1, 4), st.integers(0, 40), st.sampled_from([ANA, BEA])),
        st.tuples(st.just("merge"), st.sampled_from([ANA, BEA])),
        st.tuples(st.just("undo")),
        st.tuples(st.just("spend"), st.integers(1, 30), st.sampled_from([ANA, BEA])),
        st.tuples(st.just("wait"), st.integers(1, 40)),
    ),
    max_size=14,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, program=st.sampled_from([SMALLEST_PROGRAM, PENDING, FIXED]))
def test_merging_and_undoing_change_no_sum_whatever_happens_between(
    sqlite_installation: World, steps: list[tuple[Any, ...]], program: str
) -> None:
    world = sqlite_installation
    world.moment[0] = NOW
    store = world.birch(program=program)
    for customer in (ANA, BEA):
        order(world, store, 90 + customer, "1.00", customer)
    for name, *values in steps:
        before = world.total(store)
        if name in {"merge", "undo"}:
            with suppress(Refused):
                merge_or_undo(world, store, name, *values)
            assert world.total(store) == before
        elif name == "order":
            order(world, store, values[0], f"{values[1]}.00", values[2])
        elif name == "spend" and world.balance(store, str(values[1]))[0] >= values[0]:
            spend(world, store, values[0], str(values[1]))
        elif name == "wait":
            world.wait(days=values[0])
            world.mature(store)
    clean(world, store)


def merge_or_undo(world: World, store: Store, name: str, *source: int) -> None:
    """Merge one of the two into the other, or undo the merge that stands."""
    if name == "merge":
        merge(world, store, source[0], ANA + BEA - source[0])
        return
    with world.database.read(store.store_id) as db:
        standing = [merges.standing(db, store.store_id, id_of(world, store, who)) for who in (ANA, BEA)]
    for row in filter(None, standing):
        undo(world, store, row.id)


def test_merging_beside_awards_and_other_merges_ends_in_no_deadlock(postgres_installation: World) -> None:
    world, store = postgres_installation, two(postgres_installation)
    order(world, store, 3, "5.00", CLEO)
    ids = [id_of(world, store, who) for who in (ANA, BEA, CLEO)]
    trouble: list[Exception] = []

    def merge_back_and_forth(source: int, into: int) -> None:
        for _ in range(8):
            with suppress(Refused), world.database.write(store.store_id) as db:
                done = merging.merge(db, store, source, into, KEPT, NOW)
                merging.undo(db, store, done.id, NOW)

    def award() -> None:
        for number in range(8):
            for customer in (CLEO, BEA, ANA):
                world.post(store, body_of(placed(world, 100 + 10 * number + customer, "1.00", customer)))
            world.drain(store)

    def noting(run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:  # noqa: BLE001  # told by the main thread
            trouble.append(error)

    back, forth = partial(merge_back_and_forth, ids[1], ids[0]), partial(merge_back_and_forth, *ids[:2])
    jobs: list[Callable[[], None]] = [back, forth, award]
    threads = [threading.Thread(target=noting, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert trouble == []
    assert world.total(store) == 10 + 49 + 5 + 24
    clean(world, store)
