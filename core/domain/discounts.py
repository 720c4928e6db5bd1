"""A discount code as we want it, what a store has under its name, and what an adapter must be able to do.

The code's name is drawn once and is the idempotency key: whatever happened to a call, looking the name up
tells whether the store has the code (`anchors/reliability.md` §6.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, assert_never, runtime_checkable

from core.domain.money import plain

MARKER = "Regulars"
"""How the mark begins that every code of ours carries at the store, before its redemption's reference."""


@dataclass(frozen=True, slots=True)
class AmountOff:
    """So much money off the order, or off `product_refs` where the discount names products."""

    amount_minor: int


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A share of the price off, above 0 and at most 100."""

    percent: Decimal
    cap_minor: int | None = None
    """At most so much money; None: no cap. Not every platform has one: see `why_not` of the adapter."""


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """No charge for shipping."""


@dataclass(frozen=True, slots=True)
class FreeProduct:
    """One piece of one product costs nothing; the shopper puts it into the cart herself."""

    product_ref: str


Benefit = AmountOff | PercentOff | FreeShipping | FreeProduct


def benefit_words(benefit: Benefit, currency: str) -> str:
    """What a code gives, such as `5.00 EUR off`."""
    match benefit:
        case AmountOff(amount_minor):
            return f"{plain(amount_minor, currency)} {currency} off"
        case PercentOff(percent, cap_minor):
            cap = f", at most {plain(cap_minor, currency)} {currency}" if cap_minor else ""
            return f"{percent.normalize():f} % off{cap}"
        case FreeShipping():
            return "free shipping"
        case FreeProduct(product_ref):
            return f"product {product_ref} for free"
        case _ as never:
            assert_never(never)


def worth_minor(benefit: Benefit) -> int | None:
    """What a code takes off; None: that depends on the order."""
    return benefit.amount_minor if isinstance(benefit, AmountOff) else None


class Combines(StrEnum):
    """What else may apply to the same order."""

    ORDER = "order"
    PRODUCT = "product"
    SHIPPING = "shipping"


@dataclass(frozen=True, slots=True)
class Holder:
    """The one shopper who may use a code. Personal: never kept with the redemption."""

    customer_ref: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Discount:
    """A single-use discount code as the store should have it."""

    code: str
    """Upper-case letters and digits with hyphens; compared without regard to case: WooCommerce lowers it."""
    mark: str
    """`Regulars`, the redemption and the installation: by it we know a code for ours."""
    title: str
    """What staff of the store read beside the code."""
    benefit: Benefit
    currency: str
    """ISO 4217, the store's own; amounts are in its minor units."""
    holder: Holder
    minimum_spend_minor: int | None = None
    product_refs: tuple[str, ...] = ()
    """Only these products; empty: the whole order."""
    combines: frozenset[Combines] = frozenset()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """From this moment on the code is refused; None: it never ends."""


@dataclass(frozen=True, slots=True)
class FoundCode:
    """One code a store has."""

    code: str
    code_ref: str
    """The platform's id."""
    mark: str | None
    """Ours when it begins with MARKER; None: made by somebody else."""
    is_live: bool
    """False: switched off, ended or in the bin."""
    uses: int
    """As the platform counts them; Shopify counts late."""
    problem: str = ""
    """How it differs from what was asked, such as a restriction the store dropped; empty: it does not."""

    @property
    def is_as_wanted(self) -> bool:
        """Whether it is live and what was asked for."""
        return self.is_live and not self.problem


@dataclass(frozen=True, slots=True)
class CodePage:
    """Some of the codes that are ours."""

    codes: tuple[FoundCode, ...]
    next_cursor: str | None
    """What the next page is asked for by; None: there is none."""


class CodeShop(Protocol):
    """What a connected store can do with discount codes.

    Every method is one call, or a few, over the network, never made while a transaction is open. All of them
    raise PlatformUnavailable when trying later may help (whether the store acted is then not known),
    StoreUnauthorized when the keys are dead or lack a right, PlatformRefused when nothing will help.
    """

    def create_code(self, wanted: Discount) -> FoundCode:
        """Make the code; what the store answered it has, compared with `wanted`.

        Raises CodeTaken when the store has a code of this name, ours or not: look it up.
        """
        ...

    def find_codes(self, wanted: Discount) -> list[FoundCode]:
        """Every code of this name, oldest first, compared with `wanted`. WooCommerce may have several."""
        ...

    def disable_code(self, code_ref: str) -> None:
        """Make a code unusable. One that is off or gone already is a success."""
        ...

    def orders_with(self, code: str) -> tuple[str, ...]:
        """Ids of orders that carry a code; none, too, where the platform cannot be asked for them."""
        ...

    def our_codes(self, cursor: str | None = None) -> CodePage:
        """A page of the codes that carry MARKER, in any order; `problem` is empty.

        `cursor`: the one of the page before, even of another day; None: the first page. What is disabled
        meanwhile shifts nothing. Raises PlatformRefused for a cursor that is no longer known.
        """
        ...


@runtime_checkable
class ChangesCodes(Protocol):
    """A shop that can change what a code gives and asks for, while its name and holder stay."""

    def change_code(self, code_ref: str, before: Discount, wanted: Discount) -> FoundCode:
        """Change the code of this id from `before` to `wanted`; what the store has then, compared with it.

        Done again it changes nothing more. Never makes a code, nor one live that was off. Raises as
        `CodeShop` does; Gone when the store has no such code.
        """
        ...
