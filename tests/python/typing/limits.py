# SPDX-License-Identifier: MIT
"""Typical uses of rate limits and numbers; checked by type checkers, never run."""

from __future__ import annotations

from typing_extensions import assert_type

from bitscb3 import File, Job, Manager, ManagerStats


def limit(job: Job) -> None:
    """Rates."""
    with Manager(rate_limit=1 << 20) as manager:
        assert_type(manager.rate_limit, int | None)
        manager.rate_limit = None
    assert_type(job.rate_limit, int | None)
    job.rate_limit = 1000


def count(manager: Manager, job: Job, file: File) -> int:
    """Numbers."""
    stats = manager.stats()
    assert_type(stats, ManagerStats)
    assert_type(stats.jobs_running, int)
    return stats.bytes_received + job.bytes_received + file.bytes_received
