"""Changing a store's program: a new immutable version, never touching what was earned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from core.db import orders, programs
from core.domain.discounts import Discount, Holder
from core.domain.errors import Mistake, ProgramRefused, Refused
from core.domain.platform import Platform
from core.domain.program import Program, read_program
from core.domain.rewards.reward import Offer
from core.domain.versions import BEGINNING, in_force, refuse_rewriting_history
from core.services.redeeming import discount_of
from core.services.terms import StoreTerms

_ANYBODY = Holder(customer_ref="1", email="shopper@example.com")
"""A member of whom the store knows all there is to know."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A program version that was added."""

    version: int
    effective_from: datetime
    is_from_the_beginning: bool
    """True: nothing had been settled, so it stands in for the default from before the first order."""
    caveats: tuple[str, ...] = ()
    """What codes of its rewards give at the store beyond what was meant, in words for the merchant."""


def apply_program(
    db: Connection,
    terms: StoreTerms,
    text: str,
    effective_from: datetime | None,
    now: datetime,
    *,
    platform: Platform | None = None,
    applied_by: str | None = None,
) -> Applied:
    """Add `text` as the next program version. The caller holds the store's lease.

    Without `effective_from` it takes effect now, or from the beginning while nothing has been settled and
    no later version rules. `applied_by`: who publishes it, for the history.
    Raises ProgramRefused for mistakes in it and for rewards `platform` cannot make codes for, Refused for a
    past that orders were settled under.
    """
    store_id = terms.store.store_id
    program = read_program(text, terms.store.currency)
    caveats = () if platform is None else examine_rewards(program, platform, terms.store.currency)
    settled_under = orders.versions_settled_under(db, store_id)
    first_still_rules = in_force(terms.versions, now).effective_from == BEGINNING
    is_from_the_beginning = effective_from is None and not settled_under and first_still_rules
    begins = BEGINNING if is_from_the_beginning else effective_from or now
    if not is_from_the_beginning:
        refuse_rewriting_history(terms.versions, begins, now, settled_under)
    number = terms.versions[-1].version + 1
    programs.add_version(db, store_id, number, begins, program.to_json(), now, applied_by=applied_by)
    return Applied(number, begins, is_from_the_beginning, caveats)


def examine_rewards(program: Program, platform: Platform, currency: str) -> tuple[str, ...]:
    """What is to be known of a program's rewards, in words for the merchant.

    Raises ProgramRefused for those of which `platform` can make no code.
    """
    mistakes, caveats = [], []
    for at, offer in enumerate(program.rewards):
        discount = sample_code(offer, currency, program.code_prefix)
        if reason := platform.why_not(discount):
            mistakes.append(Mistake(f"rewards[{at}]", reason))
        if caveat := platform.caveat(discount):
            caveats.append(f"Reward “{offer.reward_ref}”: {caveat}")
    if mistakes:
        raise ProgramRefused(mistakes)
    return tuple(caveats)


def sample_code(offer: Offer, currency: str, code: str) -> Discount:
    """A code of a reward as a store would be asked for it, for a member it knows all of.

    Where points are the member's choice, for the fewest.
    """
    bought = offer.reward.buy(offer.reward.least_points)
    return replace(discount_of(offer, bought, currency, code, None), holder=_ANYBODY)


def parse_moment(text: str, terms: StoreTerms) -> datetime:
    """`--from` as a moment: ISO 8601; without an offset it is the store's local time. Raises Refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(
            f"“{text}” is not a time; write one such as 2026-12-01 or 2026-12-01T09:00+01:00."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=terms.store.zone)
