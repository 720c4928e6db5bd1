"""Who we are among installations that may call the same store."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import Connection

from core.db.place import place_of
from core.jobs.env import Env

_LENGTH = 12
"""48 bits: two installations of one store never have the same by chance."""


def installation_of(env: Env, db: Connection) -> str:
    """What our codes are marked with beside the redemption: as the operator says, else worked out.

    Nothing is stored for it, for whatever is stored is copied with a backup. It follows from the secrets and
    from where the database lives: all processes of an installation agree, and a copy elsewhere is another.
    """
    if env.settings.installation:
        return env.settings.installation
    told = f"installation {place_of(db)}".encode()
    return hmac.new(env.secrets.identity_key, told, hashlib.sha256).hexdigest()[:_LENGTH]
