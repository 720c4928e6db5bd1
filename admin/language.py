"""Which language a page speaks: that of whoever is signed in, else the browser's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Flask, has_request_context, request
from flask_babel import Babel

from admin.signed_in import the_person

LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
"""Each in its own words."""

_LOCALES: Final = {"en": "en_GB", "de": "de"}
"""Dates and numbers are written as there: 1 December 2026, 1,234.50."""

_WITHIN_SHOPIFY: Final = "/shopify"

TRANSLATIONS: Final = Path(__file__).with_name("translations")


def speak(app: Flask) -> None:
    """Have the application's pages speak the reader's language."""
    Babel(
        app,
        default_locale=_LOCALES["en"],
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=_locale,
    )


def language() -> str:
    """The language of this request: a key of `LANGUAGES`."""
    if not has_request_context():
        return "en"
    # Within Shopify's admin nobody is signed in here, and no cookie is looked at.
    person = None if request.path.startswith(_WITHIN_SHOPIFY) else the_person()
    if person is not None and person.locale in LANGUAGES:
        return str(person.locale)
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def _locale() -> str:
    return _LOCALES[language()]
