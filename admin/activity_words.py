"""What deliveries, entries and changes are called on pages."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.inbox import State
from core.domain.ledger import EntryKind
from core.domain.platform import FETCHED_CUSTOMER, FETCHED_ORDER

STATES: Final = {
    State.NEW: _l("Waiting"),
    State.DONE: _l("Counted"),
    State.IGNORED: _l("Nothing for us"),
    State.HELD: _l("Held"),
    State.NEEDS_FETCH: _l("Being fetched"),
    State.DEAD: _l("Could not be read"),
    State.QUARANTINED: _l("Set aside"),
}

CHIPS: Final = {
    State.NEW: "wait",
    State.DONE: "ok",
    State.IGNORED: "off",
    State.HELD: "warn",
    State.NEEDS_FETCH: "wait",
    State.DEAD: "bad",
    State.QUARANTINED: "warn",
}
"""How the style sheet shows each."""

MEANINGS: Final = {
    State.NEW: _l("It arrived and waits to be counted."),
    State.DONE: _l("It was read, and the ledger stands where it says."),
    State.IGNORED: _l("It has nothing to say to us, or somebody closed it."),
    State.HELD: _l("The order is paid in a currency without a rate. It earns as soon as there is one."),
    State.NEEDS_FETCH: _l(
        "It tells something only the store can complete. It is counted as far as it is known."
    ),
    State.DEAD: _l(
        "It could not be understood, or counting it failed again and again. Nothing was booked for it."
    ),
    State.QUARANTINED: _l(
        "Another store of the same app told of this order first. Look the order up in the store: if it is "
        "there, vouch for it; if not, close it."
    ),
}

KINDS: Final = {
    EntryKind.EARN: _l("Points earned"),
    EntryKind.REDEEM: _l("Points spent"),
    EntryKind.REVOKE: _l("Points taken back"),
    EntryKind.EXPIRE: _l("Points expired"),
    EntryKind.ADJUST: _l("Points adjusted"),
    EntryKind.RESTORE: _l("Points given back"),
}

_OURS: Final = {
    FETCHED_ORDER: _l("Order fetched by us"),
    FETCHED_CUSTOMER: _l("Customer fetched by us"),
}

ACTIONS: Final = {
    "access.refused": _l("Tried to open a page that takes another role"),
    "brand.changed": _l("Changed the branding"),
    "brand.logo_changed": _l("Changed the logo"),
    "brand.logo_removed": _l("Removed the logo"),
    "calls.tried_again": _l("Had calls to the store tried again"),
    "codes.paused": _l("Had work on unused codes rest"),
    "codes.reissue_codes": _l("Had unused codes made anew"),
    "codes.running": _l("Had work on unused codes go on"),
    "codes.stopped": _l("Stopped work on unused codes"),
    "codes.update_codes": _l("Had unused codes changed at the store"),
    "data.confirmed": _l("Had a file taken in"),
    "data.downloaded": _l("Downloaded a file"),
    "data.export_asked": _l("Had an export made"),
    "data.left": _l("Left a file out"),
    "data.undone": _l("Had balances of a file undone"),
    "data.uploaded": _l("Uploaded a file"),
    "data.went_on": _l("Had work with a file go on"),
    "delivery.all_read_again": _l("Had all unreadable deliveries read again"),
    "delivery.closed": _l("Closed a delivery"),
    "delivery.read_again": _l("Had a delivery read again"),
    "delivery.vouched": _l("Vouched for a delivery"),
    "export.opened": _l("Opened what is held of somebody who asked"),
    "export.passed_on": _l("Passed on what is held of somebody who asked"),
    "key.made": _l("Made a key for a program"),
    "key.revoked": _l("Revoked a key"),
    "member.adjusted": _l("Adjusted points"),
    "member.adjustment_undone": _l("Undid an adjustment"),
    "member.erased": _l("Had a member forgotten"),
    "member.excluded": _l("Excluded a member"),
    "member.exported": _l("Exported what is held of a member"),
    "member.included": _l("Took a member in again"),
    "member.merged": _l("Merged two members"),
    "member.unmerged": _l("Undid a merge"),
    "past_orders.chosen": _l("Chose what becomes of orders from before"),
    "program.called_off": _l("Called a version of the program off"),
    "program.published": _l("Published the program"),
    "rate.removed": _l("Removed what a currency is worth"),
    "rate.set": _l("Set what a currency is worth"),
    "redemption.cancelled": _l("Cancelled a redemption"),
    "retention.changed": _l("Changed how long deliveries are kept"),
    "staff.added": _l("Took somebody on"),
    "staff.changed": _l("Changed somebody’s role"),
    "staff.link_made": _l("Made a sign-in link for somebody"),
    "staff.removed": _l("Took somebody’s role away"),
    "staff.renamed": _l("Took another name"),
    "store.changed": _l("Changed the store’s name or time zone"),
    "store.disconnected": _l("Disconnected the store"),
    "task.stopped": _l("Stopped long work"),
}
"""What the history says of an action; one that is not here is told as it is written."""


def state_words() -> dict[str, str]:
    """By state, in the reader's language."""
    return {state.value: str(said) for state, said in STATES.items()}


def kind_words() -> dict[str, str]:
    """By kind of entry."""
    return {kind.value: str(said) for kind, said in KINDS.items()}


def topic_words(topic: str) -> str:
    """The platform's own word, or what we fetched ourselves."""
    return str(_OURS.get(topic, topic)) or str(_("Without a topic"))


def action_words(action: str) -> str:
    """What somebody did."""
    return str(ACTIONS.get(action, action.replace(".", ": ").replace("_", " ")))
