"""`regulars rotate-keys`: a fresh encryption key, and everything encrypted anew with it."""

from __future__ import annotations

import click

from cli.installation import opened
from cli.output import Output, command_options
from cli.progress import progress_bar
from core.config.secrets import Secrets, add_key, ensure_secrets, keep_newest
from core.config.settings import Settings, read_running
from core.domain.errors import Refused
from core.jobs.env import Env
from core.services.resealing import how_many, left_behind, reseal_all


@click.command("rotate-keys")
@click.option("--stopped", is_flag=True, help="Every process of this installation is stopped.")
@command_options
def rotate_keys(out: Output, stopped: bool) -> None:
    """Encrypt everything anew with a fresh key, and drop the old one.

    A process that runs meanwhile would go on encrypting with the old key: stop all of them first. Stopped
    half-way, it goes on where it was when it is run again.
    """
    _refuse_running(out.settings, is_stopped=stopped)
    with opened(out.settings) as env:
        secrets = _secrets_with_fresh_key(out.settings, env.secrets)
        with progress_bar(out, "Encrypting anew", how_many(env.database)) as done:
            changed = reseal_all(env.database, secrets, done)
        dropped = _drop_old(out, env, secrets)
    out.answer(
        {"resealed": changed, "old_keys_dropped": dropped},
        f"{changed:,} values are encrypted with the new key. {_of_old(dropped)}",
    )


def _refuse_running(settings: Settings, *, is_stopped: bool) -> None:
    url = read_running(settings.data_dir).get("url")
    if url:
        raise Refused(f"Regulars runs at {url}. Stop it, then run this again.")
    if not is_stopped:
        raise Refused(
            "Stop every process of this installation first: one that runs would go on with the old key. Then "
            "run this again with --stopped."
        )


def _secrets_with_fresh_key(settings: Settings, secrets: Secrets) -> Secrets:
    """The secrets with a key that nothing is sealed with yet, or those an earlier run left behind."""
    if len(secrets.encryption_keys) > 1:
        return secrets
    if settings.secrets_text is not None:
        raise Refused(
            "REGULARS_SECRETS is given by the environment and cannot be changed from here. Put a new key "
            "first in its list of encryption_keys, keep the old one second, and run this again."
        )
    add_key(settings)
    return ensure_secrets(settings)


def _drop_old(out: Output, env: Env, secrets: Secrets) -> bool:
    left = left_behind(env.database, secrets)
    if left:
        raise Refused(
            f"{left:,} values were encrypted meanwhile with the old key, which is kept. Run this again."
        )
    if out.settings.secrets_text is not None:
        return False
    keep_newest(out.settings)
    return True


def _of_old(dropped: bool) -> str:
    if dropped:
        return "The old key is gone from the secrets file: back that file up anew."
    return "Nothing needs the old key any more: take it out of REGULARS_SECRETS."
