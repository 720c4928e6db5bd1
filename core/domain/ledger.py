"""The ledger's terms: entries, and the balance they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntryKind(StrEnum):
    """Why points moved."""

    EARN = "earn"
    REDEEM = "redeem"
    REVOKE = "revoke"
    EXPIRE = "expire"
    ADJUST = "adjust"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Balance:
    """A member's points. The sum of all entries is `available + pending − debt`."""

    available_points: int = 0
    pending_points: int = 0
    debt_points: int = 0
    """Points taken back that were no longer there; while above zero nothing is available."""

    @property
    def entries_sum(self) -> int:
        """What the member's ledger entries must add up to."""
        return self.available_points + self.pending_points - self.debt_points

    def moved(self, available: int = 0, pending: int = 0, debt: int = 0) -> Balance:
        """The balance after these changes."""
        return Balance(
            self.available_points + available, self.pending_points + pending, self.debt_points + debt
        )


def order_key(order_ref: str, number: int) -> str:
    """The unique key of an order's n-th entry."""
    return f"order:{order_ref}:{number}"


def expiry_key(lot_id: int) -> str:
    """The unique key of a lot's expiry: a lot expires once."""
    return f"expire:lot:{lot_id}"


def written_off_key(order_ref: str, number: int) -> str:
    """The unique key of the restoration beside an order's n-th entry (see `lots.take_back`)."""
    return f"order:{order_ref}:{number}:expired"
