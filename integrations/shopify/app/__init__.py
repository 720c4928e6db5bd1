"""The app as Shopify is told of it: what `shopify app deploy` reads, filled in for one installation."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Final

from core.domain.errors import Refused

PLACEHOLDERS: Final = ("https://regulars.example", "CLIENT_ID", "regulars-handle")
"""What stands in the file for the installation's address, the app's public id, and its handle."""

_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?", re.ASCII)


def configuration() -> str:
    """The file as it stands in the repository."""
    return files(__name__).joinpath("shopify.app.toml").read_text("utf-8")


def filled_in(public_url: str, client_id: str, handle: str) -> str:
    """The file for one app at one address. Raises Refused for an address Shopify would not deliver to."""
    if not _ADDRESS.fullmatch(public_url):
        raise Refused(
            f"Shopify delivers to https addresses only, and PUBLIC_URL is {public_url}. Set it to the "
            "address stores and merchants reach you at."
        )
    text = configuration()
    if not all(placeholder in text for placeholder in PLACEHOLDERS):
        raise Refused("integrations/shopify/app/shopify.app.toml was changed: put the one of Regulars back.")
    for placeholder, value in zip(PLACEHOLDERS, (public_url, client_id, handle or "regulars"), strict=True):
        text = text.replace(placeholder, json.dumps(value)[1:-1])
    return text
