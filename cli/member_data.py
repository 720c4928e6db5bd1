"""`regulars member export`, `exports` and `erase`: what is held of one member, given out or forgotten."""

from __future__ import annotations

import click

from cli.holding import writing_alone
from cli.installation import opened, store_named, store_option
from cli.output import AN_ID, Output, command_options
from core.db import exports as kept
from core.domain.errors import Refused
from core.domain.stores import Store
from core.jobs.env import Env
from core.jobs.forget import forget
from core.services.erasing import erase as forget_person
from core.services.exporting import as_text, export_of
from core.services.identifying import members_of, person_of
from core.services.terms import Sealing


@click.command()
@store_option
@click.option("--member", "member_id", type=AN_ID, metavar="ID", help="Whose data.")
@click.option("--export", "export_id", type=AN_ID, metavar="ID", help="One that is kept: see member exports.")
@command_options
def export(out: Output, store_name: str, member_id: int | None, export_id: int | None) -> None:
    """Print all that is held of a member, as JSON: what a customer who asks is to be given.

    It is put together now, or is one that a store's platform asked for and that is kept for 30 days.
    """
    if (member_id is None) == (export_id is None):
        raise click.UsageError("Say whose data it is by --member, or which export by --export.")
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        text = _kept(env, store, export_id) if export_id is not None else _made(env, store, member_id or 0)
    click.echo(text)


def _kept(env: Env, store: Store, export_id: int) -> str:
    with env.database.read(store.store_id) as db:
        sealed = kept.sealed(db, store.store_id, export_id)
    if sealed is None:
        raise Refused(f"{store.name} has no export {export_id}; they are kept for 30 days.")
    return Sealing(env.secrets).open_document(sealed)


def _made(env: Env, store: Store, member_id: int) -> str:
    sealing = Sealing(env.secrets)
    with env.database.read_still(store.store_id) as db:
        person = person_of(db, store, member_id, sealing)
        if person is None:
            raise Refused(_nobody(store, member_id))
        same = members_of(db, store, person, sealing)
        return as_text(export_of(db, store, {member_id: None} | dict.fromkeys(same), sealing))


def _nobody(store: Store, member_id: int) -> str:
    return f"{store.name} knows nobody behind member {member_id}: there is none, or they were forgotten."


@click.command()
@store_option
@command_options
def exports(out: Output, store_name: str) -> None:
    """List what was put together for customers who asked, the newest first."""
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.read(store.store_id) as db:
            found = kept.listed(db, store.store_id)
    out.rows(
        (
            {
                "export_id": row.id,
                "member_id": row.member_id,
                "request_ref": row.request_ref,
                "made_at": row.made_at,
                "ends_at": row.ends_at,
            }
            for row in found
        ),
        ["export_id", "member_id", "request_ref", "made_at", "ends_at"],
        none=f"Nobody asked {store.name} for their data in the last 30 days.",
    )


@click.command()
@store_option
@click.option("--member", "member_id", type=AN_ID, required=True, metavar="ID", help="Who is forgotten.")
@click.option("--yes", is_flag=True, help="To show that you mean it.")
@command_options
def erase(out: Output, store_name: str, member_id: int, yes: bool) -> None:
    """Forget who a member is. There is no way back.

    Address, account and every raw delivery about them are gone, and what is told late of their orders brings
    nothing back. Points, entries and orders stay with a member without a name, so that the ledger adds up. An
    order they place from now on makes a new member.
    """
    with opened(out.settings) as env:
        store, sealing = store_named(env, store_name), Sealing(env.secrets)
        if not yes:
            raise Refused(f"This forgets who member {member_id} of {store.name} is, for good: add --yes.")
        with writing_alone(env, out, store) as db:
            person = person_of(db, store, member_id, sealing)
            if person is None:
                raise Refused(_nobody(store, member_id))
            erased = forget_person(db, store, person, env.now(), sealing)
        forget(env, store.store_id)
    names = " and ".join(f"member {one}" for one in erased.member_ids)
    out.answer(
        {"store_id": store.store_id, "erased_member_ids": list(erased.member_ids)},
        f"Nobody knows any more who {names} of {store.name} was. The points stay in the ledger.",
    )
