"""Every error of ours.

RegularsError
├── Refused              someone asked for what cannot be done; str() is the sentence they read
│   └── ProgramRefused   a program file has mistakes, each named by its path
├── BadSignature         a delivery is not from whom it says (401, nothing stored)
├── BadVisit             somebody who opens the app's page does not prove to come from the platform
│   └── StaleVisit           the proof is missing or too old; a new one is easily had
├── BadDelivery          a signed delivery that can never be understood (dead letter at once)
│   └── UnknownCurrency
└── PlatformTrouble      a call to a store did not succeed
    ├── PlatformUnavailable   trying later may help
    │   ├── Unreachable       no answer, half an answer, or trouble on the platform's side
    │   ├── Throttled         we asked too often
    │   ├── NotAnApi          something answers there, but not the platform's API
    │   └── Moved             it answers at another address
    ├── StoreUnauthorized     the store's keys or tokens are dead; the merchant has to connect again
    │   └── GrantEnded        her next visit to the app's page is enough
    └── PlatformRefused       nothing will help: the platform refused for good
        ├── Gone              what was asked for does not exist, or no longer
        └── CodeTaken         the store has a discount code of this name already, ours or not
"""

from __future__ import annotations

from dataclasses import dataclass


class RegularsError(Exception):
    """Root of all errors this product raises on purpose."""


class Refused(RegularsError):
    """What was asked cannot be done. `str()` is one sentence for the person who asked."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a program file."""

    path: str
    """Where it is, such as `earning[0].per_minor`."""
    problem: str
    """What is wrong and what would be right."""


class ProgramRefused(Refused):
    """A program cannot be taken as written; `mistakes` names every one of them."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{mistake.path}: {mistake.problem}" for mistake in mistakes))


class BadSignature(RegularsError):
    """The signature is missing, malformed or of another secret."""


class BadVisit(RegularsError):
    """A visit to the app's page is not proven, or no longer; `str()` says by what, for the log."""


class StaleVisit(BadVisit):
    """The proof is missing or too old: asked again, the platform would send a good one."""


class BadDelivery(RegularsError):
    """The bytes are signed but cannot mean what their topic says; trying again would not help."""


class UnknownCurrency(BadDelivery):
    """Not an ISO 4217 code, so there is no telling how many minor units its amounts have."""


class PlatformTrouble(RegularsError):
    """A call to a store did not succeed. `str()` names what happened, without secrets or bodies."""


class PlatformUnavailable(PlatformTrouble):
    """Down, slow, throttled or talking nonsense: trying later may help."""

    def __init__(self, what: str, retry_after_s: int | None = None) -> None:
        self.retry_after_s = retry_after_s
        """How long the platform wants us to wait; None: it did not say."""
        super().__init__(what)


class StoreUnauthorized(PlatformTrouble):
    """The store's keys or tokens are dead or lack a right."""


class GrantEnded(StoreUnauthorized):
    """The platform ended what the merchant granted: when she opens the app's page again, all is well."""


class PlatformRefused(PlatformTrouble):
    """The platform refused for good: asking again would get the same answer."""


class Unreachable(PlatformUnavailable):
    """No answer, an incomplete one, or trouble on the platform's side. Whether it acted is not known."""


class Throttled(PlatformUnavailable):
    """We asked too often; nothing was done."""


class NotAnApi(PlatformUnavailable):
    """Something answers at the address, but not the platform's API; it may be a page that passes."""


class Moved(PlatformUnavailable):
    """The platform answers at another address, now at least; redirects are never followed."""

    def __init__(self, what: str, to: str = "") -> None:
        self.to = to
        """Where it answers, as it says; empty: it says nothing usable."""
        super().__init__(what)


class Gone(PlatformRefused):
    """What was asked for does not exist, or no longer."""


class CodeTaken(PlatformRefused):
    """The store has a discount code of this name already; whose it is, a look-up tells."""
