# SPDX-License-Identifier: MIT
"""How fast bytes come, and when the last one will."""

from __future__ import annotations

import time
from collections import deque

__all__ = ["Speed"]

_WINDOW_S = 5.0


class Speed:
    """The speed over the last seconds.

    Threads:
        One at a time.
    """

    def __init__(self) -> None:
        """Nothing is known."""
        self._points: deque[tuple[float, int]] = deque()

    def add(self, count: int, now: float | None = None) -> bool:
        """`count` bytes are here; fewer than before: it began again. Returns whether it changed."""
        changed = not self._points or count != self._points[-1][1]
        moment = time.monotonic() if now is None else now
        if self._points and count < self._points[-1][1]:
            self._points.clear()
        self._points.append((moment, count))
        while len(self._points) > 2 and moment - self._points[1][0] >= _WINDOW_S:
            self._points.popleft()
        return changed

    @property
    def rate(self) -> float:
        """Bytes per second."""
        if len(self._points) < 2:
            return 0.0
        (began, first), (ended, last) = self._points[0], self._points[-1]
        return (last - first) / max(ended - began, 1e-9)

    def seconds_left(self, total: int | None) -> float | None:
        """Until `total` bytes are here; None: it cannot be told."""
        rate = self.rate
        if total is None or rate <= 0:
            return None
        return max(total - self._points[-1][1], 0) / rate
