# SPDX-License-Identifier: MIT
"""SECURITY.md names a test for each threat, and each of them is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from claims import named_tests, rows_between

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "SECURITY.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documents are not here")


def threats() -> list[list[str]]:
    """The cells of each row of the table."""
    return rows_between(PAGE, "<!-- threats -->", "<!-- end of threats -->")


def test_every_threat_has_a_test(figure: Callable[[str, object], None]) -> None:
    """Each row of the threats tells four things, the last of them tests that exist."""
    named: set[tuple[str, str]] = set()
    for row in threats():
        assert len(row) == 4, row
        assert all(cell.strip() for cell in row), row
        named |= named_tests(row[3])
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
