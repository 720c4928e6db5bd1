"""Reads the core's sentences for the catalogue, each under the context `core`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import IO, Any

CONTEXT = "core"


def core_sentences(
    file: IO[bytes],
    keywords: object,  # noqa: ARG001  (Babel hands them to every reader)
    comment_tags: object,  # noqa: ARG001
    options: object,  # noqa: ARG001
) -> Iterator[tuple[int, str, tuple[str, str], list[Any]]]:
    """Every text of a module's `SENTENCES`, as Babel wants it."""
    for statement in ast.parse(file.read()).body:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "SENTENCES":
            for node in ast.walk(statement):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.lineno, "pgettext", (CONTEXT, node.value), []
