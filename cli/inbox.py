"""`regulars inbox`: what stores delivered, what became of it, and trying again."""

from __future__ import annotations

from collections.abc import Mapping

import click

from cli.installation import any_store_option, opened, ring_drain, store_named
from cli.output import AN_ID, Output, command_options
from core.db import inbox as deliveries
from core.db import stores
from core.db.inbox import State
from core.domain.errors import Refused
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.quarantine import clear_if_empty
from core.services.rereading import DISMISSIBLE, REPLAYABLE

MEANINGS: Mapping[str, str] = {
    State.NEW: "wait to be settled",
    State.DONE: "are settled",
    State.IGNORED: "had nothing to say to us",
    State.HELD: "wait for a currency's rate: bin/regulars store set-rate",
    State.NEEDS_FETCH: "tell something only the store can complete; settled as far as known",
    State.DEAD: "could not be understood or settled: bin/regulars inbox dead",
    State.QUARANTINED: "may be another store's: bin/regulars inbox quarantined",
}
LISTED_COLUMNS = ["id", "store", "received_at", "topic", "order_ref", "tries", "problem"]


@click.group(invoke_without_command=True)
@any_store_option
@click.pass_context
@command_options
def inbox(out: Output, ctx: click.Context, store_name: str | None) -> None:
    """Count a store's deliveries by what became of them."""
    if ctx.invoked_subcommand is not None:
        return
    with opened(out.settings) as env:
        if store_name is None:
            out.rows(
                (
                    {"store_id": one.store_id, "store": one.name, **_counts(env, one)}
                    for one in _stores(env, None)
                ),
                ["store", *MEANINGS],
                none="No store is connected yet.",
            )
            return
        counts = _counts(env, store_named(env, store_name))
        out.document(counts, {f"{counts[state]:>7} {state}": meaning for state, meaning in MEANINGS.items()})


def _counts(env: Env, store: Store) -> dict[str, int]:
    with env.database.read(store.store_id) as db:
        return deliveries.counts(db, store.store_id)


@inbox.command()
@any_store_option
@click.pass_context
@command_options
def dead(out: Output, ctx: click.Context, store_name: str | None) -> None:
    """List deliveries that could not be settled, the newest first."""
    _list(out, State.DEAD, store_name or _named_above(ctx))


@inbox.command()
@any_store_option
@click.pass_context
@command_options
def quarantined(out: Output, ctx: click.Context, store_name: str | None) -> None:
    """List deliveries that may be another store's, the newest first.

    Look the order up in the store. If it is there, replay the delivery: that vouches for it. If not, dismiss
    it: somebody sent what was signed for another store.
    """
    _list(out, State.QUARANTINED, store_name or _named_above(ctx))


def _list(out: Output, state: State, store_name: str | None) -> None:
    with opened(out.settings) as env:
        rows: list[Mapping[str, object]] = []
        for store in _stores(env, store_name):
            with env.database.read(store.store_id) as db:
                rows += [
                    {
                        "id": row.id,
                        "store_id": store.store_id,
                        "store": store.name,
                        "topic": row.topic,
                        "received_at": row.received_at,
                        "tries": row.attempts,
                        "order_ref": row.order_ref,
                        "problem": row.problem,
                    }
                    for row in deliveries.listed(db, store.store_id, state)
                ]
        out.rows(rows, LISTED_COLUMNS, none=f"No {state} deliveries.")


@inbox.command()
@click.argument("row_id", metavar="ID", type=AN_ID, required=False)
@click.option("--all-dead", is_flag=True, help="Every delivery that could not be settled.")
@any_store_option
@click.pass_context
@command_options
def replay(
    out: Output, ctx: click.Context, row_id: int | None, all_dead: bool, store_name: str | None
) -> None:
    """Put a delivery, or all dead ones, back in line with all its tries.

    Harmless at any time: points end where the store's latest word puts them, however often it is told.
    Replaying a quarantined delivery vouches for it: it counts as the store's own.
    """
    if (row_id is None) != all_dead:
        raise click.UsageError("Give the ID of one delivery, or --all-dead.")
    with opened(out.settings, with_bell=True) as env:
        named = store_name or _named_above(ctx)
        if row_id is not None:
            _replay_one(env, out, row_id, _stores(env, named))
        else:
            _replay_dead(env, out, _stores(env, named))


@inbox.command()
@click.argument("row_id", metavar="ID", type=AN_ID)
@any_store_option
@click.pass_context
@command_options
def dismiss(out: Output, ctx: click.Context, row_id: int, store_name: str | None) -> None:
    """Close a dead or quarantined delivery as saying nothing. It changes no points, and can be replayed."""
    with opened(out.settings) as env:
        store = _store_of(env, row_id, _stores(env, store_name or _named_above(ctx)))
        with env.database.write(store.store_id) as db:
            is_dismissed = deliveries.dismiss(db, store.store_id, row_id, DISMISSIBLE)
            clear_if_empty(db, store.store_id)
    if not is_dismissed:
        raise Refused(f"Delivery {row_id} is neither dead nor quarantined; there is nothing to dismiss.")
    out.answer({"dismissed": row_id}, f"Delivery {row_id} is dismissed.")


def _store_of(env: Env, row_id: int, chosen: list[Store]) -> Store:
    by_id = {store.store_id: store for store in chosen}
    with env.database.read_all() as db:
        store_id = deliveries.store_of(db, by_id, row_id)
    if store_id is None:
        names = " or ".join(store.name for store in chosen) or "any store"
        raise Refused(f"There is no delivery {row_id} of {names}.")
    return by_id[store_id]


def _replay_one(env: Env, out: Output, row_id: int, chosen: list[Store]) -> None:
    store = _store_of(env, row_id, chosen)
    with env.database.write(store.store_id) as db:
        count = deliveries.replay(db, store.store_id, env.now(), row_id=row_id, states=REPLAYABLE)
        clear_if_empty(db, store.store_id)
    if not count:
        raise Refused(f"Delivery {row_id} waits to be settled already, or its body was erased.")
    _say_replayed(env, out, {store: count})


def _replay_dead(env: Env, out: Output, chosen: list[Store]) -> None:
    replayed = {}
    for store in chosen:
        with env.database.write(store.store_id) as db:
            replayed[store] = deliveries.replay(
                db, store.store_id, env.now(), row_id=None, states={State.DEAD}
            )
    _say_replayed(env, out, replayed)


def _say_replayed(env: Env, out: Output, replayed: Mapping[Store, int]) -> None:
    for store, count in replayed.items():
        if count:
            ring_drain(env, out, store)
    total = sum(replayed.values())
    if not total:
        out.answer({"replayed": 0}, "No dead deliveries.")
        return
    deliveries_are = "1 delivery is" if total == 1 else f"{total:,} deliveries are"
    out.answer({"replayed": total}, f"{deliveries_are} back in line.")


def _named_above(ctx: click.Context) -> str | None:
    """The --store of `inbox --store N dead`."""
    above = ctx.parent.params if ctx.parent else {}
    named: str | None = above.get("store_name")
    return named


def _stores(env: Env, named: str | None) -> list[Store]:
    if named is not None:
        return [store_named(env, named)]
    with env.database.read_all() as db:
        return stores.all_stores(db)
