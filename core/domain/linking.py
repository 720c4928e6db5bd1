"""A plugin of ours inside a store, which proves to us who is signed in there: it has to know our secret."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Linkable(Protocol):
    """A shop in which our plugin may be installed. Every method raises PlatformTrouble."""

    def linked_to(self) -> str | None:
        """The address the plugin signs for; empty: for nobody yet; None: there is no such plugin."""
        ...

    def link(self, server: str, secret: str) -> bool:
        """Tell the plugin our address and the secret it signs with; False: there is no such plugin.

        `server` is an https address without a slash at its end, `secret` at least 32 hexadecimal digits.
        """
        ...

    def unlink(self) -> None:
        """The plugin forgets us, if it is there."""
        ...
