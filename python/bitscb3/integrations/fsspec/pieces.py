# SPDX-License-Identifier: MIT
"""Pieces of files, as fsspec names them: start and end, which may be missing or negative."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from bitscb3.ranges import Range

if TYPE_CHECKING:
    from bitscb3.file import File

__all__ = ["Pieces", "grouped", "limits", "merged"]

Pieces: TypeAlias = "list[tuple[int, int | None, int | None]]"
"""Of one file: index in the call, start, end."""


def grouped(urls: list[str], starts: Any, ends: Any) -> dict[str, Pieces]:
    """The pieces of each file.

    Raises:
        ValueError: There are not as many starts or ends as paths.
    """
    count = len(urls)
    begins = list(starts) if isinstance(starts, Iterable) else [starts] * count
    stops = list(ends) if isinstance(ends, Iterable) else [ends] * count
    if len(begins) != count or len(stops) != count:
        raise ValueError(f"{count} paths have {len(begins)} starts and {len(stops)} ends")
    groups: dict[str, Pieces] = {}
    for index, (url, start, end) in enumerate(zip(urls, begins, stops, strict=True)):
        groups.setdefault(url, []).append((index, start, end))
    return groups


def limits(file: File, start: int | None, end: int | None) -> Range:
    """The bytes `[start:end]` of a file whose size is known, as a slice has them."""
    size = file.size or 0
    begin, stop, _ = slice(start, end).indices(size)
    return Range(begin, max(0, stop - begin))


def merged(ranges: Iterable[Range], max_gap: int | None) -> list[Range]:
    """What to ask for: no empty ranges, and one for those that are at most `max_gap` apart."""
    wanted = [one for one in ranges if one.length]
    if max_gap is None:
        return wanted
    out: list[Range] = []
    for one in sorted(wanted):
        if out and one.offset - out[-1].end <= max_gap:
            last = out[-1]
            out[-1] = Range(last.offset, max(last.end, one.end) - last.offset)
        else:
            out.append(one)
    return out
