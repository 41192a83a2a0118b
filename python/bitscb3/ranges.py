# SPDX-License-Identifier: MIT
"""Byte ranges: half-open, `[offset, offset + length)`, in bytes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from operator import index as whole_number
from typing import Any, Final, NamedTuple, cast

from ._core import RangeArray

__all__ = ["EOF", "Range", "RangeArray", "check_disjoint", "check_ranges"]

EOF: Final = 2**64 - 1
"""As a length: to the end of the file, wherever that is."""


class Range(NamedTuple):
    """The bytes `[offset, offset + length)` of a file."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The offset just past the last byte; EOF for a range to the end of the file."""
        return EOF if self.length == EOF else self.offset + self.length


def check_range(offset: object, length: object) -> Range:
    """Return the two numbers as a Range.

    Raises:
        TypeError: One is not a whole number.
        ValueError: A negative offset, a length under 1, or an end past 2**64 - 1.
    """
    start = _whole(offset, "offset")
    size = _whole(length, "length")
    if not 0 <= start < EOF:
        raise ValueError(f"the offset {start} is not in 0 … 2**64 - 2")
    if size <= 0:
        raise ValueError(f"the length {size} is not positive; use EOF for 'to the end of the file'")
    if size != EOF and start + size > EOF:
        raise ValueError(f"the range ({start}, {size}) ends past 2**64 - 1")
    return Range(start, size)


def check_ranges(ranges: object) -> list[Range]:
    """Return `ranges`, an iterable of (offset, length) pairs, as a list of n >= 1 Ranges.

    Raises:
        TypeError: Not an iterable of pairs of whole numbers.
        ValueError: No pair, or one that is no range (see `check_range`).
    """
    if isinstance(ranges, Range) or not isinstance(ranges, Iterable):
        raise TypeError(f"ranges is a list of (offset, length) pairs, not {ranges!r}")
    items = cast("Iterable[object]", ranges)
    checked = [check_range(*_pair(item)) for item in items]
    if not checked:
        raise ValueError("ranges is empty; give at least one (offset, length) pair")
    return checked


def check_disjoint(ranges: Iterable[Range]) -> None:
    """Raise ValueError when two of `ranges` share a byte."""
    ordered = sorted(ranges)
    for before, after in pairwise(ordered):
        if before.end > after.offset:
            raise ValueError(f"the ranges {tuple(before)} and {tuple(after)} overlap")


def _whole(value: Any, what: str) -> int:
    if isinstance(value, bool):
        raise TypeError(f"the {what} is a bool; give a whole number of bytes")
    try:
        return whole_number(value)
    except TypeError:
        raise TypeError(f"the {what} is {value!r}; give a whole number of bytes") from None


def _pair(item: Any) -> tuple[Any, Any]:
    try:
        offset, length = item
    except (TypeError, ValueError):
        raise TypeError(f"{item!r} is not an (offset, length) pair") from None
    return offset, length
