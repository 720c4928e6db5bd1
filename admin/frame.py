"""What every page of the settings has around it: who is signed in, where one can go, what forms carry."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask
from werkzeug.routing import IntegerConverter, Map

from admin.here import here_or_none
from admin.language import LANGUAGES, language, speak
from admin.member_words import teach as teach_member_words
from admin.navigation import sections, signed_in_as, stores_to_pick
from admin.signed_in import csrf_token, the_person, the_session
from admin.words import teach


class Number(IntegerConverter):
    """A number in an address: one that any row can have, else there is nothing there."""

    def __init__(self, url_map: Map, **limits: Any) -> None:
        super().__init__(url_map, **{"max": 2**63 - 1, **limits})


def put_around(app: Flask) -> None:
    """Let the templates of all pages speak, and say where they are. Before any page is added."""
    app.url_map.converters["int"] = Number
    speak(app)
    teach(app)
    teach_member_words(app)
    app.jinja_env.globals.update(
        here_or_none=here_or_none,
        language=language,
        languages=LANGUAGES,
        sections=sections,
        signed_in_as=signed_in_as,
        stores_to_pick=stores_to_pick,
    )


def tell_templates(blueprint: Blueprint) -> None:
    """Have its templates know who is signed in, and what their forms carry."""
    blueprint.context_processor(_offered)


def _offered() -> dict[str, object]:
    where = here_or_none()
    if where is not None and where.is_embedded:
        return {"csrf_token": "", "is_signed_in": True, "is_operator": False}
    session = the_session()
    return {
        "csrf_token": csrf_token(session) if session else "",
        "is_signed_in": session is not None,
        "is_operator": session is not None and the_person() is None,
    }
