"""`regulars login-link`: a link that signs somebody in to the settings pages, once."""

from __future__ import annotations

from datetime import timedelta

import click
from sqlalchemy import Connection

from cli.installation import opened
from cli.output import Output, command_options
from core.config.secrets import Secrets
from core.domain.errors import Refused
from core.services.appointing import invite_by_server
from core.services.signing_in import LINK_LASTS, make_link
from core.services.staffing import Person, person_by_email


@click.command("login-link")
@click.option("--email", help="Whom of the staff it signs in; without it, you: whoever runs this server.")
@command_options
def login_link(out: Output, email: str | None) -> None:
    """Make a link that signs you in to the settings pages, or somebody of the staff.

    It works once, and for 15 minutes. It is kept nowhere and cannot be shown again. Staff choose a password
    with it, if they like; it ends the links made for them before.
    """
    with opened(out.settings) as env:
        token = env.token()
        with env.database.write_all() as db:
            if email is None:
                ends_at = make_link(db, token, env.now())
            else:
                person = _staff(db, email, env.secrets)
                ends_at = invite_by_server(db, person, token, env.now(), lasts=LINK_LASTS)
    link = f"{out.settings.public_url}/admin/sign-in/{token}"
    out.answer({"link": link, "ends_at": ends_at}, link)
    out.remark(
        f"Open it within {LINK_LASTS // timedelta(minutes=1)} minutes. It signs in once, whoever opens it."
    )


def _staff(db: Connection, email: str, secrets: Secrets) -> Person:
    found = person_by_email(db, email, secrets)
    if found is None:
        raise Refused(
            f"Nobody of the staff signs in with “{email[:80]}”. An owner adds people under Settings, Staff; "
            "without --email, the link signs in whoever runs this server."
        )
    return found[0]
