"""How large a request may be, and what is said of a file that is none we can read.

The framework reads a form in pieces, and puts what it brings of files into a temporary file on disk: at no
moment is all of it in memory. From there it goes into the database (`core.jobs.uploading`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from flask import current_app, request
from flask_babel import gettext as _

P = ParamSpec("P")
T = TypeVar("T")

LARGEST: Final = "largest_body"
"""The attribute of a view that says how many bytes a request to it may have."""
LARGEST_FORM: Final = 2_000_000
"""Of all others."""


def takes_up_to(size: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """For a view to which files are uploaded."""

    def mark(view: Callable[P, T]) -> Callable[P, T]:
        setattr(view, LARGEST, size)
        return view

    return mark


def bound_body() -> None:
    """Before anything of a request is read: more than its view takes is answered with 413."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, LARGEST, LARGEST_FORM)


def no_text_words(kind: str) -> str:
    """What is said of a file that is no text."""
    words: dict[str, str] = {
        "a spreadsheet or a zip archive": _("a spreadsheet or a zip archive"),
        "an old spreadsheet": _("an old spreadsheet"),
        "a compressed file": _("a compressed file"),
        "a PDF": _("a PDF"),
        "a database": _("a database"),
        "a picture": _("a picture"),
    }
    return str(_("This is %(kind)s, not a text file. Nothing in it was opened.", kind=words[kind]))
