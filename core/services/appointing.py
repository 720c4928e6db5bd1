"""Giving people roles in a store, and taking them away.

`db` serves all stores throughout: people are of the installation. One account may work in several stores, so
whoever decides in one of them must not come to the others by it: see `refuse_account_of_others`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import signing_in, staff
from core.domain.errors import Refused
from core.domain.people import normal_email
from core.domain.staff import LONGEST_NAME, Role, Who, operator
from core.services.noting import note_change
from core.services.signing_in import make_link
from core.services.staffing import (
    MOST_AT_A_STORE,
    Member,
    NameRefused,
    Person,
    key_of,
    person_by_email,
    refuse_servers_name,
    sign_out_everywhere,
)

INVITATION_LASTS: Final = timedelta(days=7)
MOST_POINTS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is to do in a store."""

    role: Role
    most_points: int | None = None
    """Points they may give or take in a day; counts for support alone. None: no limit."""

    def told(self) -> dict[str, Any]:
        """As the history has it."""
        return {"role": self.role.value, "most_points": self.most_points}


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be added, as typed."""

    email: str
    name: str


def add_to_store(
    db: Connection,
    store_id: int,
    who: Who,
    newcomer: Newcomer,
    post: Post,
    *,
    secrets: Secrets,
    now: datetime,
) -> Person:
    """Have somebody work in a store. Raises Refused. Who has an account already keeps the name it has.

    Its password too, if `who` decides wherever it works; else it comes back without one: it takes a new link.
    """
    address, name = normal_email(newcomer.email), newcomer.name
    if address is None:
        raise Refused("This is not an e-mail address. One looks like olive@example.com.")
    _refuse_bad_name(name)
    if staff.count_at(db, store_id) >= MOST_AT_A_STORE:
        raise Refused(f"At most {MOST_AT_A_STORE} people work in a store. Remove somebody first.")
    found = person_by_email(db, address, secrets)
    if found is None:
        refuse_servers_name(name)
        sealed = secrets.seal({"name": name, "email": address})
        person = Person(staff.add(db, key_of(secrets, address), sealed, now), name, address, None)
    else:
        person = found[0]
        if staff.role_at(db, person.staff_id, store_id) is not None:
            raise Refused(
                "Somebody with this e-mail address works in this store already. Open them in the list of "
                "staff to change their role or to make a link."
            )
        refuse_account_of_others(db, store_id, who, person.staff_id)
        if who.is_operator:
            person = _with_nobody_in(db, who, person, now)
    staff.give_role(db, store_id, person.staff_id, post.role, _limit(post), now)
    _note(db, store_id, who, "staff.added", person, now, after=post.told())
    return person


def refuse_account_of_others(db: Connection, store_id: int, who: Who, staff_id: int) -> None:
    """Raise Refused for an account that serves another store than this one, where `who` does not decide.

    Else an owner could make a link that signs her in to a store of somebody else's as its staff; or have an
    account given a role whose password she chose herself, in somebody else's name.
    """
    if who.is_operator:
        return
    for row in staff.roles_of(db, staff_id):
        if row.store_id == store_id:
            continue
        decides = staff.role_at(db, who.staff_id, row.store_id) if who.staff_id is not None else None
        if decides is None or decides.role != Role.OWNER:
            raise Refused(
                "This person also works in another store on this server, where you are not an owner. "
                "Ask whoever runs the server to do this."
            )


def _with_nobody_in(db: Connection, who: Who, person: Person, now: datetime) -> Person:
    """Whoever made the account elsewhere may hold its password, a session or a link: none of it works now."""
    staff.set_password(db, person.staff_id, None)
    sign_out_everywhere(db, person.staff_id)
    for row in staff.roles_of(db, person.staff_id):
        _note(db, row.store_id, who, "staff.link_made", person, now)
    return replace(person, has_password=False)


def change_post(db: Connection, store_id: int, who: Who, member: Member, post: Post, now: datetime) -> None:
    """Another role or another limit. Raises Refused for the last owner, unless an operator asks."""
    if post.role is not Role.OWNER:
        _refuse_last_owner(db, store_id, who, member.person.staff_id)
    before = Post(member.role, member.most_points)
    if before == Post(post.role, _limit(post)):
        return
    staff.change_role(db, store_id, member.person.staff_id, post.role, _limit(post))
    _note(
        db, store_id, who, "staff.changed", member.person, now,
        before=before.told(), after=Post(post.role, _limit(post)).told(),
    )  # fmt: skip


def remove_from_store(
    db: Connection, store_id: int, who: Who, member: Member, secrets: Secrets, now: datetime
) -> None:
    """They do nothing in the store any more. Who works nowhere then is forgotten, but for their name.

    Raises Refused for the last owner, unless an operator asks.
    """
    _refuse_last_owner(db, store_id, who, member.person.staff_id)
    staff.take_role(db, store_id, member.person.staff_id)
    before = Post(member.role, member.most_points).told()
    _note(db, store_id, who, "staff.removed", member.person, now, before=before)
    if not staff.roles_of(db, member.person.staff_id):
        _forget(db, member.person, secrets, now)


def end_person(db: Connection, who: Who, person: Person, secrets: Secrets, now: datetime) -> None:
    """They sign in nowhere any more; of their stores, none is left without its history of it."""
    for row in staff.roles_of(db, person.staff_id):
        staff.take_role(db, row.store_id, person.staff_id)
        before = Post(Role(row.role), row.most_points).told()
        _note(db, row.store_id, who, "staff.removed", person, now, before=before)
    _forget(db, person, secrets, now)


def invite(db: Connection, store_id: int, who: Who, person: Person, token: str, now: datetime) -> datetime:
    """Let `token` sign somebody of a store in, and choose a password; until when. Raises Refused.

    Links made for them before work no more.
    """
    refuse_account_of_others(db, store_id, who, person.staff_id)
    _note(db, store_id, who, "staff.link_made", person, now)
    signing_in.end_links(db, person.staff_id)
    return make_link(db, token, now, staff_id=person.staff_id, lasts=INVITATION_LASTS)


def invite_by_server(
    db: Connection, person: Person, token: str, now: datetime, *, lasts: timedelta = INVITATION_LASTS
) -> datetime:
    """The same, by whoever runs this server; the history of each of their stores has it."""
    for row in staff.roles_of(db, person.staff_id):
        _note(db, row.store_id, operator(), "staff.link_made", person, now)
    signing_in.end_links(db, person.staff_id)
    return make_link(db, token, now, staff_id=person.staff_id, lasts=lasts)


def _refuse_bad_name(name: str) -> None:
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise NameRefused(
            f"A name has 1 to {LONGEST_NAME} characters that can be seen. Type it anew: pasted text may hold "
            "others."
        )


def _refuse_last_owner(db: Connection, store_id: int, who: Who, staff_id: int) -> None:
    # Held, so that of two owners who remove each other at once, one stays.
    if staff.hold_owners(db, store_id) == {staff_id} and not who.is_operator:
        raise Refused(
            "This is the last owner of the store. Make somebody else an owner first, or ask whoever runs the "
            "server."
        )


def _limit(post: Post) -> int | None:
    return post.most_points if post.role is Role.SUPPORT else None


def _forget(db: Connection, person: Person, secrets: Secrets, now: datetime) -> None:
    """Their name stands in the history of stores for good; their address and password are kept no longer."""
    sign_out_everywhere(db, person.staff_id)
    nobodys = hashlib.sha256(f"ended {person.staff_id}".encode()).digest()
    staff.end(db, person.staff_id, nobodys, secrets.seal({"name": person.name, "email": ""}), now)


def _note(  # noqa: PLR0913  (as note_change has them)
    db: Connection,
    store_id: int,
    who: Who,
    action: str,
    person: Person,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    subject = f"{person.name} (staff {person.staff_id})"
    note_change(db, store_id, who, action, subject, now, before=before, after=after)
