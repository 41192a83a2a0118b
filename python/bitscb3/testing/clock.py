# SPDX-License-Identifier: MIT
"""A clock for jobs that would wait for minutes or days."""

from __future__ import annotations

from bitscb3 import _core
from bitscb3.arguments import check_seconds

__all__ = ["FakeClock"]


class FakeClock:
    """Stands still until `advance`.

        clock = FakeClock()
        with Manager("engine", store, clock=clock) as manager:
            job = manager.create_job("patient")
            job.minimum_retry_delay, job.no_progress_timeout = 600, 3600
            job.add_file(server.serve("/a", Resource(b"..."), flaky(1, status(503))), path)
            job.resume()
            while job.state is not JobState.TRANSIENT_ERROR: ...
            clock.advance(600)  # ten minutes later, and no longer
            job.wait()

    Delays and time-outs of jobs go by it; those of connections go by real time.

    Threads:
        Any.
    """

    def __init__(self) -> None:
        """Begin now."""
        self.core: _core.Clock = _core.Clock()

    def advance(self, seconds: float) -> None:
        """Let so much time pass; what falls due happens, on the threads of the engine."""
        self.core.advance(check_seconds(seconds, "seconds", 0.001))
