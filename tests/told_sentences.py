"""Every sentence in English that the code below the pages says, found in its syntax."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

HOLE = "\ue000"
"""Stands where a sentence has a value."""

_WORDS = re.compile(r"[a-zA-Z’']{2,}[,:;]? [a-zA-Z“(]|^[a-z]+[,;] |[a-z]{2,}:? \ue000|\ue000[,:;]? [a-z]{2,}")
_LOG = {"debug", "info", "warning", "error", "exception"}
_OF_NO_PAGE = {
    *("LookupError", "ValueError", "TypeError", "AssertionError", "RuntimeError", "BadSignature", "BadVisit"),
    *("StaleVisit", "execute", "text", "exec_driver_sql", "compile", "Column", "Index", "cast"),
}
"""Calls whose text nobody reads on a page."""


@dataclass(frozen=True)
class Sentence:
    """One sentence, with a HOLE for each value."""

    where: str
    text: str


def sentences(*folders: str, but: frozenset[str] = frozenset()) -> list[Sentence]:
    """Those of all modules in these folders, but for some."""
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not any(name.startswith(one) for one in but):
                found += [
                    Sentence(f"{name}:{line}", text) for line, text in _of(ast.parse(path.read_text("utf-8")))
                ]
    return found


def _of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    skipped = set(_silent(tree))
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = _text(node)
        if text is not None and _WORDS.search(text) and not text.isupper() and text.count("\n") < 2:
            yield node.lineno, text


def _silent(tree: ast.AST) -> Iterator[int]:
    """Docstrings, pieces of larger texts, and texts for calls that reach no page."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Call) and _name(node.func) in _LOG | _OF_NO_PAGE
        ):
            yield from (id(part) for part in ast.walk(node) if part is not node)


def _name(func: ast.expr) -> str:
    match func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _text(node: ast.Constant | ast.JoinedStr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    return "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
