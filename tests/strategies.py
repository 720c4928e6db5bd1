"""Hypothesis strategies: any order snapshot, any JSON, any program, any lots."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from core.domain.discounts import Combines
from core.domain.earning.points_per_order import PointsPerOrder
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.earning.rule import EarningRule, Eligibility
from core.domain.lots import Lot, LotTerms
from core.domain.orders import OrderLine, OrderSnapshot, Payment, Refund, RefundLine
from core.domain.program import Anchor, ExpiredCodes, Expiry, ExpiryKind, Program, SpentPoints
from core.domain.rewards.amount_off import AmountOffReward
from core.domain.rewards.any_amount import AnyAmountReward
from core.domain.rewards.free_product import FreeProductReward
from core.domain.rewards.free_shipping import FreeShippingReward
from core.domain.rewards.percent_off import PercentOffReward
from core.domain.rewards.reward import Offer, Reward
from core.domain.rounding import Rounding

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
"""Text any database takes."""

refs = st.integers(1, 2**63 - 1).map(str)
minors = st.integers(0, 10**12)
moments = st.integers(86_400, 7_258_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
"""Any second an order can be of: 1970 to 2199."""
zones = st.sampled_from(
    "UTC Europe/Berlin America/New_York Asia/Kolkata Pacific/Apia Africa/Cairo America/Havana".split()
)

order_lines = st.builds(
    OrderLine,
    line_ref=refs,
    product_ref=st.none() | refs,
    variant_ref=st.none() | refs,
    sku=texts,
    quantity=st.integers(0, 1000),
    net_minor=minors,
    tax_minor=minors,
    discount_minor=minors,
    is_gift_card=st.booleans(),
)
refunds = st.builds(
    Refund,
    refund_ref=refs,
    amount_minor=minors,
    lines=st.lists(
        st.builds(RefundLine, line_ref=refs, quantity=st.integers(0, 9), net_minor=minors), max_size=3
    ).map(tuple),
    is_itemized=st.booleans(),
)
order_snapshots = st.builds(
    OrderSnapshot,
    order_ref=refs,
    number=texts,
    modified_at=moments,
    status=texts,
    status_rank=st.integers(0, 9),
    payment=st.sampled_from(Payment),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    ordered_at=moments,
    paid_at=st.none() | moments,
    completed_at=st.none() | moments,
    customer_ref=st.none() | refs,
    lines=st.lists(order_lines, max_size=4).map(tuple),
    gross_minor=minors,
    refunds=st.lists(refunds, max_size=3).map(tuple),
    discount_codes=st.lists(texts, max_size=3).map(tuple),
    referral_token=st.none() | texts,
    channel=texts,
    is_test=st.booleans(),
    outstanding_minor=minors,
)

jsons = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
"""Any JSON value."""


@st.composite
def damaged(draw: st.DrawFn, whole: dict[str, Any]) -> bytes:
    """`whole` as JSON bytes after up to three of its values, at any depth, changed or went missing."""
    document = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 3))):
        _damage(draw, document)
    return json.dumps(document).encode()


def _damage(draw: st.DrawFn, place: Any) -> None:
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], (dict, list)) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        if draw(st.booleans()):
            place[key] = draw(jsons)
        else:
            del place[key]
        return


eligibilities = st.builds(
    Eligibility,
    states=st.frozensets(st.text("abcdefghij-", min_size=1, max_size=8), max_size=3),
    excluded_products=st.frozensets(refs, max_size=3),
    excluded_skus=st.frozensets(texts.filter(lambda text: text and not set(text) & {"\n", "\r"}), max_size=3),
)
earning_rules: st.SearchStrategy[EarningRule] = st.builds(
    PointsPerUnit,
    points_each=st.decimals(Decimal("0.0001"), 10_000, places=4),
    per_minor=st.integers(1, 10**9),
    rounding=st.sampled_from(Rounding),
    eligibility=eligibilities,
) | st.builds(
    PointsPerOrder,
    points_each=st.integers(1, 1_000_000),
    minimum_minor=st.integers(1, 10**12),
    eligibility=eligibilities,
)
expiries = st.just(Expiry()) | st.builds(
    Expiry,
    kind=st.sampled_from([ExpiryKind.FIXED, ExpiryKind.ROLLING]),
    expiry_days=st.integers(1, 3650),
)
costs = st.integers(1, 10**9)
amounts = st.integers(1, 10**12)
any_amounts = st.tuples(st.integers(1, 1000), amounts, st.integers(1, 1000)).map(
    lambda drawn: AnyAmountReward(drawn[0], drawn[1], drawn[0] * drawn[2])
)
rewards: st.SearchStrategy[Reward] = (
    st.builds(AmountOffReward, cost_points=costs, amount_minor=amounts)
    | st.builds(
        PercentOffReward,
        cost_points=costs,
        percent=st.decimals(Decimal("0.01"), 100, places=2),
        cap_minor=st.none() | amounts,
    )
    | st.builds(FreeShippingReward, cost_points=costs)
    | st.builds(FreeProductReward, cost_points=costs, product_ref=refs)
    | any_amounts
)
offers = st.builds(
    Offer,
    reward_ref=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True),
    name=texts,
    reward=rewards,
    minimum_spend_minor=st.none() | amounts,
    valid_days=st.none() | st.integers(1, 3650),
    product_refs=st.frozensets(refs, max_size=3).map(sorted).map(tuple),
    combines=st.frozensets(st.sampled_from(Combines)),
    stock=st.none() | costs,
    per_member=st.none() | costs,
)
programs = st.builds(
    Program,
    rewards=st.lists(offers, max_size=3, unique_by=lambda offer: offer.reward_ref).map(tuple),
    code_prefix=st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True),
    expired_codes=st.sampled_from(ExpiredCodes),
    spent_points=st.sampled_from(SpentPoints),
    earning=st.lists(earning_rules, max_size=4).map(tuple),
    pending_days=st.integers(0, 365),
    pending_anchor=st.sampled_from(Anchor),
    expiry=expiries,
)


@st.composite
def lots(draw: st.DrawFn) -> list[Lot]:
    """A member's lots as they may stand: what is left and what expired never exceed what was earned."""
    made = []
    for lot_id in range(1, draw(st.integers(0, 6)) + 1):
        earned = draw(st.integers(1, 200))
        remaining = draw(st.integers(0, earned))
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 60)))
        made.append(
            Lot(
                lot_id=lot_id,
                order_ref=draw(st.sampled_from(["1", "2", "3", None])),
                earned_points=earned,
                remaining_points=remaining,
                expired_points=draw(st.integers(0, earned - remaining)),
                is_released=draw(st.booleans()),
                terms=LotTerms(start, draw(st.none() | st.just(start + timedelta(days=30)))),
            )
        )
    return made
