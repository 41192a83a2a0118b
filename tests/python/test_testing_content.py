# SPDX-License-Identifier: MIT
"""Content made from a seed, and ranges and dates as the test servers read them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from bitscb3.testing import (
    Content,
    Request,
    Resource,
    Span,
    parse_ranges,
    write_file,
    write_sparse,
)


def test_content_is_the_same_by_any_slice() -> None:
    """A slice of content equals the same slice of its bytes, across blocks and beyond the end."""
    content = Content(200_000, seed=7)
    whole = content[:]
    assert len(whole) == len(content) == 200_000
    assert whole != Content(200_000, seed=8)[:]
    for start, stop in [(0, 1), (65_535, 65_537), (65_536, 65_536), (199_990, 300_000), (-5, None)]:
        assert content[start:stop] == whole[start:stop]
    assert content.sha256() == hashlib.sha256(whole).hexdigest()
    with pytest.raises(ValueError, match="step 1"):
        content[::2]


def test_content_never_repeats_itself() -> None:
    """No two 4 KiB blocks of content are equal, nor are they to those of another seed."""
    blocks = [
        content[start : start + 4096]
        for content in (Content(1 << 20, seed=1), Content(1 << 20, seed=2))
        for start in range(0, 1 << 20, 4096)
    ]
    assert len(set(blocks)) == len(blocks) == 512


def test_files_hold_their_content(tmp_path: Path) -> None:
    """A written file equals the content returned, and a sparse one is zeros that take no room."""
    content = write_file(tmp_path / "a", 100_001, seed=3)
    assert (tmp_path / "a").read_bytes() == content[:]
    write_sparse(tmp_path / "b", 1 << 30)
    assert (tmp_path / "b").stat().st_size == 1 << 30
    assert (tmp_path / "b").stat().st_blocks * 512 < 1 << 20


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        ("bytes=0-99", [(0, 100)]),
        ("Bytes = 5- , -7,0-0,", [(5, None), (-7, None), (0, 1)]),
        ("bytes=-0", [(0, 0)]),
        (None, []),
        ("items=0-1", []),
        ("bytes=5-4", []),
        ("bytes=0-1,x", []),
        ("bytes=-", []),
    ],
)
def test_range_headers_become_half_open_spans(
    value: str | None, spans: Sequence[tuple[int, int | None]]
) -> None:
    """A Range header is read into half-open spans, and a malformed one into none."""
    assert parse_ranges(value) == tuple(spans)


def test_spans_are_cut_to_the_file() -> None:
    """A span resolves to the part of it inside the file."""
    assert Span(0, 100).resolve(10) == range(10)
    assert Span(-3, None).resolve(10) == range(7, 10)
    assert Span(-30, None).resolve(10) == range(10)
    assert not Span(10, 1).resolve(10)


@pytest.mark.parametrize("date", ["x", "", "Wed, 01 Jan 2020 00:00:00"])
@pytest.mark.parametrize("last_modified", ["", "x"])
def test_malformed_dates_are_no_condition(date: str, last_modified: str) -> None:
    """If-Unmodified-Since is ignored if it, or the file's own date, is malformed."""
    resource = Resource(b"ab", last_modified=last_modified)
    assert resource(Request("GET", "/", {"if-unmodified-since": date})).status == 200
