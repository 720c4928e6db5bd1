"""Who may open a page. Each view says so itself, once; a test fails for one that does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

from flask.typing import ResponseReturnValue

from admin.here import here
from admin.signed_in import NotSignedIn, refuse_forged_form, the_person, the_session
from core.domain.staff import Role

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

GUARD: Final = "guard"
"""The attribute of a view that says who may open it."""


class NotAllowed(Exception):
    """Somebody signed in may not do this in this store; `least` is the role it takes."""

    def __init__(self, least: Role) -> None:
        self.least = least
        super().__init__(f"this takes the role {least}")


class OperatorsOnly(Exception):
    """The page is for whoever runs this server."""


def everybody(view: View[P]) -> View[P]:
    """Anybody may open it: it shows nothing of anybody, or proves by itself who asks."""
    setattr(view, GUARD, "everybody")
    return view


def signed_in(view: View[P]) -> View[P]:
    """For people who are signed in, whatever their role. Raises NotSignedIn, BadForm."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        _refuse_strangers()
        return view(*args, **kwargs)

    setattr(guarded, GUARD, "signed_in")
    return guarded


def operator_only(view: View[P]) -> View[P]:
    """For whoever runs this server. Raises NotSignedIn, BadForm, OperatorsOnly."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        _refuse_strangers()
        if the_person() is not None:
            raise OperatorsOnly
        return view(*args, **kwargs)

    setattr(guarded, GUARD, "operator")
    return guarded


def least(role: Role) -> Callable[[View[P]], View[P]]:
    """For a page of one store: for people with this role there, or one that includes it. Raises NotAllowed.

    That it is a store of theirs, and that the form is one of ours, was seen to when they came in.
    """

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not here().who.may(role):
                raise NotAllowed(role)
            return view(*args, **kwargs)

        setattr(guarded, GUARD, role)
        return guarded

    return guard


def _refuse_strangers() -> None:
    session = the_session()
    if session is None:
        raise NotSignedIn
    refuse_forged_form(session)
