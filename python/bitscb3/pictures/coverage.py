# SPDX-License-Identifier: MIT
"""How much of each of many equal parts of a file is here."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["coverage", "level_of"]


def coverage(ranges: Iterable[tuple[int, int]], size: int, parts: int) -> list[int]:
    """What is filled of each of `parts` equal parts, in 1/parts bytes: a whole part has `size`.

    Args:
        ranges: (offset, length) pairs in bytes that share none; what is past the end is left out.
        size: Of the file, in bytes, at least 1; there may be more parts than bytes.
        parts: How many, at least 1.
    """
    filled = [0] * parts
    for offset, length in ranges:
        begin, end = offset * parts, min(offset + length, size) * parts
        if begin >= end:
            continue
        first, last = begin // size, (end - 1) // size
        if first == last:
            filled[first] += end - begin
            continue
        filled[first] += (first + 1) * size - begin
        filled[first + 1 : last] = [size] * (last - first - 1)
        filled[last] += end - last * size
    return filled


def level_of(filled: int, size: int, levels: int) -> int:
    """A shade: 0 only for nothing, `levels - 1` only for all of `size`, and between for between."""
    if filled >= size:
        return levels - 1
    return 1 + filled * (levels - 2) // size if filled else 0
