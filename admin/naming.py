"""What pages call a member, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _

from core.services.naming import Called


def name_of(called: Called) -> str:
    """Their name, else their address; else what is known of them."""
    if called.name is not None:
        return called.name
    if called.email is not None:
        return called.email
    if called.is_erased:
        return str(_("Forgotten member %(number)s", number=called.member_id))
    if called.customer_ref is not None:
        return str(_("Customer %(number)s", number=called.customer_ref))
    return str(_("Guest %(number)s", number=called.member_id))


def known_by(called: Called) -> str:
    """How they are known to the store: by which address, as a customer, a guest, nobody any more."""
    if called.is_erased:
        return str(_("Nobody knows any more who it was"))
    if beside := address_beside(called):
        return f"{beside}, {_known_as(called)}"
    return _known_as(called)


def _known_as(called: Called) -> str:
    if called.customer_ref is None:
        return str(_("Guest, without an account in the store"))
    if called.email is None:
        return str(_("Customer %(number)s, no address known", number=called.customer_ref))
    return str(_("Customer %(number)s", number=called.customer_ref))


def address_beside(called: Called) -> str:
    """Their address, where the name stands before it; empty: it is the name, or not known."""
    return called.email or "" if called.name is not None else ""
