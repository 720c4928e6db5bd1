"""Regulars as a program of the merchant's uses it: over HTTP, with a key that shoppers never see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

PATIENCE_S = 5.0


class Refusal(Exception):
    """Regulars said no; `str()` is its reason, for people to read."""


class OutOfReach(Exception):
    """Regulars does not answer just now."""


@dataclass(frozen=True, slots=True)
class Member:
    """A shopper's points."""

    member_id: int
    available_points: int = 0
    pending_points: int = 0
    debt_points: int = 0


@dataclass(frozen=True, slots=True)
class Reward:
    """Something to spend points on."""

    reward_ref: str
    title: str
    cost_points: int


@dataclass(frozen=True, slots=True)
class Redemption:
    """Points that became a code, or are becoming one."""

    redemption_id: str
    state: str
    code: str
    title: str
    cost_points: int

    @property
    def is_moving(self) -> bool:
        """Whether its state may still change."""
        return self.state in {"pending", "live", "cancelling"}


@dataclass
class Regulars:
    """One store's part of an installation."""

    url: str
    store: str
    key: str
    _session: requests.Session = field(default_factory=requests.Session)

    def member(self, customer_ref: str) -> Member | None:
        """The points of an account; None while Regulars knows of no order of it."""
        told = self._ask("GET", f"members/customer:{quote(customer_ref, safe='')}")
        if told is None:
            return None
        names = ("available_points", "pending_points", "debt_points")
        return Member(int(told["member_id"]), *(int(told[name]) for name in names))

    def rewards(self) -> list[Reward]:
        """What the store's program offers."""
        told = self._ask("GET", "rewards")
        listed = told.get("rewards", []) if isinstance(told, dict) else told or []
        return [Reward(str(one["id"]), str(one["title"]), int(one["cost_points"])) for one in listed]

    def redeem(self, member_id: int, reward_ref: str, idempotency_key: str) -> Redemption:
        """Turn points into a code. Raises Refusal; the same key never spends twice."""
        asked = {"reward": reward_ref, "points": None}
        told = self._ask(
            "POST", f"members/{member_id}/redemptions", asked, {"Idempotency-Key": idempotency_key}
        )
        if told is None:
            raise Refusal("Rewards cannot be had here yet.")
        return _redemption(told)

    def redemption(self, redemption_id: str) -> Redemption | None:
        """How it stands now."""
        told = self._ask("GET", f"redemptions/{quote(redemption_id, safe='')}")
        return None if told is None else _redemption(told)

    def _ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The answer's JSON; None for 404. Raises Refusal and OutOfReach."""
        try:
            answer = self._session.request(
                method,
                f"{self.url}/api/stores/{quote(self.store, safe='')}/{path}",
                json=body,
                headers={"Authorization": f"Bearer {self.key}", **(headers or {})},
                timeout=PATIENCE_S,
                allow_redirects=False,
            )
            told = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise OutOfReach(str(error)) from error
        if answer.status_code == requests.codes.not_found:
            return None
        if answer.status_code >= requests.codes.server_error:
            raise OutOfReach(f"Regulars answered {answer.status_code}.")
        if not answer.ok:
            raise Refusal(str(told.get("error", {}).get("message", "Regulars refused.")))
        return told


def _redemption(told: Mapping[str, Any]) -> Redemption:
    return Redemption(
        redemption_id=str(told["id"]),
        state=str(told["state"]),
        code=str(told.get("code") or ""),
        title=str(told.get("title") or told.get("reward") or ""),
        cost_points=int(told.get("cost_points") or 0),
    )
