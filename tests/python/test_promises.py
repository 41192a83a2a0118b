# SPDX-License-Identifier: MIT
"""Each promise of the README names the tests that prove it and the case where it does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims import named_tests, rows_between

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.skipif(not README.exists(), reason="the documents are not here")


def test_every_promise_is_proven() -> None:
    """A promise names tests that exist, and where it ends."""
    promises = rows_between(README, "<!-- promises -->", "<!-- end of promises -->")
    assert len(promises) >= 10
    for row in promises:
        assert len(row) == 3, row
        promise, ends, tests = row
        assert promise.strip()
        assert ends.strip()
        assert named_tests(tests)
