"""What settling needs to know of a store, read once per batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import exclusions, programs, stores
from core.domain.excluding import Excluded, excluded_at
from core.domain.names import Name
from core.domain.program import ExpiryKind, read_program
from core.domain.stores import Store, minor_rate
from core.domain.versions import ProgramVersion


@dataclass(frozen=True, slots=True)
class StoreTerms:
    """One store's programs and rates."""

    store: Store
    versions: tuple[ProgramVersion, ...]
    """All program versions, oldest first; never empty."""
    rates: Mapping[str, str]
    """Decimal text by foreign currency, as the merchant set them."""
    exclusions: Mapping[int, Sequence[Excluded]] = field(default_factory=dict)
    """When members were excluded, by member; few ever are."""

    @property
    def rolling_days(self) -> set[int]:
        """Every period lots of this store may roll by, under any version."""
        expiries = (version.program.expiry for version in self.versions)
        return {expiry.expiry_days for expiry in expiries if expiry.kind is ExpiryKind.ROLLING}

    def version(self, number: int) -> ProgramVersion:
        """The program version of this number."""
        return next(version for version in self.versions if version.version == number)

    def exclusion(self, member_id: int | None, at: datetime) -> Excluded | None:
        """The exclusion in which a member did something at a moment; None: there was none."""
        return None if member_id is None else excluded_at(self.exclusions.get(member_id, ()), at)

    def rate_text(self, currency: str, pinned: str | None) -> str | None:
        """The rate an order is settled with: the pinned one, else today's; None: the merchant set none."""
        if currency == self.store.currency:
            return "1"
        rate, _, pinned_currency = (pinned or "").partition(" ")
        return rate if pinned_currency == currency else self.rates.get(currency)

    def pin(self, currency: str, rate: str, pinned: str | None) -> str | None:
        """What is kept with an order settled at this rate, such as `0.92 USD`; in our currency, what was."""
        return pinned if currency == self.store.currency else f"{rate} {currency}"

    def minor_rate(self, currency: str, rate: str) -> Fraction:
        """The store's minor units in one minor unit of `currency`."""
        return minor_rate(rate, currency, self.store.currency)


def load_terms(db: Connection, store: Store) -> StoreTerms:
    """The store's terms as they stand in this transaction."""
    rows = programs.versions_of(db, store.store_id)
    return StoreTerms(
        store=store,
        versions=tuple(
            ProgramVersion(row.version, row.effective_from, read_program(row.program, store.currency))
            for row in rows
        ),
        rates=stores.rates(db, store.store_id),
        exclusions=exclusions.of_store(db, store.store_id),
    )


@dataclass(frozen=True, slots=True)
class Sealing:
    """How personal data is recognised and encrypted."""

    secrets: Secrets

    @property
    def identity_key(self) -> bytes:
        """The key that turns addresses into what guests are recognised by."""
        return self.secrets.identity_key

    def seal_email(self, email: str) -> bytes:
        """The address encrypted, for the one table that holds personal data."""
        return self.secrets.seal({"email": email})

    def open_email(self, sealed: bytes) -> str:
        """The address again."""
        return self.secrets.unseal(sealed)["email"]

    def seal_name(self, name: Name) -> bytes:
        """The name encrypted, for the same table."""
        return self.secrets.seal({"given": name.given, "family": name.family})

    def open_name(self, sealed: bytes) -> Name:
        """The name again."""
        opened = self.secrets.unseal(sealed)
        return Name(opened["given"], opened["family"])

    def seal_document(self, text: str) -> bytes:
        """A document full of personal data, encrypted."""
        return self.secrets.seal({"document": text})

    def open_document(self, sealed: bytes) -> str:
        """The document again."""
        return self.secrets.unseal(sealed)["document"]
