"""The webhooks we make at a store: which should be there, and what to do about those that are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as the store has it."""

    hook_ref: str
    topic: str
    url: str
    is_active: bool
    """False: the store sends nothing by it, because it switched it off, or somebody did."""
    is_ours: bool
    """By its name: we made it, or somebody who writes like us."""
    made_by: str
    """The mark of the installation that made it, as its name says; empty: none is named."""

    def may_go(self, url: str, us: str) -> bool:
        """Whether it is ours to delete, if we remember it: it sends to us, or this installation made it.

        A copy of this installation remembers the webhooks by which the original lives.
        """
        return self.url == url or self.made_by == us


@dataclass(frozen=True, slots=True)
class KeptHook:
    """A webhook of ours as we remember it."""

    hook_ref: str
    topic: str
    made_at: datetime
    active_at: datetime


@runtime_checkable
class Hooked(Protocol):
    """A shop in which we make our webhooks ourselves. Every method raises PlatformTrouble."""

    hook_topics: ClassVar[tuple[str, ...]]
    """What we want to be told of."""

    def hooks(self) -> list[Hook]:
        """Every webhook of the store, whoever made it."""
        ...

    def add_hook(self, topic: str, url: str, secret: str, made_by: str) -> str:
        """Have the store sign and send what happens of a topic; the webhook's id. `made_by`: our mark."""
        ...

    def remove_hook(self, hook_ref: str) -> None:
        """The store does not have it any more."""
        ...


@dataclass(frozen=True, slots=True)
class HookPlan:
    """What to do at a store."""

    good: tuple[str, ...]
    """Ids of those that are as they should be."""
    remove: tuple[str, ...]
    """To be deleted at the store."""
    forget: tuple[str, ...]
    """Remembered, but no longer good for anything."""
    make: tuple[str, ...]
    """Topics of which one has to be made."""
    quiet_since: datetime | None
    """Since when the store may have kept something from us: it had switched one off, or lost it."""


def plan_hooks(
    wanted: Iterable[str],
    url: str,
    listed: Collection[Hook],
    kept: Collection[KeptHook],
    connected_at: datetime | None,
    us: str,
) -> HookPlan:
    """Compare what a store has with what we remember having made there. `us`: this installation's mark.

    One that was switched off is never switched on again but made anew: the store remembers its failures, and
    the next one would end it. One made before the store was connected last is made anew as well: the store
    builds what it sends with the rights of whoever made it. Others' webhooks are left alone, also those to
    our address; those of our name that we do not remember come from an answer that was lost.
    Those we remember that send elsewhere and were made by another installation are its own, and forgotten.
    """
    at_store = {hook.hook_ref: hook for hook in listed}
    of_now = [one for one in kept if connected_at is None or one.made_at >= connected_at]
    good = {
        one.topic: one.hook_ref
        for one in of_now
        if (hook := at_store.get(one.hook_ref)) and hook.is_active and hook.url == url
    }
    bad = [one for one in kept if one.hook_ref not in good.values()]
    kept_refs = {one.hook_ref for one in kept}
    strays = [
        hook.hook_ref
        for hook in listed
        if hook.is_ours and hook.url == url and hook.hook_ref not in kept_refs
    ]
    removable = {hook.hook_ref for hook in listed if hook.may_go(url, us)}
    lost = [one.active_at for one in of_now if one.hook_ref not in good.values()]
    return HookPlan(
        good=tuple(good.values()),
        remove=(*(one.hook_ref for one in bad if one.hook_ref in removable), *strays),
        forget=tuple(one.hook_ref for one in bad),
        make=tuple(topic for topic in wanted if topic not in good),
        quiet_since=min(lost, default=None),
    )
