# SPDX-License-Identifier: MIT
"""A clock for jobs that would wait for minutes or days."""

from __future__ import annotations

from bitscb3 import _core
from bitscb3.arguments import check_seconds

__all__ = ["FakeClock"]


class FakeClock:
    """Stands still until `advance`.

        clock = FakeClock()
        with Manager("engine", store, clock=clock) as manager: ...

    Delays and time-outs of jobs go by it; those of connections go by real time.

    Threads:
        Any.
    """

    def __init__(self) -> None:
        """Begin now."""
        self.core = _core.Clock()

    def advance(self, seconds: float) -> None:
        """Let so much time pass; what falls due happens, on the threads of the engine."""
        self.core.advance(check_seconds(seconds, "seconds", 0.001))
