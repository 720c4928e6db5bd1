"""Making one member of two, with both balances and the result before the button; and undoing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row

from admin.alone import alone
from admin.guards import least
from admin.here import here
from admin.member import MEMBER, address_number, the_member
from admin.member_adjust import said_no
from admin.naming import known_by, name_of
from admin.retelling import told
from admin.signed_in import the_env
from core.db import member_history, members, merges
from core.domain.errors import Refused
from core.domain.ledger import Balance
from core.domain.merging import UNDONE_WITHIN, Source
from core.domain.people import email_key, normal_email
from core.domain.staff import Role
from core.services import merging
from core.services.naming import Called, called_of
from core.services.noting import note_change
from core.services.terms import Sealing

LONGEST: int = 320


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    at = f"{MEMBER}/merge"
    blueprint.add_url_rule(at, "members_merge", ask)
    blueprint.add_url_rule(at, "members_merged", do, methods=["POST"])
    of_one = f"{MEMBER}/merges/<int:merge_id>/undo"
    blueprint.add_url_rule(of_one, "members_unmerge", undo, methods=["POST"])


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two."""

    member: Row[Any]
    called: Called

    @property
    def balance(self) -> Balance:
        """What they have."""
        return members.balance_of(self.member)


def together(one: Balance, other: Balance) -> Balance:
    """What the survivor has: what is available pays what is owed."""
    available = one.available_points + other.available_points
    debt = one.debt_points + other.debt_points
    paid = min(available, debt)
    return Balance(available - paid, one.pending_points + other.pending_points, debt - paid)


@least(Role.MANAGER)
def ask(member_id: int) -> ResponseReturnValue:
    """Who the other is; then both, and what comes of them."""
    return _page(member_id, request.args.get("other", "").strip()[:LONGEST])


@least(Role.MANAGER)
def do(member_id: int) -> ResponseReturnValue:
    """Have the other's points come to this member."""
    env, where = the_env(), here()
    typed = request.form.get("other_id", "")
    if not _is_number(typed):
        return _page(member_id, typed[:LONGEST], _("Say who the other member is."))
    try:
        with alone(env, where.store) as db:
            for one in (member_id, int(typed)):
                if (known := members.by_id(db, where.store.store_id, one)) is not None and known.erased_at:
                    raise Refused(_("Nobody knows any more who that member was."))
            row = merging.merge(db, where.store, int(typed), member_id, Source.OPERATOR, env.now())
            _note(db, row, "member.merged")
    except Refused as refused:
        return _page(member_id, typed, told(str(refused)))
    return redirect(url_for(".members_one", member_id=row.into_member_id, merged=row.id), 303)


@least(Role.MANAGER)
def undo(member_id: int, merge_id: int) -> ResponseReturnValue:
    """Two members again, with what is left of the points that had come over."""
    env, where = the_env(), here()
    try:
        with alone(env, where.store) as db:
            known = merges.by_id(db, where.store.store_id, merge_id)
            if known is None or member_id not in {known.into_member_id, known.from_member_id}:
                raise Refused(_("This merge is of other members."))
            if known.undone_at is None:
                _note(db, merging.undo(db, where.store, merge_id, env.now()), "member.unmerged")
    except Refused as refused:
        return said_no(member_id, told(str(refused)))
    return redirect(url_for(".members_one", member_id=member_id, merged=merge_id), 303)


def _note(db: Connection, row: Row[Any], action: str) -> None:
    told_of = {"merge": row.id, "from_member": row.from_member_id, "into_member": row.into_member_id}
    where = here()
    note_change(
        db,
        where.store.store_id,
        where.who,
        action,
        f"member {row.into_member_id}",
        the_env().now(),
        before=None if action == "member.merged" else told_of,
        after=told_of if action == "member.merged" else None,
    )


def _page(member_id: int, typed: str, problem: str = "") -> ResponseReturnValue:
    env, where = the_env(), here()
    with env.database.read(where.store.store_id) as db:
        this = _side(db, the_member(db, member_id))
        if this.member.merged_into is not None or this.called.is_erased:
            return redirect(url_for(".members_one", member_id=member_id), 303)
        found = [] if problem else _candidates(db, typed, address_number("with"))
        if len(found) > 1:
            found = [row for row in found if row.id != member_id]
        if not problem and (typed or "with" in request.args):
            problem = _problem(found, member_id)
        other = _side(db, found[0]) if len(found) == 1 and not problem else None
        twins = member_history.twins(db, where.store.store_id, member_id)
        called = called_of(
            db, where.store.store_id, [*twins, *(row.id for row in found)], Sealing(env.secrets)
        )
    return render_template(
        "admin/member_merge.html",
        this=this,
        other=other,
        twins=[called[one] for one in twins],
        candidates=[called[row.id] for row in found] if len(found) > 1 else [],
        result=together(this.balance, other.balance) if other else None,
        typed=typed,
        problem=problem,
        name_of=name_of,
        known_by=known_by,
        days=UNDONE_WITHIN.days,
    ), 422 if problem else 200


def _side(db: Connection, row: Row[Any]) -> Side:
    called = called_of(db, row.store_id, [row.id], Sealing(the_env().secrets))
    return Side(row, called[row.id])


def _problem(found: list[Row[Any]], member_id: int) -> str:
    """Why there is no other member to show; empty: there is one."""
    if not found:
        return str(
            _(
                "Nobody is known by this. Enter the other member's e-mail address, "
                "customer number in the store, or member number."
            )
        )
    if len(found) > 1:
        return str(_("More than one member is known by this. Choose which it is."))
    if found[0].id == member_id:
        return str(_("That is this very member. Enter the other one."))
    return str(_("Nobody knows any more who that member was.")) if found[0].erased_at is not None else ""


def _candidates(db: Connection, typed: str, number: int | None) -> list[Row[Any]]:
    """Whom the words may mean, this member among them only if nobody else is; `number`: exactly that one."""
    store_id = here().store.store_id
    if number is not None:
        return _those(members.now_by_id(db, store_id, number))
    address = normal_email(typed)
    if address is not None:
        return members.by_email_key(
            db, store_id, email_key(the_env().secrets.identity_key, store_id, address)
        )
    by_ref = (
        members.by_customer_ref(db, store_id, typed) if typed.isprintable() and len(typed) <= 40 else None
    )
    by_id = members.now_by_id(db, store_id, int(typed)) if _is_number(typed) else None
    return _those(by_ref, by_id)


def _those(*rows: Row[Any] | None) -> list[Row[Any]]:
    """Each once."""
    return list({row.id: row for row in rows if row is not None}.values())


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 19
