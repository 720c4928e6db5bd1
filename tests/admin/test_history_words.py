"""Pages have a word for everything that code names: what the history notes, and every kind of long work."""

from __future__ import annotations

import ast
import re

from admin.activity_words import ACTIONS
from admin.operations import TASK_WORDS
from core.jobs.task_kinds import STEPS
from core.services.changing_codes import KINDS
from tests.workplace import ROOT

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def noted_actions() -> set[str]:
    """Every action that code hands to `note_change`, whether named on the spot or by a condition."""
    found = set()
    for folder in ("core", "admin", "cli"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("note_change"):
                    words = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
                    found |= {word for word in words if isinstance(word, str) and ACTION.fullmatch(word)}
    return found


def test_every_action_that_is_noted_has_a_word() -> None:
    named_by_kind = {f"codes.{kind}" for kind in KINDS}
    assert noted_actions() > {"program.published", "access.refused", "member.adjusted"}
    assert noted_actions() | named_by_kind <= set(ACTIONS)


def test_every_kind_of_long_work_has_a_word() -> None:
    assert set(TASK_WORDS) == set(STEPS)
