# SPDX-License-Identifier: MIT
"""asyncio on Windows, whose loop is the proactor's, with the embedded BITS."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from bitscb3 import (
    FileRangesTransferred,
    InvalidStateError,
    JobState,
    JobTransferred,
    Manager,
    _core,
)
from bitscb3.testing import Content, FaultServer, Resource, stall_after

pytestmark = pytest.mark.skipif(not _core.has_engine(), reason="this build has no embedded BITS")
SECONDS = 30.0
SIZE = 3_000_000


@pytest.fixture(autouse=True)
def _proactor() -> None:
    """Make sure of the loop that Windows' asyncio has by itself."""
    if sys.platform == "win32":
        loop = asyncio.new_event_loop()
        assert isinstance(loop, asyncio.ProactorEventLoop)
        loop.close()


def test_job_and_events(server: FaultServer, tmp_path: Path) -> None:
    """A job is awaited while another task takes its events, and the block completes it."""
    content = Content(SIZE)
    url = server.serve("/a", Resource(content))

    async def use() -> int:
        async with Manager(backend="engine", store=tmp_path / "store") as manager:
            async with manager.create_job("a") as job:
                job.add_file(url, tmp_path / "a")
                events = asyncio.create_task(collect(job.events()))
                job.resume()
                assert await asyncio.wait_for(job, SECONDS) is JobState.TRANSFERRED
                told = await asyncio.wait_for(events, SECONDS)
            assert isinstance(told[-1], JobTransferred)
            return sum(e.ranges.bytes for e in told if isinstance(e, FileRangesTransferred))

    async def collect(stream: object) -> list[object]:
        return [event async for event in stream]  # type: ignore[attr-defined]

    assert asyncio.run(use()) == SIZE
    assert (tmp_path / "a").read_bytes() == content[:]


def test_requests(server: FaultServer, tmp_path: Path) -> None:
    """Requests are awaited, read, timed out and cancelled."""
    content = Content(SIZE)
    url = server.serve("/a", Resource(content))
    release = threading.Event()

    async def use() -> None:
        async with Manager(backend="engine", store=tmp_path / "store") as manager:
            job = manager.create_job("a", on_demand=True)
            file = job.add_file(url, tmp_path / "a")
            await asyncio.gather(*(file.request_ranges([(n * 10_000, 100)]) for n in range(100)))
            assert file.filled_ranges().bytes == 100 * 100
            assert await file.aread(1_000_000, 500_000) == content[1_000_000:1_500_000]
            server.serve("/a", Resource(content), stall_after(10, release))
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(file.aread(2_000_001, 500_000), 0.2)
            request = file.request_ranges([(2_600_001, 1000)])
            waiting = asyncio.ensure_future(settled(request))
            await asyncio.to_thread(server.wait_for, lambda log: any(r.stalled for r in log))
            assert request.cancel()
            with pytest.raises(InvalidStateError, match="cancelled"):
                await asyncio.wait_for(waiting, SECONDS)
            assert await asyncio.wait_for(job, SECONDS) is JobState.SUSPENDED

    async def settled(request: object) -> object:
        return await request  # type: ignore[misc]

    asyncio.run(use())
    release.set()
