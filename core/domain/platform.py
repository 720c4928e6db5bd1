"""What a store platform has to offer the core: adapters implement it, entry points hand them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from core.domain.catching_up import Mark, OrdersPage
from core.domain.discounts import CodeShop, Discount
from core.domain.names import Name
from core.domain.orders import OrderSnapshot
from core.domain.personal import Person
from core.domain.settlement import Source
from core.domain.stores import Store


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request: the raw bytes, and what its headers claim."""

    body: bytes
    headers: Mapping[str, str]
    """Names in lower case. Not signed by any platform, so claims only."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a receiver notes about a delivery without parsing it."""

    topic: str
    delivery_ref: str
    """The platform's id for the delivery: part of the dedupe key, never all of it."""
    triggered_at: datetime | None = None
    """When what it tells happened, as the platform claims; None: it does not say."""


@dataclass(frozen=True, slots=True)
class OrderTold:
    """A delivery that carries a whole order."""

    snapshot: OrderSnapshot
    email: str | None
    """The shopper's normalised address. Personal: kept out of the snapshot."""
    source: Source = Source.DELIVERY
    observed_at: datetime | None = None
    """When we asked for it; None: as received."""
    lacks: str = ""
    """What only a fetch can tell (the lines of a refund, a readable date); empty: nothing."""
    name: Name | None = None
    """What the shopper is called; None: it was not told. Personal, as the address."""


@dataclass(frozen=True, slots=True)
class OrderGone:
    """A delivery that says only that an order was deleted."""

    order_ref: str
    is_certain: bool = False
    """True: we asked the platform ourselves. False: a fetch should confirm it."""
    observed_at: datetime | None = None
    """When we asked; None: as received."""


@dataclass(frozen=True, slots=True)
class OrderUnclear:
    """A delivery about an order that cannot be settled from its body: the order must be fetched."""

    order_ref: str
    lacks: str


@dataclass(frozen=True, slots=True)
class CustomerTold:
    """A delivery that carries a customer's account."""

    customer_ref: str
    email: str | None
    """The normalised address; None: none that can be used."""
    is_verified: bool
    """Whether the platform vouches for the address being theirs. False: it was typed in."""
    modified_at: datetime | None
    """By the platform's clock; None: it does not say."""
    name: Name | None = None
    """What the customer is called; None: it was not told."""


@dataclass(frozen=True, slots=True)
class CustomerGone:
    """A delivery that says that an account was deleted."""

    customer_ref: str
    is_certain: bool
    """False: the body might be of something else, so the platform has to be asked."""


@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """The platform made one customer of two."""

    kept_ref: str
    deleted_ref: str


@dataclass(frozen=True, slots=True)
class ConnectionBroken:
    """The store's platform tells us, signed, that it can no longer build our deliveries."""

    problem: str


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """A customer asked the merchant what is held of them."""

    address: str
    """The receiving address of the store it is about, as the signed body says."""
    person: Person
    request_ref: str
    """The platform's number of the request; may be empty."""


@dataclass(frozen=True, slots=True)
class PersonErased:
    """A customer is to be forgotten."""

    address: str
    """As above."""
    person: Person


@dataclass(frozen=True, slots=True)
class StoreErased:
    """Everything of a store that took us out is to be deleted."""

    address: str
    """As above."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The store's platform tells us, signed, that the merchant took us out: now, or some installation ago."""


@dataclass(frozen=True, slots=True)
class RightsChanged:
    """The merchant granted or took back rights."""

    lacking: tuple[str, ...]
    """What we would need on top, in the platform's words."""


@dataclass(frozen=True, slots=True)
class Irrelevant:
    """Nothing for us: a topic nobody uses, a draft, an echo."""

    reason: str


Request = PersonAsked | PersonErased | StoreErased
"""What privacy law has a platform ask of us."""

Message = (
    OrderTold
    | OrderGone
    | OrderUnclear
    | CustomerTold
    | CustomerGone
    | CustomersMerged
    | ConnectionBroken
    | Disconnected
    | RightsChanged
    | Request
    | Irrelevant
)


class Field(StrEnum):
    """Credentials a platform may need; stored encrypted."""

    CONSUMER_KEY = "consumer_key"
    CONSUMER_SECRET = "consumer_secret"  # noqa: S105
    WEBHOOK_SECRET = "webhook_secret"  # noqa: S105
    PREVIOUS_WEBHOOK_SECRET = "previous_webhook_secret"  # noqa: S105
    """Still accepted while the store changes over to a new one."""
    LINK_SECRET = "link_secret"  # noqa: S105
    """What our plugin in the store signs with. Made once, and never changed by connecting again."""
    CLIENT_ID = "client_id"
    ACCESS_TOKEN = "access_token"  # noqa: S105


OUR_TOPICS = "regulars."
"""How topics begin that only we ourselves put into the inbox: no delivery is taken for one of them."""

FETCHED_ORDER = f"{OUR_TOPICS}fetched_order"
"""The topic under which an order we fetched enters the inbox."""

FETCHED_CUSTOMER = f"{OUR_TOPICS}fetched_customer"
"""The same for customers."""


class Shop(CodeShop, Protocol):
    """One connected store, reached over the network; never while a transaction is open."""

    def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:
        """The order as it is now, or that it is gone: a body for the inbox that `Platform.normalize` reads.

        It counts as observed at `asked_at`, before the call. Raises PlatformUnavailable when trying later may
        help, StoreUnauthorized when the store's keys are dead, PlatformRefused when nothing will help.
        """
        ...

    def list_orders(self, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:
        """One page of one of the platform's `order_lists` from `mark` on, those modified longest ago first.

        Raises as `fetch_order` does.
        """
        ...

    def list_past_orders(self, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:
        """The same for going through very many of them, in whatever way the platform does that best.

        They come in any order, and may have been modified or placed since `mark.since`.
        """
        ...


@runtime_checkable
class Provable(Protocol):
    """A shop that can tell by one cheap call whether its keys are good."""

    def prove(self) -> None:
        """Return when the store lets us in and its keys may do what we need; changes nothing there.

        Raises as `Shop.fetch_order` does.
        """
        ...


@runtime_checkable
class KnowsCustomers(Protocol):
    """A shop that is asked whether a customer is really gone."""

    def fetch_customer(self, customer_ref: str, asked_at: datetime) -> bytes:
        """The account as it is now, or that it is gone: a body for the inbox that `Platform.normalize` reads.

        Raises as `Shop.fetch_order` does.
        """
        ...


@runtime_checkable
class Leavable(Protocol):
    """A shop whose merchant can take us out without our doing."""

    def is_installed(self) -> bool:
        """Whether the platform still lets us in at all, asked now.

        Raises PlatformUnavailable or PlatformRefused when it does not say.
        """
        ...


class Platform(Protocol):
    """One store platform. Stateless."""

    name: ClassVar[str]
    """Stored with each store and part of its webhook address."""

    has_shared_address: ClassVar[bool]
    """True: all stores deliver to one URL and name themselves in a header. False: each has its own URL.

    Where it is True, an order id is never given twice on the whole platform.
    """

    frees_uses: ClassVar[frozenset[str]]
    """Statuses of an order in which the store gives a code's use back, so that it can be used again."""

    order_lists: ClassVar[tuple[str, ...]]
    """What `Shop.list_orders` can be asked for: all orders are in one of them, living ones in the first.

    A later one is named like the only status its orders have.
    """

    looks_every: ClassVar[timedelta]
    """How often its stores are looked through for what their webhooks did not tell."""

    def why_not(self, wanted: Discount) -> str | None:
        """Why no store of this platform can have such a code, in words for the merchant; None: it can."""
        ...

    def caveat(self, wanted: Discount) -> str | None:
        """What such a code gives there beyond what was meant, in words for the merchant; None: nothing."""
        ...

    def address(self, delivery: Delivery) -> str | None:
        """The store's receiving address as the headers claim it, where all stores deliver to one URL.

        None where each store has a URL of its own, and for a claim that no such store could make.
        """
        ...

    def verify(self, delivery: Delivery, secrets: tuple[str, ...]) -> None:
        """Return when one of `secrets` signed the raw body; else raise BadSignature, whatever the header."""
        ...

    def is_ping(self, delivery: Delivery) -> bool:
        """True for the platform's unsigned connection test, which is answered and not stored."""
        ...

    def label(self, delivery: Delivery) -> Label:
        """Topic and delivery id as the headers claim, cut to sane lengths."""
        ...

    def normalize(self, topic: str, body: bytes, received_at: datetime) -> Message:
        """What a signed delivery says. Raises BadDelivery when it can never be understood."""
        ...


def webhook_url(platform: Platform, store: Store, public_url: str) -> str:
    """Where the store's platform delivers."""
    shared = f"{public_url}/webhooks/{platform.name}"
    return shared if platform.has_shared_address else f"{shared}/{store.webhook_path}"
