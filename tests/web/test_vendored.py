"""Files of others are what their authors published."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "web" / "static"


def test_files_of_others_are_unmodified_and_have_their_licence_beside_them() -> None:
    listed = re.findall(
        r"\| `([^`]+)` \|.*`([^`]+)` \| `([0-9a-f]{64})` \|", (STATIC / "VENDORED.md").read_text()
    )
    assert listed
    for name, licence, digest in listed:
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
        assert (STATIC / licence).stat().st_size > 500
