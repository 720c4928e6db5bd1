"""The address of a store as a merchant typed it: whether it may be called, and whether a store answers."""

from __future__ import annotations

from flask_babel import gettext as _

from admin.retelling import told
from core.domain.addresses import read_address, refuse_uncallable
from core.domain.connecting import Introducing
from core.domain.errors import Moved, PlatformTrouble, Refused
from core.jobs.connect import stranger_at
from core.jobs.env import Env


class BadAddress(Exception):
    """No store can be connected at what was typed; `str()` says why, and what works, in their language."""

    def __init__(self, problem: str, better: str = "") -> None:
        self.better = better
        """The address to use instead; empty: we know of none."""
        super().__init__(problem)


def checked_address(env: Env, platform: str, typed: str) -> str:
    """The store's address in one spelling. Calls it once, without keys. Raises BadAddress.

    Only over https, only where everybody may go, and never where a redirect leads.
    """
    written = typed.strip()
    try:
        address = read_address(written if "://" in written else f"https://{written}")
        refuse_uncallable(address, env.settings.allowed_networks)
    except Refused as error:
        raise BadAddress(told(str(error)), _over_https(written)) from error
    shop = env.shop(stranger_at(platform, str(address)), {})
    if not isinstance(shop, Introducing):
        raise BadAddress(_("Stores of this kind are not connected by their address."))
    try:
        shop.greet()
    except Moved as moved:
        raise _elsewhere(env, moved) from moved
    except PlatformTrouble as trouble:
        raise BadAddress(told(str(trouble))) from trouble
    return str(address)


def _over_https(written: str) -> str:
    """What somebody may have meant who typed http."""
    return f"https://{written[7:]}" if written.lower().startswith("http://") and "@" not in written else ""


def _elsewhere(env: Env, moved: Moved) -> BadAddress:
    try:
        refuse_uncallable(read_address(moved.to), env.settings.allowed_networks)
    except Refused as error:
        why = _("The store sends us elsewhere, where we do not go: %(why)s", why=told(str(error)))
        return BadAddress(why if moved.to else told(str(moved)))
    return BadAddress(told(str(moved)), moved.to)
