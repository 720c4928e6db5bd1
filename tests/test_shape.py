"""The shape of the code: small pieces, said in words, with nothing happening behind one's back."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("core", "integrations", "webhooks", "admin", "web", "cli", "sandbox")
ENTRY_POINTS = ("worker.py", "wsgi.py")

FUNCTION_LINES_MOST = 50
MODULE_LINES_MOST = 400

BANNED_WORDS = {"clawback", "voucher", "referrer", "utils", "helper", "helpers", "manager", "tenant"}
NAMES_OF_THE_FIELD = {"MANAGER"}
"""What people call a role of theirs, whatever else the word is used for."""

DOCUMENTED = ("core", "integrations", "webhooks", "admin")

CLOCK = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "os.urandom",
}
CHANCE = {"random", "secrets", "uuid"}
MAY_USE_CLOCK_OR_CHANCE = {
    "core/config/clock.py": "the clock itself",
    "core/config/secrets.py": "makes the installation's keys",
    "core/jobs/replay.py": "shuffles with a fixed seed",
    "core/services/replaying.py": "is handed what shuffles",
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


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public_definitions(
    parent: ast.Module | ast.ClassDef, prefix: str = ""
) -> Iterator[tuple[str, Definition]]:
    """Public classes, functions and methods with their dotted names."""
    for node in parent.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node, f"{prefix}{node.name}.")


def test_everything_public_says_what_it_promises() -> None:
    silent = [
        f"{name_of(path)}:{node.lineno} {name}"
        for path in modules(*DOCUMENTED)
        for name, node in public_definitions(parsed(path))
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_the_domain_never_makes_a_float() -> None:
    floats = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules("core/domain")
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]
    assert floats == []


def clock_and_chance(path: Path) -> Iterator[str]:
    """Where a module reads a clock or draws by chance."""
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Import(names=names):
                used = {name.name for name in names} & CHANCE
            case ast.ImportFrom(module=str(module)):
                used = {module} & {*CHANCE, "time"}
            case ast.Attribute():
                used = {ast.unparse(node)} & CLOCK
            case _:
                continue
        yield from (f"{name_of(path)}:{node.lineno} {name}" for name in used)


def test_clock_and_chance_are_handed_in() -> None:
    used = {
        name_of(path): found
        for path in modules("core", "integrations", "webhooks", "admin", "web")
        if (found := list(clock_and_chance(path)))
    }
    assert {name: found for name, found in used.items() if name not in MAY_USE_CLOCK_OR_CHANCE} == {}
    assert used.keys() >= MAY_USE_CLOCK_OR_CHANCE.keys()


def names_in(path: Path) -> Iterator[str]:
    """Every name this module makes up, and its own."""
    yield from path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(parsed(path)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case _:
                pass


def words_of(name: str) -> set[str]:
    """`SomeName`, `some_name` and `SOME_NAME` are all {some, name}."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_nothing_is_called_by_a_word_that_says_nothing_or_that_the_house_does_not_use() -> None:
    wrong = [
        f"{name_of(path)}: {name}"
        for path in ours()
        for name in names_in(path)
        if name not in NAMES_OF_THE_FIELD and words_of(name) & BANNED_WORDS
    ]
    assert wrong == []


def test_importing_a_module_opens_nothing_and_reads_no_environment() -> None:
    names = [
        name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in [*modules(*PRODUCT), ROOT / "worker.py"]
        if not is_migration(path)
    ]
    told = subprocess.run(
        [sys.executable, ROOT / "tests" / "opened_at_import.py", *names],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout == ""
    assert told.returncode == 0, told.stderr
