# SPDX-License-Identifier: MIT
"""Typical uses with asyncio; checked by type checkers, never run."""

from __future__ import annotations

import asyncio

from typing_extensions import assert_type

from bitscb3 import File, Job, JobState, Manager


async def run(url: str, path: str) -> None:
    """A manager, a job and reads, all awaited."""
    async with Manager() as manager:
        assert_type(manager, Manager)
        job = manager.create_job("typed")
        file = job.add_file(url, path)
        job.resume()
        assert_type(await job, JobState)
        both = await asyncio.gather(file.aread(0, 10), file.aread(10))
        assert_type(both, tuple[bytes, bytes])
    await manager.aclose()


async def stop(job: Job, file: File) -> bool:
    """Requests that are not needed any more."""
    request = file.request_ranges([(0, 10)])
    assert_type(request.cancelled(), bool)
    await asyncio.wait_for(request, 5)
    return request.cancel()
