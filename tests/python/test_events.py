# SPDX-License-Identifier: MIT
"""`job.events()`: the stream of events for asyncio."""

from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path

import pytest

from bitscb3 import (
    Event,
    FileRangesTransferred,
    FileTransferred,
    Job,
    JobEnded,
    JobFailed,
    JobModified,
    JobTransferred,
    NotifyFlags,
)
from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, status, write_file
from support import MIB, PATIENCE, covered, open_manager, run, settle

SIZE = 4 * MIB


async def collect(job: Job) -> list[Event]:
    """Every event of a job."""
    return [event async for event in job.events()]


def ranges_of(events: list[Event]) -> list[tuple[int, int]]:
    """All ranges in `events`, merged; fails when a byte is told twice."""
    return covered(
        piece
        for event in events
        if isinstance(event, FileRangesTransferred)
        for piece in event.ranges
    )


def test_stream(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A stream tells every byte once, then the file, then the job, and ends."""
    write_file(www / "a", SIZE)

    async def watch(job: Job) -> list[Event]:
        stream = job.events()
        job.resume()
        return [event async for event in stream]

    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        events = run(watch(job))
    assert ranges_of(events) == [(0, SIZE)]
    *ranges, whole, last = events
    assert all(isinstance(event, FileRangesTransferred) for event in ranges)
    assert whole == FileTransferred(job, file)
    assert last == JobTransferred(job)


def test_late_streams(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A stream that begins after the end tells everything, as often as one is made."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        job.resume()
        job.wait(PATIENCE)
        for _ in range(3):
            events = run(collect(job))
            assert ranges_of(events) == [(0, SIZE)]
            assert isinstance(events[-1], JobTransferred)


def test_two_streams_at_once(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Two streams of one job each tell everything."""
    write_file(www / "a", SIZE)

    async def watch(job: Job) -> list[list[Event]]:
        streams = asyncio.gather(collect(job), collect(job))
        job.resume()
        return list(await streams)

    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        for events in run(watch(job)):
            assert ranges_of(events) == [(0, SIZE)]


def test_slow_consumer(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """For a consumer that looks late the ranges are merged, and no byte is missing."""
    write_file(www / "a", SIZE)

    async def watch(job: Job) -> list[Event]:
        stream = job.events()
        job.resume()
        await asyncio.to_thread(job.wait, PATIENCE)
        return [event async for event in stream]

    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        events = run(watch(job))
    assert ranges_of(events) == [(0, SIZE)]
    assert len(events) == 3


def test_failed_job_ends_the_stream(fault_server: FaultServer, tmp_path: Path) -> None:
    """A stream ends with the error when the job fails."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(fault_server.serve("/a", status(404)), tmp_path / "a")
        job.resume()
        (event,) = run(collect(job))
    assert isinstance(event, JobFailed)
    assert event.error.name == "BG_E_HTTP_ERROR_404"


def test_cancelled_job_ends_the_stream(fault_server: FaultServer, tmp_path: Path) -> None:
    """A stream ends with JobEnded when the job is cancelled from another thread."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, threading.Event()))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        canceller = threading.Timer(0.05, job.cancel)

        async def watch() -> list[Event]:
            stream = job.events()
            canceller.start()
            return [event async for event in stream]

        events = run(watch())
        canceller.join()
    assert isinstance(events[-1], JobEnded)
    assert events[-1].state.name == "CANCELLED"


def test_stream_of_an_ended_job(tmp_path: Path) -> None:
    """A stream of a job that ended before is over at once, with no event but the end."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.cancel()
        events = run(collect(job))
    assert all(isinstance(event, JobEnded) for event in events)


def test_closed_manager_ends_the_stream(fault_server: FaultServer, tmp_path: Path) -> None:
    """A stream ends when the manager is closed."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, threading.Event()))
    manager = open_manager(tmp_path)
    job = manager.create_job("a")
    job.add_file(url, tmp_path / "a")
    job.resume()
    closer = threading.Timer(0.05, manager.close)

    async def watch() -> list[Event]:
        stream = job.events()
        closer.start()
        return [event async for event in stream]

    events = run(watch())
    closer.join()
    assert not any(isinstance(event, (JobTransferred, JobFailed)) for event in events)


def test_modifications_on_request(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A stream tells of modifications when asked to."""
    write_file(www / "a", SIZE)

    async def watch(job: Job) -> Event:
        stream = job.events(NotifyFlags.JOB_MODIFICATION)
        job.description = "other"
        return await asyncio.wait_for(stream.__anext__(), PATIENCE)

    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        assert run(watch(job)) == JobModified(job)


def test_loop_that_closes_early(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A loop that is gone while a stream waits harms nobody: other handlers go on."""
    write_file(www / "a", SIZE)
    told: list[Job] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        job.on_transferred(told.append)
        stream = job.events()

        async def look() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(stream.__anext__(), 0.01)

        try:
            asyncio.run(look())
        except asyncio.TimeoutError:  # its name before Python 3.11
            pass
        file.request_ranges([(0, SIZE)]).result(PATIENCE)
        job.wait(PATIENCE)
        settle(job)
        assert told == [job]


def test_stream_left_early(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A stream that is dropped, or closed, turns off what only it wanted."""
    write_file(www / "a", SIZE)

    async def look(job: Job) -> None:
        async for event in job.events():
            assert isinstance(event, FileRangesTransferred)
            break
        stream = job.events()
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await stream.__anext__()

    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        file.request_ranges([(0, 10)]).result(PATIENCE)
        run(look(job))
        gc.collect()
        settle(job)
        assert not job.notify_flags & NotifyFlags.FILE_TRANSFERRED


def test_events_match(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """An event is a tuple of its parts, fit for unpacking and for `match`."""
    write_file(www / "a", 1000)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        job.resume()
        job.wait(PATIENCE)
        for event in run(collect(job)):
            match event:
                case FileRangesTransferred(its_job, its_file, ranges):
                    assert (its_job, its_file) == (job, file)
                    assert ranges.bytes == 1000
                case FileTransferred(its_job, its_file):
                    assert its_file is file
                case _:
                    assert event == JobTransferred(job)


def test_closing_wakes_who_iterates(tmp_path: Path) -> None:
    """A stream that another thread closes ends for the task that waits for its next event."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")  # of which nothing is told

        async def watch() -> list[Event]:
            stream = job.events()
            closer = threading.Thread(target=stream.close)
            asyncio.get_running_loop().call_later(0.05, closer.start)  # while it waits
            events = [event async for event in stream]
            closer.join()
            return events

        assert run(watch()) == []
