# SPDX-License-Identifier: MIT
"""A file as a row of characters: which parts of it are filled."""

from __future__ import annotations

import threading
from collections.abc import Iterable

__all__ = ["Picture"]

_BLOCKS = "·░▒▓█"
_PLAIN = ".-=+#"


class Picture:
    """How much of each of `width` equal parts of a file is filled.

    Threads:
        Any.
    """

    def __init__(self, width: int = 64) -> None:
        """Nothing is filled. Ranges may come before the size is known."""
        self.width = width
        self._lock = threading.Lock()
        self._size: int | None = None
        self._early: list[tuple[int, int]] = []
        self._filled = [0] * width  # bytes, by part

    def set_size(self, size: int | None) -> None:
        """Set the file's size in bytes, once it is known."""
        with self._lock:
            if size is None or size == self._size:
                return
            early = self._early if self._size is None else []
            self._size = size
            self._early = []
            self._filled = [0] * self.width
            for offset, length in early:
                self._fill(offset, length)

    def add(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Fill (offset, length) ranges, none of them filled before."""
        with self._lock:
            for offset, length in ranges:
                if self._size is None:
                    self._early.append((offset, length))
                else:
                    self._fill(offset, length)

    def clear(self) -> None:
        """Nothing is filled; the size is to be told again."""
        with self._lock:
            self._size = None
            self._early = []
            self._filled = [0] * self.width

    def render(self, plain: bool = False) -> str:
        """The row: a dot for nothing, a block for all of a part, shades between."""
        levels = _PLAIN if plain else _BLOCKS
        with self._lock:
            if not self._size:
                return levels[0] * self.width
            return "".join(
                _shade(self._filled[part], self._border(part + 1) - self._border(part), levels)
                for part in range(self.width)
            )

    def _fill(self, offset: int, length: int) -> None:
        assert self._size is not None
        end = min(offset + length, self._size)
        part = offset * self.width // max(self._size, 1)
        while offset < end and part < self.width:
            until = min(end, self._border(part + 1))
            if until > offset:
                self._filled[part] += until - offset
                offset = until
            part += 1

    def _border(self, part: int) -> int:
        """Where `part` begins, in bytes; a byte belongs to part `offset * width // size`."""
        assert self._size is not None
        return -(-part * self._size // self.width)


def _shade(filled: int, size: int, levels: str) -> str:
    if filled >= size:
        return levels[-1]
    if not filled:
        return levels[0]
    between = len(levels) - 2
    return levels[1 + min(between - 1, filled * between // size)]
