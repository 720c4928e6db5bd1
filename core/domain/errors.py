"""Every error of ours.

RegularsError
├── Refused              someone asked for what cannot be done; str() is the sentence they read
│   └── ProgramRefused   a program file has mistakes, each named by its path
├── BadSignature         a delivery is not from whom it says (401, nothing stored)
├── BadDelivery          a signed delivery that can never be understood (dead letter at once)
│   └── UnknownCurrency
├── PlatformUnavailable  a platform cannot answer just now: ask again later
│   ├── Unreachable      no answer, half an answer, or trouble on its side
│   └── Throttled        we asked too often
└── PlatformRefused      asking again will not help until somebody changes something
    ├── Unauthorized     the keys are wrong or may not do this
    ├── NotAnApi         something answers there, but not the platform's API
    ├── Moved            it answers at another address
    └── Gone             what was asked for does not exist (any more)
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


class BadDelivery(RegularsError):
    """The bytes are signed but cannot mean what their topic says; trying again would not help."""


class UnknownCurrency(BadDelivery):
    """Not an ISO 4217 code, so there is no telling how many minor units its amounts have."""


class PlatformUnavailable(RegularsError):
    """A platform cannot answer just now. `str()` is one sentence for the merchant."""

    def __init__(self, sentence: str, retry_after_s: int | None = None) -> None:
        self.retry_after_s = retry_after_s
        """How long the platform asks us to wait; None: it did not say."""
        super().__init__(sentence)


class Unreachable(PlatformUnavailable):
    """No answer, an incomplete one, or trouble on the platform's side. Whether it acted is not known."""


class Throttled(PlatformUnavailable):
    """We asked too often; nothing was done."""


class PlatformRefused(RegularsError):
    """A platform will not do this until somebody changes something. `str()` is one sentence for them."""


class Unauthorized(PlatformRefused):
    """The keys are wrong, withdrawn, or may not do this."""


class NotAnApi(PlatformRefused):
    """Something answers at the address, but it is not the platform's API."""


class Moved(PlatformRefused):
    """The platform answers at another address; redirects are never followed."""


class Gone(PlatformRefused):
    """What was asked for does not exist, or no longer."""
