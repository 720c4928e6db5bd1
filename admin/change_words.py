"""What the history calls the values that a change moved, and how it writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask_babel import lazy_gettext as _l

from admin.activity_words import state_words
from admin.words import clock, day
from core.domain.differences import Difference
from core.domain.payload import utc_moment

NAMES: Final = {
    "accent": _l("Colour"),
    "adjustment": _l("Number of the adjustment"),
    "available": _l("Can be spent"),
    "bodies_kept_days": _l("Days that deliveries are kept"),
    "bytes": _l("Size in bytes"),
    "calls": _l("Calls"),
    "choice": _l("Past orders"),
    "codes": _l("Codes"),
    "debt": _l("Owed"),
    "deliveries": _l("Deliveries"),
    "deliveries_back_in_line": _l("Deliveries that had waited for it"),
    "excluded": _l("Excluded"),
    "from": _l("From"),
    "from_member": _l("Member that was merged"),
    "file_points": _l("Points in the file"),
    "has": _l("Role they have"),
    "has_reason": _l("A reason was noted"),
    "into_member": _l("Member that was kept"),
    "lines": _l("Lines"),
    "logo": _l("Logo"),
    "many": _l("Several are called"),
    "merge": _l("Number of the merge"),
    "mode": _l("What points of the file are"),
    "most_points": _l("Points a day at most"),
    "name": _l("Name"),
    "needs": _l("Role it takes"),
    "new_members": _l("New members"),
    "note": _l("What it is for"),
    "one": _l("One is called"),
    "pending": _l("Pending"),
    "points": _l("Points"),
    "points_back": _l("Points that came back"),
    "rate": _l("Rate"),
    "role": _l("Role"),
    "sha256": _l("Fingerprint of the file (SHA-256)"),
    "since": _l("Since"),
    "state": _l("State"),
    "task": _l("Number of the work"),
    "timezone": _l("Time zone"),
    "version": _l("Version"),
}
"""By where the value stands in what was noted; one that is not here is named as it is written."""

_TRUTHS: Final = {"true": _l("yes"), "false": _l("no")}
_CHOICES: Final = {
    "out": _l("Leave them out"),
    "known": _l("Take them in without points"),
    "award": _l("Take them in with points"),
}
_MODES: Final = {"add": _l("Given on top"), "set": _l("The balance from then on")}
_ROLES: Final = {
    "owner": _l("Owner"),
    "manager": _l("Manager"),
    "support": _l("Support"),
    "viewer": _l("Viewer"),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A value that is another now, for people."""

    name: str
    is_word: bool
    """Whether `name` is a word; else it is as code writes it."""
    before: str | None
    after: str | None


def moved(one: Difference) -> Moved:
    """A difference in the reader's language and by the store's clock."""
    name = NAMES.get(one.path)
    return Moved(
        name=one.path if name is None else str(name),
        is_word=name is not None,
        before=_written(one.path, one.before),
        after=_written(one.path, one.after),
    )


def _written(path: str, value: str | None) -> str | None:
    if value is None or value == "null":
        return None
    words = {"state": state_words(), "choice": _CHOICES, "mode": _MODES}
    words |= dict.fromkeys(("role", "has", "needs"), _ROLES)
    if path in words:
        return str(words[path].get(value, value))
    if path == "from" and (at := utc_moment(value)) is not None:
        return f"{day(at)}, {clock(at)}"
    return str(_TRUTHS.get(value, value))
