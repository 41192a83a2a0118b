# SPDX-License-Identifier: MIT
"""Tables of documents whose rows name the tests that prove them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent


def rows_between(page: Path, begin: str, end: str) -> list[list[str]]:
    """The cells of each row of the table between two marks, without its head."""
    text = page.read_text(encoding="utf-8")
    table = text[text.index(begin) : text.index(end)]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return rows[2:]


def named_tests(cell: str) -> set[tuple[str, str]]:
    """File and function of each test that a cell names; fails when there is none, or one is not there."""
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", cell)
    assert named, cell
    for file, test in named:
        assert test in _functions_of(TESTS / file), f"{file}::{test}"
    return set(named)


def _functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
