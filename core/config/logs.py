"""One readable line per event on stderr, the same from every process; JSON lines for machines."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET = {
    "rq": logging.CRITICAL,
    "alembic": logging.WARNING,
    "urllib3": logging.ERROR,
    "requests_hardened": logging.ERROR,
    "_granian": logging.ERROR,
}
"""Libraries that talk more than they say. RQ's news is told by `core.jobs.working` in our words."""

NAME_WIDTH = 8
LEVEL_WIDTH = 7
LEVEL_VARIABLE = "REGULARS_LOG_LEVEL"
LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31;1m"}


def configure_logs(
    process_name: str, environ: Mapping[str, str] = os.environ, *, least: int | None = None
) -> None:
    """From here on this process logs to stderr under `process_name`, standard-library loggers included.

    A line holds the UTC time to the millisecond, the process, the level, the event and `key=value` pairs.
    `REGULARS_LOG=json` gives one JSON object a line instead. Nothing below the level `least` is logged;
    where that is left open, nothing below `REGULARS_LOG_LEVEL`, and nothing below info if that says nothing.
    """
    level = LEVELS.get(environ.get(LEVEL_VARIABLE, ""), logging.INFO) if least is None else least
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(allow=()),
        _name(process_name),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(environ)],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, floor in QUIET.items():
        logging.getLogger(name).setLevel(max(floor, level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _name(process_name: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process_name
        return event

    return add


def _renderer(environ: Mapping[str, str]) -> Processor:
    if environ.get("REGULARS_LOG") == "json":
        return lambda _logger, _method, event: json.dumps(event, default=str)
    coloured = sys.stderr.isatty() and not environ.get("NO_COLOR")
    return lambda _logger, _method, event: line_of(event, coloured=coloured)


def line_of(event: MutableMapping[str, Any], *, coloured: bool = False) -> str:
    """The readable line for one event; a traceback follows on lines of its own."""
    fields = dict(event)
    moment = str(fields.pop("timestamp"))[:23].replace("T", " ")
    process, level = fields.pop("process"), fields.pop("level")
    text, traceback = fields.pop("event"), fields.pop("exception", None)
    pairs = "".join(f" {key}={_value(value)}" for key, value in fields.items())
    line = f"{moment}Z {process:<{NAME_WIDTH}} {level:<{LEVEL_WIDTH}} {text}{pairs}"
    if coloured and level in COLOURS:
        line = f"{COLOURS[level]}{line}\x1b[0m"
    return f"{line}\n{traceback}" if traceback else line


def _value(value: object) -> str:
    """As it stands when it is one plain word, else quoted: nothing a sender wrote can fake a line."""
    text = str(value)
    plain = text.isprintable() and text != "" and not set(text) & set(' "=')
    return text if plain else json.dumps(text, ensure_ascii=False)
