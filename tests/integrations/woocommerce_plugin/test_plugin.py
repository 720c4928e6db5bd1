"""The WordPress plugin: whole, in good form, and what it signs is what it should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import jwt
import pytest

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / "integrations" / "woocommerce" / "plugin" / "regulars"
SOURCES = sorted(PLUGIN.rglob("*.php"))
SECRET = "5e" * 32
PHP = shutil.which("php")
with_php = pytest.mark.skipif(PHP is None, reason="no php on this machine")


def php(*words: str) -> str:
    """What the plugin's own functions answer, with a little of WordPress around them."""
    script = Path(__file__).parent / "wordpress.php"
    ran = subprocess.run(
        [str(PHP), str(script), *words], env={"SECRET": SECRET}, capture_output=True, text=True, check=True
    )
    return ran.stdout


def built(folder: Path) -> Path:
    """The zip."""
    target = folder / "regulars.zip"
    subprocess.run([sys.executable, ROOT / "bin" / "build-plugin", target], check=True, capture_output=True)
    return target


def test_the_zip_holds_the_whole_plugin_in_one_folder_and_is_the_same_each_time(tmp_path: Path) -> None:
    target = built(tmp_path)
    first = target.read_bytes()
    assert built(tmp_path).read_bytes() == first
    with zipfile.ZipFile(target) as archive:
        names = set(archive.namelist())
    inside = {
        f"regulars/{path.relative_to(PLUGIN).as_posix()}" for path in PLUGIN.rglob("*") if path.is_file()
    }
    assert names == inside | {"regulars/LICENSE"}


def test_its_version_is_the_products_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    main, readme = (PLUGIN / name for name in ("regulars.php", "readme.txt"))
    told = re.findall(r"(?:Version:\s+|VERSION', ')(\d[\d.]*)", main.read_text("utf-8"))
    assert told == [version, version]
    assert f"Stable tag: {version}" in readme.read_text("utf-8")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_file_runs_when_it_is_called_by_itself(path: Path) -> None:
    code = path.read_text("utf-8")
    assert re.search(r"^defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;$", code, re.MULTILINE)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_whatever_is_printed_is_escaped_and_whatever_is_read_is_cleaned(path: Path) -> None:
    code = path.read_text("utf-8")
    for line in code.splitlines():
        if re.search(r"\b(echo|printf)\b", line) and "sprintf" not in line:
            assert re.search(r"esc_(html|attr|url)", line), line
        if re.search(r"\$_(GET|POST)\[ .* \]", line) and "isset" in line and "?" in line:
            assert "sanitize_text_field( wp_unslash(" in line, line
    assert not re.search(r"\b(eval|unserialize|extract|base64_decode|\$wpdb)\b", code)


@with_php
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_php_can_read_it(path: Path) -> None:
    assert subprocess.run([str(PHP), "-l", path], capture_output=True, check=False).returncode == 0


@with_php
def test_the_word_about_who_is_signed_in_is_a_token_the_server_can_check_and_holds_no_personal_data() -> None:
    token = php("token", "7", "1790000000", "a-b-c")
    claims = jwt.decode(
        token,
        SECRET,
        algorithms=["HS256"],
        audience="https://points.example",
        issuer="https://birch.example",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims == {
        "iss": "https://birch.example",
        "aud": "https://points.example",
        "sub": "7",
        "iat": 1_790_000_000,
        "exp": 1_790_000_300,
        "jti": "a-b-c",
    }
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, "5f" * 32, algorithms=["HS256"], options={"verify_exp": False})


@with_php
def test_only_a_plain_https_address_can_be_the_server() -> None:
    good = ["https://points.example", "https://points.example:8443/base/"]
    bad = [
        *("http://points.example", "points.example", "https://", "ftp://points.example", ""),
        *("https://u:p@points.example", "https://points.example?x=1", "https://points.example#x", 7, None),
        "https://" + "a" * 200,
    ]
    assert json.loads(php("is_https", json.dumps([*good, *bad]))) == [True] * len(good) + [False] * len(bad)
