"""What every reward has in common: what it costs, whom and what its code is for, how often it is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, Self

from core.domain.discounts import Benefit, Combines
from core.domain.errors import Refused
from core.domain.fields import Fields
from core.domain.payload import clean_text

MOST_POINTS = 10**9
MOST_MINOR = 10**12
LONGEST_NAME = 100

_REF = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bought:
    """What a member gets for how many points."""

    cost_points: int
    benefit: Benefit


class Shape(StrEnum):
    """What is typed into a field of a reward's form, and how its JSON has it."""

    POINTS = "points"
    """A whole number of points."""
    MONEY = "money"
    """An amount in the store's money; minor units in JSON."""
    PERCENT = "percent"
    """Above 0 and at most 100, with two decimals at most."""
    PRODUCT = "product"
    """The platform's id of a product."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One setting of a kind of reward, for whoever makes one in a form."""

    name: str
    """As in the program's JSON."""
    shape: Shape
    label: str
    """In English, in the catalogue of the core's sentences."""
    help: str = ""
    is_optional: bool = False
    """Left empty it has no limit, or takes its default."""


PRICE = FormField("cost_points", Shape.POINTS, "Price in points")
"""Of every kind that has one price."""


class Reward(Protocol):
    """One kind of reward. Frozen."""

    kind: ClassVar[str]
    """The word programs name it with; stored for ever."""
    title: ClassVar[str]
    """What merchants know the kind by, in English."""
    about: ClassVar[str]
    """What it is good for, in a sentence."""
    form: ClassVar[tuple[FormField, ...]]
    """All that `read` reads, in the order in which a form asks for it."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The reward as a program file writes it."""
        ...

    def to_json(self) -> dict[str, object]:
        """What `read` reads back, defaults written out."""
        ...

    def buy(self, points: int | None) -> Bought:
        """What `points` buy; None: the member did not say how many. Raises Refused."""
        ...

    @property
    def least_points(self) -> int:
        """The fewest points that buy anything."""
        ...

    def words(self, currency: str) -> str:
        """The reward in a few words, such as `5.00 EUR off`."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward as the program offers it."""

    reward_ref: str
    """The merchant's short name for it, kept with every redemption."""
    name: str
    """What shoppers and staff read; empty: the reward's own words."""
    reward: Reward
    minimum_spend_minor: int | None = None
    """The order has to reach it as the store's platform compares; None: any order will do."""
    valid_days: int | None = None
    """The code ends so many days after it was made, at the end of the store's day; None: never."""
    product_refs: tuple[str, ...] = ()
    """Only these products; empty: the whole order."""
    combines: frozenset[Combines] = frozenset()
    stock: int | None = None
    """How many members in all can have it; None: any number."""
    per_member: int | None = None
    """How many of it one member can have; None: any number."""
    is_paused: bool = False
    """Nobody can redeem it for now; codes that were made stay good."""

    def title(self, currency: str) -> str:
        """What it is called."""
        return self.name or self.reward.words(currency)

    def to_json(self) -> dict[str, object]:
        """What `read_offer` reads back, in a stable order; what has no limit is left out."""
        limits = {
            "minimum_spend_minor": self.minimum_spend_minor,
            "valid_days": self.valid_days,
            "stock": self.stock,
            "per_member": self.per_member,
        }
        return {
            "id": self.reward_ref,
            "kind": self.reward.kind,
            "name": self.name,
            **self.reward.to_json(),
            "products": list(self.product_refs),
            "combines_with": sorted(self.combines),
            **{name: value for name, value in limits.items() if value is not None},
            **({"is_paused": True} if self.is_paused else {}),
        }


def read_offer(fields: Fields, reward: Reward) -> Offer:
    """What is common to all kinds, around a reward that was read."""
    return Offer(
        reward_ref=_reward_ref(fields),
        name=_name(fields),
        reward=reward,
        minimum_spend_minor=_limit(fields, "minimum_spend_minor", MOST_MINOR),
        valid_days=_limit(fields, "valid_days", 3650),
        product_refs=tuple(sorted(fields.words("products"))),
        combines=_combines(fields),
        stock=_limit(fields, "stock", MOST_POINTS),
        per_member=_limit(fields, "per_member", MOST_POINTS),
        is_paused=fields.yes_or_no("is_paused"),
    )


def fixed_cost(cost_points: int, points: int | None) -> int:
    """What a reward of one price costs. Raises Refused when another number of points was offered for it."""
    if points is not None and points != cost_points:
        raise Refused(f"This reward costs {cost_points:,} points, not {points:,}.")
    return cost_points


def _reward_ref(fields: Fields) -> str:
    value = fields.take("id")
    if not isinstance(value, str) or not _REF.fullmatch(value):
        fields.wrong("id", "must be a short name of small letters, digits, - and _, such as five-off")
        return ""
    return value


def _name(fields: Fields) -> str:
    value = fields.take("name", "")
    if not isinstance(value, str) or clean_text(value, LONGEST_NAME) != value:
        fields.wrong("name", f"must be text of at most {LONGEST_NAME} characters")
        return ""
    return value


def _limit(fields: Fields, name: str, most: int) -> int | None:
    return None if fields.take(name) is None else fields.integer(name, 1, 1, most)


def _combines(fields: Fields) -> frozenset[Combines]:
    words = fields.words("combines_with")
    if not words <= set(Combines):
        fields.wrong("combines_with", f"must be a list out of {', '.join(Combines)}")
        return frozenset()
    return frozenset(Combines(word) for word in words)
