# SPDX-License-Identifier: MIT
"""What asyncio and trio have of their own, with what this package has to await."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trio
from anyio.lowlevel import checkpoint

from bitscb3 import File, InvalidStateError, Job, JobState, Manager
from bitscb3.testing import Content, FaultServer, Resource, stall_after
from bitscb3.waking import in_thread
from support import MIB, PATIENCE, open_manager

SIZE = 4 * MIB
T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

since_3_11 = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="TaskGroup and timeout came with Python 3.11"
)


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Runs a coroutine in a loop of each kind, for at most PATIENCE seconds."""
    new_loop = asyncio.new_event_loop
    if request.param == "uvloop":
        new_loop = pytest.importorskip("uvloop").new_event_loop

    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        loop = new_loop()
        try:
            return loop.run_until_complete(asyncio.wait_for(coroutine, PATIENCE))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    return run


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager on the embedded BITS."""
    with open_manager(tmp_path) as manager:
        yield manager


@pytest.fixture
def slow(
    manager: Manager, fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> File:
    """A file on demand, of which ten bytes of each request come before `release`."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))
    return manager.create_job("slow", on_demand=True).add_file(url, tmp_path / "slow")


def is_idle(job: Job) -> bool:
    """Whether the job has nothing left to do, now or soon."""
    return job.wait(PATIENCE) is JobState.SUSPENDED


def test_wait_for(run: Run[Any], slow: File, release: threading.Event) -> None:
    """asyncio.wait_for() ends a wait for a request or a job; a read takes its request along."""

    async def use() -> None:
        request = slow.request_ranges([(0, 100)])
        for awaited in (request, slow.job):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(awaited, 0.02)
        assert not request.done()
        release.set()
        await asyncio.wait_for(request, PATIENCE)
        release.clear()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(slow.aread(MIB, MIB), 0.02)

    run(use())
    assert is_idle(slow.job)
    assert slow.filled_ranges().bytes < MIB


@since_3_11
def test_timeout_and_task_group(run: Run[Any], slow: File, release: threading.Event) -> None:
    """asyncio.timeout() and TaskGroup end reads; a request that is cancelled fails its group."""

    async def use() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await slow.aread(0, MIB)
        request = slow.request_ranges([(MIB, 1000)])
        with pytest.raises(ExceptionGroup) as caught:  # noqa: F821  # of Python 3.11
            async with asyncio.TaskGroup() as group:
                group.create_task(slow.aread(2 * MIB, MIB))
                group.create_task(awaiting(request))
                await checkpoint()  # both have begun
                request.cancel()
        (error,) = caught.value.exceptions
        assert isinstance(error, InvalidStateError)
        assert error.name == "E_ABORT"

    async def awaiting(request: Any) -> None:
        await request

    run(use())
    assert is_idle(slow.job)
    assert slow.filled_ranges().bytes < MIB


def test_gather(run: Run[Any], slow: File, release: threading.Event) -> None:
    """Requests and a job can be gathered, each of them awaited by several tasks."""
    release.set()

    async def use() -> None:
        requests = [slow.request_ranges([(offset, 100)]) for offset in range(0, MIB, 10_000)]
        await asyncio.gather(*requests, *requests, slow.job, slow.job)
        assert all(request.done() for request in requests)

    run(use())


def test_loop_that_ends_early(slow: File, release: threading.Event) -> None:
    """A loop that ends while its tasks wait harms nobody: others are told."""
    request = slow.request_ranges([(0, 100)])

    async def leave() -> list[asyncio.Task[Any]]:
        async def wait(awaited: Any) -> None:
            await awaited

        tasks = [asyncio.ensure_future(wait(awaited)) for awaited in (request, slow.job)]
        await checkpoint()
        return tasks

    loop = asyncio.new_event_loop()
    tasks = loop.run_until_complete(leave())
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.close()
    release.set()
    request.result(PATIENCE)
    assert is_idle(slow.job)
    del tasks


def test_trio(slow: File, release: threading.Event) -> None:
    """In trio a nursery awaits requests and jobs, and a cancel scope ends a read with its request."""

    async def wait(awaited: Any) -> None:
        await awaited

    async def use() -> None:
        with trio.move_on_after(0.02) as scope:
            await slow.aread(0, MIB)
        assert scope.cancelled_caught
        assert await slow.job is JobState.SUSPENDED
        release.set()
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                for offset in range(0, MIB, 10_000):
                    nursery.start_soon(wait, slow.request_ranges([(offset, 100)]))
                nursery.start_soon(wait, slow.job)
            assert len(await slow.aread(MIB, MIB)) == MIB

    trio.run(use)


def test_trio_cleans_up(fault_server: FaultServer, tmp_path: Path) -> None:
    """In a cancelled scope a manager is closed all the same, and an exception cancels the job."""
    url = fault_server.serve("/a", Resource(Content(SIZE)))

    async def use() -> None:
        with trio.CancelScope() as scope:
            async with open_manager(tmp_path) as manager:
                with pytest.raises(ZeroDivisionError):
                    async with manager.create_job("a") as job:
                        job.add_file(url, tmp_path / "a")
                        scope.cancel()
                        raise ZeroDivisionError
                assert job.state is JobState.CANCELLED
                await trio.lowlevel.checkpoint()
        assert scope.cancelled_caught
        assert manager.closed

    trio.run(use)


def test_trio_that_ends_early(slow: File, release: threading.Event) -> None:
    """A request that was awaited in a trio that has ended is awaited by another one."""
    request = slow.request_ranges([(0, 100)])

    async def look() -> None:
        with trio.move_on_after(0.01):
            await request

    async def use() -> None:
        with trio.fail_after(PATIENCE):
            await request

    trio.run(look)
    release.set()
    trio.run(use)


def test_trio_as_a_guest(slow: File, release: threading.Event) -> None:
    """Where trio runs as a guest of asyncio, tasks of both await the same request."""
    release.set()
    request = slow.request_ranges([(0, 100)])

    async def of_trio() -> int:
        await request
        return (await slow.aread(0, 100)).count(b"") - 1

    async def host() -> int:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        trio.lowlevel.start_guest_run(
            of_trio,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            done_callback=done.set_result,
        )
        await request
        outcome = await asyncio.wait_for(done, PATIENCE)
        return int(outcome.unwrap())

    assert asyncio.run(host()) == 100


def test_nothing_is_imported_for_it() -> None:
    """Importing the package, and waiting without a loop, imports neither asyncio nor trio."""
    program = "import sys, bitscb3; print({'asyncio', 'trio', 'anyio'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert told.stdout.strip() == "set()"


def test_nothing_is_said_of_a_thread_that_nobody_waits_for(
    run: Run[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """What fails in a thread after its task was cancelled is not asyncio's to complain of."""

    async def leave(may_abandon: bool) -> None:
        begun, go = threading.Event(), threading.Event()

        def fail() -> None:
            begun.set()
            go.wait(PATIENCE)
            raise ValueError("too late")

        task = asyncio.create_task(in_thread(fail, may_abandon=may_abandon))
        await asyncio.to_thread(begun.wait, PATIENCE)
        task.cancel()
        asyncio.get_running_loop().call_later(0.01, go.set)
        with pytest.raises(asyncio.CancelledError):
            await task

    for may_abandon in (False, True):
        run(leave(may_abandon))
    gc.collect()
    assert not caplog.records
