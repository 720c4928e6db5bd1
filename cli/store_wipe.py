"""`regulars store wipe`: deleting everything of a store that is no longer connected."""

from __future__ import annotations

import time

import click

from cli.holding import PAUSE_S, writing_alone
from cli.installation import opened, store_named, store_option
from cli.output import Output, command_options
from core.domain.errors import Refused
from core.jobs.env import Env
from core.jobs.forget import forget
from core.services.wiping import begin_wipe, is_wiped_clean


@click.command()
@store_option
@click.option("--yes-wipe", "name", metavar="NAME", help="The store's name, to show that you mean this one.")
@command_options
def wipe(out: Output, store_name: str, name: str | None) -> None:
    """Delete everything of a store: members, points, orders, deliveries, keys. There is no way back.

    Refused while the store is connected. What it still delivers is answered and dropped.
    """
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        if name != store.name:
            raise Refused(
                f"This deletes everything of {store.name} for good. If you mean that, say so: "
                f'--yes-wipe "{store.name}"'
            )
        with writing_alone(env, out, store) as db:
            begin_wipe(db, store, env.secrets)
        rows = _wipe(env, store.store_id)
    out.answer(
        {"store_id": store.store_id, "rows": rows},
        f"Nothing is left of {store.name}: {rows:,} rows were deleted.",
    )


def _wipe(env: Env, store_id: int) -> int:
    """A worker may be at it, too: what it deletes is not counted here."""
    rows = 0
    while not _is_clean(env, store_id):
        deleted = forget(env, store_id)
        rows += deleted
        if not deleted:
            time.sleep(PAUSE_S)
    return rows


def _is_clean(env: Env, store_id: int) -> bool:
    with env.database.read(store_id) as db:
        return is_wiped_clean(db, store_id)
