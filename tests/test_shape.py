"""The shape of the code: small pieces, said in words, with nothing happening behind one's back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("core", "integrations", "webhooks", "web", "cli", "sandbox")
ENTRY_POINTS = ("worker.py", "wsgi.py")

FUNCTION_LINES_MOST = 50
MODULE_LINES_MOST = 400

BANNED_WORDS = {"clawback", "voucher", "referrer", "utils", "helper", "helpers", "manager", "tenant"}

DOCUMENTED = ("core", "integrations", "webhooks")

CHANCE_AND_CLOCK = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "uuid.uuid1",
    "uuid.uuid4",
    "os.urandom",
}
CHANCE_MODULES = {"random", "secrets"}
MAY_USE_CHANCE_AND_CLOCK = {
    "core/config/clock.py": "the clock itself",
    "core/config/secrets.py": "makes the installation's keys",
    "core/config/valkey.py": "waits for the queue server",
    "core/jobs/queue.py": "keeps quiet for some seconds after a failure",
    "integrations/assembly.py": "hands clock and tokens to everybody else",
    "webhooks/answers.py": "numbers an error for the log",
}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def modules(*folders: str) -> list[Path]:
    """The Python files of these top-level folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def ours() -> list[Path]:
    """All of the product, and its tests and benchmarks."""
    return [*modules(*PRODUCT, "benchmarks", "tests"), *(ROOT / name for name in ENTRY_POINTS)]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def is_migration(path: Path) -> bool:
    return "migrations" in path.parts


def test_no_function_is_longer_than_fifty_lines() -> None:
    too_long = {
        f"{name_of(path)}:{node.lineno} {node.name}": lines
        for path in ours()
        if not is_migration(path)
        for node in functions(parsed(path))
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MOST
    }
    assert too_long == {}


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    lines = {name_of(path): path.read_text("utf-8").count("\n") for path in ours() if not is_migration(path)}
    assert {name: count for name, count in lines.items() if count > MODULE_LINES_MOST} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [name_of(path) for path in ours() if path.stat().st_size and not ast.get_docstring(parsed(path))]
    assert silent == []


def public_definitions(path: Path) -> Iterator[str]:
    """Public classes, functions and methods without a docstring, by their dotted names.

    Methods that a library calls by its own contract, and properties that only name a value, are excused.
    """
    for node, prefix in _definitions(parsed(path), ""):
        if not node.name.startswith("_") and not _is_excused(node) and not ast.get_docstring(node):
            yield f"{name_of(path)}:{node.lineno} {prefix}{node.name}"


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(parent: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[Definition, str]]:
    for node in parent.body:
        if isinstance(node, Definition):
            yield node, prefix
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _definitions(node, f"{node.name}.")


def _is_excused(node: Definition) -> bool:
    if isinstance(node, ast.ClassDef):
        return False
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    return bool(decorators & {"property", "override"})


def test_everything_public_says_what_it_promises() -> None:
    assert [name for path in modules(*DOCUMENTED) for name in public_definitions(path)] == []


def test_the_domain_never_makes_a_float() -> None:
    calls = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules("core/domain")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Name) and node.id == "float"
    ]
    assert calls == []


def uses_of_chance_and_clock(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute):
            used = ast.unparse(node)
            if used in CHANCE_AND_CLOCK or used.partition(".")[0] in CHANCE_MODULES:
                yield f"{name_of(path)}:{node.lineno} {used}"
        elif isinstance(node, ast.ImportFrom) and node.module in {*CHANCE_MODULES, "time", "uuid"}:
            yield f"{name_of(path)}:{node.lineno} from {node.module}"


def test_clock_and_chance_are_handed_in() -> None:
    listed = set(MAY_USE_CHANCE_AND_CLOCK)
    used = [
        use
        for path in modules("core", "integrations", "webhooks", "web")
        if name_of(path) not in listed
        for use in uses_of_chance_and_clock(path)
    ]
    assert used == []


def test_the_list_of_places_with_clock_or_chance_is_not_longer_than_needed() -> None:
    assert [name for name in MAY_USE_CHANCE_AND_CLOCK if not any(uses_of_chance_and_clock(ROOT / name))] == []
