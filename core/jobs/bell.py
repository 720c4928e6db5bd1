"""The doorbell, as everybody but the queue sees it. It only says "look at this store now".

A bell that is lost, doubled or late changes nothing but the moment: the sweeper rings again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

DRAIN: Final = "core.jobs.entry_points.drain"
MATURE: Final = "core.jobs.entry_points.mature"
EFFECTS: Final = "core.jobs.entry_points.effects"
ORPHANS: Final = "core.jobs.entry_points.orphans"
FORGET: Final = "core.jobs.entry_points.forget"
RENEW: Final = "core.jobs.entry_points.renew"
HOOKS: Final = "core.jobs.entry_points.hooks"
CONNECT: Final = "core.jobs.entry_points.connect"
"""The only one that is rung with the number of an attempt to connect, for there is no store yet."""
RECONCILE: Final = "core.jobs.entry_points.reconcile"
REREAD: Final = "core.jobs.entry_points.reread"
WALK_ON: Final = "core.jobs.entry_points.walk_on"
COMPARE: Final = "core.jobs.entry_points.compare"
TASKS: Final = "core.jobs.entry_points.tasks"
DAYS: Final = "core.jobs.entry_points.days"


class Bell(Protocol):
    """Tells a worker that a store has work. Losing a ring is allowed, waiting long is not."""

    def ring(self, job: str, store_id: int) -> bool:
        """True when the bell was heard, or an unanswered one speaks for it; False when nobody can hear.

        Never raises for anything outside this process and returns within half a second.
        """
        ...

    def ring_all(self, calls: Sequence[tuple[str, int]]) -> bool:
        """The same for several (job, store) at once; True when all of them were heard."""
        ...


class SilentBell:
    """For an installation without a queue server: nobody is rung, the sweeper finds the work."""

    def ring(self, job: str, store_id: int) -> bool:  # noqa: ARG002
        """False: nobody heard."""
        return False

    def ring_all(self, calls: Sequence[tuple[str, int]]) -> bool:  # noqa: ARG002
        """False: nobody heard."""
        return False
