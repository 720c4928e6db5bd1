"""The operator's command line. A command's module is imported when it is used, so --help is quick."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from cli.output import EXIT_REFUSED, fail

COMMANDS = {
    "start": ("cli.start:start", "Run everything on this machine: web, workers, beat and queue."),
    "store": ("cli.store:store", "Connect stores and list them."),
    "shopify-app": ("cli.shopify_app:shopify_app", "The Shopify apps that merchants install."),
    "login-link": ("cli.login_link:login_link", "Make a link that signs you in to the settings pages."),
    "program": ("cli.program:program", "Show, apply and look back at a store's loyalty program."),
    "key": ("cli.key:key", "Make and revoke keys for programs of the merchant's, over HTTP."),
    "member": ("cli.member:member", "Look a member up, export what is held of them, forget them."),
    "redeem": ("cli.redeem:redeem", "Turn a member's points into a discount code."),
    "redemption": ("cli.redeem:redemption", "See redemptions and take them back."),
    "ledger": ("cli.ledger:ledger", "List ledger entries."),
    "explain": ("cli.explain:explain", "Say in one sentence why an order has its points."),
    "inbox": ("cli.inbox:inbox", "Count deliveries, see dead ones, replay them."),
    "replay": ("cli.replay:replay", "Rebuild every order's points and compare."),
    "audit": ("cli.audit:audit", "Compare a store's orders with what is settled here."),
    "verify-ledger": ("cli.verify_ledger:verify_ledger", "Recompute balances and compare."),
    "rotate-keys": ("cli.rotate_keys:rotate_keys", "Encrypt everything anew with a fresh key."),
    "upgrade": ("cli.upgrade:upgrade_database", "Bring the database up to date."),
    "backup": ("cli.backup:backup", "Write everything into one file."),
    "restore": ("cli.backup:restore", "Put a backup back, into an empty database."),
    "doctor": ("cli.doctor:doctor", "Check this installation."),
}
"""Where each command lives, and its line in --help."""


NOT_ALLOWED = "42501"
"""PostgreSQL's code for a missing privilege."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and help lines, and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def regulars() -> None:
    """Regulars: points and referrals for Shopify and WooCommerce stores."""


def main() -> None:
    """Runs one command. A mistake, a refusal or an unreachable server is one sentence and exit code 2."""
    try:
        sys.exit(regulars.main(prog_name="regulars", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(EXIT_REFUSED)
    except click.UsageError as error:
        fail(f"{error.format_message()} {_where_to_look(error)}")
    except click.ClickException as error:
        fail(error.format_message())
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except Exception as error:
        sentence = _sentence_for(error)
        if sentence is None:
            raise
        fail(sentence)


def _where_to_look(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "regulars"
    return f"({path} --help says more.)"


def _sentence_for(error: Exception) -> str | None:
    """The sentence for a failure that a person can do something about; None for a fault of ours.

    The libraries are imported here because only a failure needs them.
    """
    from redis.exceptions import RedisError
    from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError, ProgrammingError

    from core.db.engine import APP_ROLE
    from core.domain.errors import PlatformTrouble, Refused

    match error:
        case Refused() | PlatformTrouble():
            return str(error)
        case OperationalError() | InterfaceError():
            return f"The database cannot be reached: {_first_line(error.orig)}"
        case DatabaseError() if "not a database" in str(error.orig):
            return "The database file is damaged; put a backup of it in its place."
        case ProgrammingError() if getattr(error.orig, "sqlstate", None) == NOT_ALLOWED:
            return (
                f"PostgreSQL says: {_first_line(error.orig)}. Regulars works as the role {APP_ROLE}: let the "
                "database's owner create roles, or have that role created and granted to it."
            )
        case RedisError():
            return f"The queue server cannot be reached: {_first_line(error)}"
        case OSError():
            return f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."
        case _:
            return None


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


if __name__ == "__main__":
    main()
