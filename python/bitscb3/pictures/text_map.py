# SPDX-License-Identifier: MIT
"""A file as several rows of characters, read as text is: which parts of it are here."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final, TextIO

from .coverage import coverage, level_of

__all__ = ["can_draw", "text_map"]

_NOTHING: Final = "·"
_SOMETHING: Final = "░"
_ALMOST: Final = "▓"
_QUARTERS: Final = "·▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"  # by bits: 1 upper left, 2 upper right, 4 and 8 below
_PLAIN: Final = ".-=+#"
_UNKNOWN: Final = "?"


def text_map(
    ranges: Iterable[tuple[int, int]] | None,
    size: int | None,
    width: int = 64,
    height: int = 4,
    *,
    plain: bool = False,
) -> str:
    """The map of a file: `height` rows of `width` characters, without a line break at the end.

    A character is four quarters of its part of the file: the upper two belong to the upper line of
    its row, the lower two to the lower line. A quarter is black once half of it is here. "█" is
    whole, "·" is nothing at all; "▓" is nearly whole, and "░" is something, but little.

    Args:
        ranges: The (offset, length) pairs in bytes that are here, as `File.filled_ranges` tells
            them; None: that is not known, and the map is of question marks.
        size: Of the file, in bytes; None: not known, and the map is empty.
        width: Characters in a row, at least 1.
        height: Rows, at least 1.
        plain: ASCII only, a shade for each part: ".-=+#".
    """
    if width < 1 or height < 1:
        raise ValueError(f"a map of {width} x {height} characters shows nothing; give 1 or more")
    if ranges is None:
        cells = _UNKNOWN * (width * height)
    elif size is None:
        cells = (_PLAIN[0] if plain else _NOTHING) * (width * height)
    elif size == 0:
        cells = (_PLAIN[-1] if plain else _QUARTERS[-1]) * (width * height)
    elif plain:
        shades = coverage(ranges, size, width * height)
        cells = "".join(_PLAIN[level_of(filled, size, len(_PLAIN))] for filled in shades)
    else:
        cells = _quartered(coverage(ranges, size, 4 * width * height), size, width, height)
    return "\n".join(cells[start : start + width] for start in range(0, width * height, width))


def can_draw(stream: TextIO | None = None) -> bool:
    """Whether `stream`, or else the standard output, can show the characters of a map."""
    target = sys.stdout if stream is None else stream
    try:
        (_QUARTERS + _SOMETHING + _ALMOST).encode(target.encoding or "ascii")
    except (AttributeError, LookupError, UnicodeEncodeError):
        return False
    return sys.platform != "win32" or target.isatty()


def _quartered(filled: list[int], size: int, width: int, height: int) -> str:
    """The characters of all rows, one after another; a row is two lines of 2 * width quarters."""
    line = 2 * width
    cells: list[str] = []
    for row in range(height):
        upper = 2 * row * line
        for left in range(upper, upper + line, 2):
            quarters = (
                filled[left],
                filled[left + 1],
                filled[left + line],
                filled[left + line + 1],
            )
            bits = sum(1 << place for place, part in enumerate(quarters) if 2 * part >= size)
            if bits == 0b1111 and min(quarters) < size:
                cells.append(_ALMOST)
            elif bits == 0 and any(quarters):
                cells.append(_SOMETHING)
            else:
                cells.append(_QUARTERS[bits])
    return "".join(cells)
