"""A reward in a form: what its kind asks for, what was typed, and what is wrong with it, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from admin.retelling import told
from admin.saying import _
from admin.typed import Typed
from admin.words import money
from core.domain.discounts import AmountOff, Combines
from core.domain.errors import Mistake
from core.domain.fields import Fields
from core.domain.money import plain
from core.domain.rewards.reward import (
    LONGEST_NAME,
    MOST_MINOR,
    MOST_POINTS,
    FormField,
    Offer,
    Reward,
    Shape,
    read_offer,
)
from core.domain.stores import Store

LONGEST_DAYS: Final = 3650
MOST_PRODUCTS_TEXT: Final = 4000
_PRODUCT: Final = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class RewardForm:
    """One form, filled in."""

    kind: type[Reward]
    values: Mapping[str, str]
    """As typed, by field."""
    problems: dict[str, str] = field(default_factory=dict)
    """By field, in the reader's language."""
    offer: Offer | None = None
    """What it says; None: it has problems."""

    def has(self, word: str) -> bool:
        """Whether codes may be used beside this class of discounts."""
        return bool(self.values.get(f"combines_{word}"))


def form_of(offer: Offer, currency: str) -> RewardForm:
    """The form of a reward there is."""
    told_fields = offer.to_json()
    values = {"name": offer.name, "products": ", ".join(offer.product_refs)}
    for one in type(offer.reward).form:
        values[one.name] = _text(told_fields.get(one.name), one.shape, currency)
    values["minimum_spend_minor"] = _text(offer.minimum_spend_minor, Shape.MONEY, currency)
    for name in ("valid_days", "stock", "per_member"):
        values[name] = _text(told_fields.get(name), Shape.POINTS, currency)
    values |= {f"combines_{word}": "yes" for word in offer.combines}
    return RewardForm(type(offer.reward), values, offer=offer)


def empty_form(kind: type[Reward]) -> RewardForm:
    """The form of a reward to be made; codes end, by default, so that nobody owes them for ever."""
    return RewardForm(kind, {"valid_days": "90"})


def _text(value: object, shape: Shape, currency: str) -> str:
    if value is None:
        return ""
    return plain(value, currency) if shape is Shape.MONEY and isinstance(value, int) else str(value)


def read_form(
    kind: type[Reward], values: Mapping[str, str], reward_ref: str, store: Store, *, is_paused: bool = False
) -> RewardForm:
    """What was typed, as a reward, or what is wrong with it."""
    typed, currency = Typed(values), store.currency
    said = _said(typed, kind, currency) | {"id": reward_ref, "is_paused": is_paused}
    _check_products(said, typed, kind, store)
    if typed.problems:
        return RewardForm(kind, values, typed.problems)
    mistakes: list[Mistake] = []
    fields = Fields(said, "", mistakes)
    offer = read_offer(fields, kind.read(fields))
    problems = {one.path: told(one.problem) for one in mistakes} or _too_low(offer, currency)
    return RewardForm(kind, values, problems, None if problems else offer)


def _said(typed: Typed, kind: type[Reward], currency: str) -> dict[str, Any]:
    """The reward's JSON; without what was left empty."""
    said: dict[str, Any] = {"name": typed.text("name", LONGEST_NAME)}
    said |= {one.name: _read(typed, one, currency) for one in kind.form}
    said |= {
        "minimum_spend_minor": typed.money_or_none("minimum_spend_minor", currency, 1, MOST_MINOR),
        "valid_days": typed.whole_or_none("valid_days", 1, LONGEST_DAYS),
        "stock": typed.whole_or_none("stock", 1, MOST_POINTS),
        "per_member": typed.whole_or_none("per_member", 1, MOST_POINTS),
        "products": [
            _bare(one) for one in typed.text("products", MOST_PRODUCTS_TEXT).replace(",", " ").split()
        ],
        "combines_with": [str(word) for word in Combines if typed.ticked(f"combines_{word}")],
    }
    return {name: value for name, value in said.items() if value is not None}


def _read(typed: Typed, one: FormField, currency: str) -> object:
    if one.is_optional and not typed.values.get(one.name, "").strip():
        return None
    match one.shape:
        case Shape.POINTS:
            return typed.whole(one.name, 1, MOST_POINTS, 1)
        case Shape.MONEY:
            return typed.money(one.name, currency, 1, MOST_MINOR)
        case Shape.PERCENT:
            return str(typed.decimal(one.name, 100, 2))
        case Shape.PRODUCT:
            return _bare(typed.text(one.name, 60, least=1))


def _bare(product: str) -> str:
    """A product's number, also out of how Shopify's API writes it."""
    return product.removeprefix("gid://shopify/Product/")


def _check_products(said: Mapping[str, Any], typed: Typed, kind: type[Reward], store: Store) -> None:
    """Both platforms number their products: what is no number is none of them."""
    single = {one.name: [said[one.name]] for one in kind.form if one.shape is Shape.PRODUCT}
    for name, refs in ({"products": said["products"]} | single).items():
        wrong = next((one for one in refs if not _PRODUCT.fullmatch(one)), None)
        if wrong is not None and name not in typed.problems:
            typed.problems[name] = _no_product(wrong, store)


def _no_product(wrong: str, store: Store) -> str:
    if store.platform == "shopify":
        return _(
            "“%(product)s” is no product's id. Ids are whole numbers: the one at the end of the product's "
            "address in Shopify's admin, after products/.",
            product=wrong[:40],
        )
    return _(
        "“%(product)s” is no product's id. Ids are whole numbers: the one after post= in the product's "
        "address in WooCommerce's admin.",
        product=wrong[:40],
    )


def _too_low(offer: Offer, currency: str) -> dict[str, str]:
    """A minimum that the code's amount is above would make orders free."""
    benefit = offer.reward.buy(offer.reward.least_points).benefit
    least = offer.minimum_spend_minor
    if not isinstance(benefit, AmountOff) or least is None or least >= benefit.amount_minor:
        return {}
    problem = _(
        "%(typed)s is less than the %(off)s the code takes off, so the order would be free. "
        "Enter %(off)s or more.",
        typed=money(least, currency),
        off=money(benefit.amount_minor, currency),
    )
    return {"minimum_spend_minor": problem}
