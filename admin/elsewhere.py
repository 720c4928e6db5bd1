"""Links to pages of other parts of a store's settings, where this installation has them."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, url_for


def page_or_none(name: str, **values: Any) -> str | None:
    """The address of a store's page at the place where we are; None: there is no such page."""
    is_there = f"{request.blueprint}.{name}" in current_app.view_functions
    return url_for(f".{name}", **values) if is_there else None
