"""Who works in the settings pages, and what each of them may do in a store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody may do in one store. Each role may do all that those before it may."""

    VIEWER = "viewer"
    """Look at everything."""
    SUPPORT = "support"
    """Help members: adjust points up to a limit, take redemptions back."""
    MANAGER = "manager"
    """Run the program: rules, rewards, members, deliveries, settings of the store."""
    OWNER = "owner"
    """Decide about the store: staff, disconnecting, taking data out and in, forgetting people."""

    def includes(self, least: Role) -> bool:
        """Whether somebody with this role may do what needs `least`."""
        return _RANKS[self] >= _RANKS[least]


_RANKS: Final = {role: rank for rank, role in enumerate(Role)}

OPERATOR_NAME: Final = "Server"
"""How the history names whoever signed in with a link made on the server."""
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody at work in one store."""

    name: str
    """As the history of the store tells it; never changes meaning when the person is gone."""
    role: Role
    staff_id: int | None = None
    """None: whoever runs the server, or somebody whom the platform vouches for."""
    most_points: int | None = None
    """How many points they may give or take in a day, all members together; None: no limit."""
    is_operator: bool = False
    """They run this server."""

    def may(self, least: Role) -> bool:
        """Whether they may do what needs this role."""
        return self.role.includes(least)


def operator() -> Who:
    """Whoever runs this server: may do everything everywhere."""
    return Who(OPERATOR_NAME, Role.OWNER, is_operator=True)
