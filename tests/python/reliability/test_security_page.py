# SPDX-License-Identifier: MIT
"""SECURITY.md names a test for each threat, and each of them is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "SECURITY.md"
TESTS = ROOT / "tests/python"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documents are not here")


def threats() -> list[list[str]]:
    """The cells of each row of the table."""
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("<!-- threats -->") : text.index("<!-- end of threats -->")]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return rows[2:]  # without the head


def functions_of(path: Path) -> set[str]:
    """The tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_threat_has_a_test(figure: Callable[[str, object], None]) -> None:
    """Each row of the threats tells four things, the last of them tests that exist."""
    named = set()
    for row in threats():
        assert len(row) == 4, row
        assert all(cell.strip() for cell in row), row
        tests = re.findall(r"`([\w/]+\.py)::(test_\w+)`", row[3])
        assert tests, row
        for file, test in tests:
            assert test in functions_of(TESTS / file), f"{file}::{test}"
        named.update(tests)
    figure("security: threats, and tests that show what stops them", (len(threats()), len(named)))


def test_every_attacker_is_there() -> None:
    """The table has whom a program that downloads has to expect."""
    who = {row[0] for row in threats()}
    assert who >= {
        "network attacker",
        "hostile server",
        "redirect target",
        "another local user",
        "another job",
        "who reads backups of the database",
        "who reads logs and screens",
        "hostile store file",
        "hostile URL or list",
        "hostile proxy",
    }
    assert "## Where it ends" in PAGE.read_text(encoding="utf-8")
