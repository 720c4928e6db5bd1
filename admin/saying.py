"""Saying things in the reader's language, for code whose words are read before they stand on a page."""

from __future__ import annotations

from flask_babel import gettext as _gettext
from flask_babel import ngettext as _ngettext


def _(sentence: str, **values: object) -> str:
    """The sentence in the reader's language, with its values in their places."""
    return str(_gettext(sentence, **values))


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """The same, by how many there are of something."""
    return str(_ngettext(singular, plural, count, **values))
