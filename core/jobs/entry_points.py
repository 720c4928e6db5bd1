"""The functions a queue worker may run, by these names and with one store id. All else is refused."""

from __future__ import annotations

from core.jobs import compare as comparing
from core.jobs import drain as draining
from core.jobs import mature as maturing
from core.jobs import reconcile as reconciling
from core.jobs.connect import try_keys
from core.jobs.days import add_up_days
from core.jobs.effects import run_effects
from core.jobs.env import Env
from core.jobs.forget import forget as forgetting
from core.jobs.hook_rounds import look_after_hooks
from core.jobs.orphans import switch_off_orphans
from core.jobs.tasks import work_on_tasks
from core.jobs.tokens import renew_idle

_installed: list[Env] = []


def install(env: Env) -> None:
    """Give the jobs of this process their surroundings; called once, before any job runs."""
    _installed[:] = [env]


def drain(store_id: int) -> int:
    """Settle what waits in a store's inbox."""
    return draining.drain(_installed[0], store_id)


def effects(store_id: int) -> int:
    """Call a store's platform for what is due."""
    return run_effects(_installed[0], store_id)


def orphans(store_id: int) -> int:
    """Switch off codes of ours in a store that should not be."""
    return switch_off_orphans(_installed[0], store_id)


def renew(store_id: int) -> bool:
    """Renew the token of a store that is seldom called."""
    return renew_idle(_installed[0], store_id)


def hooks(store_id: int) -> int:
    """See to our webhooks at a store."""
    return look_after_hooks(_installed[0], store_id)


def connect(attempt_id: int) -> int:
    """Try the keys that came for an attempt to connect."""
    return try_keys(_installed[0], attempt_id)


def reconcile(store_id: int) -> int:
    """Look for what a store changed without telling."""
    return reconciling.reconcile(_installed[0], store_id)


def reread(store_id: int) -> int:
    """Begin to read a store's latest orders anew."""
    return reconciling.reread(_installed[0], store_id)


def walk_on(store_id: int) -> int:
    """Go on going through a store's orders."""
    return reconciling.walk_on(_installed[0], store_id)


def compare(store_id: int) -> int:
    """Compare a store's orders with what is settled here."""
    return comparing.compare(_installed[0], store_id)


def tasks(store_id: int) -> int:
    """Work on long work that somebody asked for in a store."""
    return work_on_tasks(_installed[0], store_id)


def days(store_id: int) -> int:
    """Add up what each day brought a store."""
    return add_up_days(_installed[0], store_id)


def mature(store_id: int) -> int:
    """Release and end points in a store."""
    return maturing.mature(_installed[0], store_id)


def forget(store_id: int) -> int:
    """Drop what a store need not, or must not, keep any longer."""
    return forgetting(_installed[0], store_id)
