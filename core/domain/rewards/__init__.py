"""Reward kinds: what points buy. One file is one kind; `REWARD` in it is how it is found."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from core.domain.discovery import declared
from core.domain.errors import Mistake
from core.domain.fields import Fields
from core.domain.rewards.reward import Offer, Reward, read_offer

MOST_REWARDS = 100


@cache
def reward_kinds() -> dict[str, type[Reward]]:
    """Every kind by the `kind` that programs name it with."""
    kinds = cast("dict[str, type[Reward]]", declared(__name__, "REWARD"))
    return {kind.kind: kind for kind in kinds.values()}


def read_rewards(fields: Fields) -> tuple[Offer, ...]:
    """The rewards of a program file, in its order; none when it names none."""
    listed = fields.take("rewards", [])
    if not isinstance(listed, list) or len(listed) > MOST_REWARDS:
        fields.wrong("rewards", f"must be a list of at most {MOST_REWARDS} rewards")
        return ()
    read = (_read_reward(value, f"rewards[{at}]", fields) for at, value in enumerate(listed))
    offers = tuple(offer for offer in read if offer is not None)
    names = [offer.reward_ref for offer in offers]
    for at, name in enumerate(names):
        if name in names[:at]:
            fields.mistakes.append(Mistake(f"rewards[{at}].id", f"is taken: another reward is called {name}"))
    return offers


def _read_reward(value: Any, path: str, around: Fields) -> Offer | None:
    if not isinstance(value, dict):
        problem = 'must be an object such as {"id": "five", "kind": "amount_off", "cost_points": 500, …}'
        around.mistakes.append(Mistake(path, problem))
        return None
    fields = Fields(value, path, around.mistakes)
    kind = fields.take("kind")
    found = reward_kinds().get(kind) if isinstance(kind, str) else None
    if found is None:
        fields.wrong("kind", f"must be one of {', '.join(reward_kinds())}")
        return None
    offer = read_offer(fields, found.read(fields))
    fields.close()
    return offer
