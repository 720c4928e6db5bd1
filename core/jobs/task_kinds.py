"""Every kind of long work, and the function that does one portion of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from core.jobs.balance_tasks import import_balances, undo_balances
from core.jobs.code_changes import update_codes
from core.jobs.code_reissues import reissue_codes
from core.jobs.takeout_tasks import export_store, import_store
from core.jobs.tasks import TaskRun
from core.services import changing_codes

STEPS: Final[Mapping[str, Callable[[TaskRun], None]]] = {
    "export_store": export_store,
    "import_store": import_store,
    "import_balances": import_balances,
    "undo_balances": undo_balances,
    changing_codes.UPDATE: update_codes,
    changing_codes.REISSUE: reissue_codes,
}
"""By kind. A step does one portion in `run.transaction()` and ends it with `run.advance` or `run.finish`.

Done again after a crash, it finds how far it was. It raises Refused for what cannot be done, and lets through
what a store's platform raises: what may pass is tried again.
"""
