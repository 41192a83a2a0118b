# SPDX-License-Identifier: MIT
"""Awaiting requests, jobs, reads, events and managers: under asyncio, uvloop and trio alike."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest

from bitscb3 import (
    EOF,
    CostFlags,
    FileRangesTransferred,
    InvalidStateError,
    Job,
    JobState,
    JobTransferred,
    Manager,
    RangeArray,
    RangeRequest,
    TransferError,
)
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    ignore_range,
    stall_after,
    status,
    write_file,
)
from support import MIB, PATIENCE, open_manager

SIZE = 4 * MIB
GIB = 1 << 30
T = TypeVar("T")
Run = Callable[[Callable[[], Awaitable[T]]], T]


@pytest.fixture(params=["asyncio", "uvloop", "trio"])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Runs an asynchronous function in a loop of each kind, for at most PATIENCE seconds."""
    name: str = request.param
    options: dict[str, Any] = {}
    if name != "trio":
        if name == "uvloop":
            pytest.importorskip("uvloop")
        options = {"use_uvloop": name == "uvloop"}

    def run(function: Callable[[], Awaitable[T]]) -> T:
        async def bounded() -> T:
            with anyio.fail_after(PATIENCE):
                return await function()

        backend = "trio" if name == "trio" else "asyncio"
        return anyio.run(bounded, backend=backend, backend_options=options)

    return run


def watched(manager: Manager) -> int:
    """How much the dispatcher is told to watch."""
    return len(manager.dispatcher._watchers)


async def stalled(server: FaultServer) -> None:
    """Wait until the server holds a response back."""
    await anyio.to_thread.run_sync(
        lambda: server.wait_for(lambda log: any(record.stalled for record in log))
    )


def test_request(run: Run[Any], www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A request is awaited, before and after its bytes are here, and its failure raised."""
    write_file(www / "a", SIZE)

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
            request = file.request_ranges([(MIB, 1000), (10, 10)])
            assert list(await request) == [(MIB, 1000), (10, 10)]
            assert list(await request) == [(MIB, 1000), (10, 10)]
            with pytest.raises(TransferError, match="outside the file"):
                await file.request_ranges([(SIZE, 1)])

    run(use)


def test_cancelled_wait_for_a_request(
    run: Run[Any], fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """A task that is cancelled while it awaits a request leaves it to others, and nothing behind."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            file = manager.create_job("a", on_demand=True).add_file(url, tmp_path / "a")
            request = file.request_ranges([(100, 100)])
            for _ in range(5):
                with anyio.move_on_after(0.01) as scope:
                    await request
                assert scope.cancelled_caught
                assert watched(manager) == 0
            assert not request.done()
            release.set()
            await request

    run(use)


def test_cancelled_request(
    run: Run[Any], fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Every task that awaits a request that is cancelled gets InvalidStateError; none is cancelled."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))
    raised: list[str] = []

    async def wait(request: RangeRequest) -> None:
        with pytest.raises(InvalidStateError, match="was cancelled") as caught:
            await request
        raised.append(caught.value.name)

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("a", on_demand=True)
            request = job.add_file(url, tmp_path / "a").request_ranges([(100, 100)])
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(wait, request)
                await stalled(fault_server)
                request.cancel()
            assert await job is JobState.SUSPENDED

    run(use)
    assert raised == ["E_ABORT"] * 3


def test_job(run: Run[Any], www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A job is awaited until every byte is here, and again; by then handlers may be told of all."""
    content = write_file(www / "a", SIZE)

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("a")
            job.add_file(nginx.url("/a"), tmp_path / "a")
            job.resume()
            assert await job is JobState.TRANSFERRED
            assert await job is JobState.TRANSFERRED
            await job.acomplete()
            assert await job is JobState.ACKNOWLEDGED
            assert watched(manager) == 0

    run(use)
    assert (tmp_path / "a").read_bytes() == content[:]


def test_job_that_fails(run: Run[Any], fault_server: FaultServer, tmp_path: Path) -> None:
    """Awaiting a job that fails raises what wait() raises."""
    url = fault_server.serve("/a", status(404))

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("a")
            job.add_file(url, tmp_path / "a")
            job.resume()
            with pytest.raises(TransferError) as awaited:
                await job
            with pytest.raises(TransferError) as waited:
                job.wait(0)
            assert str(awaited.value) == str(waited.value)
            assert awaited.value.name == "BG_E_HTTP_ERROR_404"

    run(use)


def test_job_that_stands_still(
    run: Run[Any], fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Awaiting a job raises InvalidStateError when nobody resumed it, and when it is suspended."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("a")
            job.add_file(url, tmp_path / "a")
            with pytest.raises(InvalidStateError, match="was not resumed"):
                await job
            job.resume()
            async with anyio.create_task_group() as group:
                group.start_soon(suspended, job)
                await stalled(fault_server)
                job.suspend()

    async def suspended(job: Job) -> None:
        with pytest.raises(InvalidStateError, match="is suspended"):
            await job

    run(use)


def test_job_on_demand(
    run: Run[Any], fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Awaiting an on-demand job ends when the requests made before are done."""
    url = fault_server.serve("/a", Resource(Content(SIZE)))

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("a", on_demand=True)
            file = job.add_file(url, tmp_path / "a")
            assert await job is JobState.SUSPENDED
            for offset in range(0, 50_000, 1000):
                request = file.request_ranges([(offset, 10)])
                assert await job is JobState.SUSPENDED
                assert request.done()
            fault_server.serve("/a", Resource(Content(SIZE)), stall_after(0, release))
            file.request_ranges([(MIB, 10)])
            with anyio.move_on_after(0.01) as scope:
                await job
            assert scope.cancelled_caught
            assert watched(manager) == 0
            release.set()
            assert await job is JobState.SUSPENDED

    run(use)


def test_closed_manager(
    run: Run[Any], fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Who awaits a job or a request when the manager is closed gets InvalidStateError."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))

    async def ends(awaited: Awaitable[object]) -> None:
        with pytest.raises(InvalidStateError):
            await awaited

    async def use() -> None:
        manager = open_manager(tmp_path)
        job = manager.create_job("a", on_demand=True)
        request = job.add_file(url, tmp_path / "a").request_ranges([(100, 100)])
        async with anyio.create_task_group() as group:
            group.start_soon(ends, job)
            group.start_soon(ends, request)
            await stalled(fault_server)
            await manager.aclose()
        assert manager.closed
        await ends(job)
        await ends(request)
        await manager.aclose()

    run(use)


def test_closing_holds_up_nobody(run: Run[Any], fault_server: FaultServer, tmp_path: Path) -> None:
    """While a manager closes, and waits for a handler, the loop goes on."""
    url = fault_server.serve("/a", Resource(Content(SIZE)))
    begun = threading.Event()
    may_end = threading.Event()

    async def let_go() -> None:
        may_end.set()

    async def use() -> None:
        async with anyio.create_task_group() as group:
            async with open_manager(tmp_path) as manager:
                job = manager.create_job("a")
                job.add_file(url, tmp_path / "a")

                @job.on_transferred
                def slow(job: Job) -> None:
                    begun.set()
                    assert may_end.wait(PATIENCE)

                job.resume()
                await anyio.to_thread.run_sync(begun.wait)
                group.start_soon(let_go)  # its turn is while the manager closes
            assert may_end.is_set()

    run(use)


def test_block(run: Run[Any], www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`async with job` resumes, waits and completes; an exception cancels the job."""
    content = write_file(www / "a", SIZE)

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            async with manager.create_job("a") as job:
                job.add_file(nginx.url("/a"), tmp_path / "a")
            assert job.state is JobState.ACKNOWLEDGED
            with pytest.raises(ZeroDivisionError):
                async with manager.create_job("b") as job:
                    job.add_file(nginx.url("/a"), tmp_path / "b")
                    raise ZeroDivisionError
            assert job.state is JobState.CANCELLED
            with pytest.raises(TransferError):
                async with manager.create_job("c") as job:
                    job.add_file(nginx.url("/none"), tmp_path / "c")
            assert job.state is JobState.CANCELLED
            async with manager.create_job("d"):
                pass

    run(use)
    assert (tmp_path / "a").read_bytes() == content[:]


def test_block_of_a_cancelled_task(
    run: Run[Any], fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """A task cancelled in `async with job`, or while it waits at its end, leaves the job as it is."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            with anyio.move_on_after(0.05):
                async with manager.create_job("a") as job:
                    job.add_file(url, tmp_path / "a")
                    job.resume()
                    await anyio.sleep_forever()
            assert not job.state.is_final
            with anyio.move_on_after(0.05):
                async with manager.create_job("b") as job:
                    job.add_file(url, tmp_path / "b")
            assert not job.state.is_final
            assert watched(manager) == 0

    run(use)


def test_read(run: Run[Any], www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """aread() fetches what it needs, little and much, and returns fewer bytes at the end."""
    content = write_file(www / "a", SIZE)

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
            assert await file.aread(SIZE - 5, 10) == content[SIZE - 5 :]
            assert await file.aread(1000, 2000) == content[1000:3000]
            assert await file.aread(SIZE, 10) == b""
            assert await file.aread(10 * SIZE, 10) == b""
            assert await file.aread(5, 0) == b""
            assert file.filled_ranges().bytes == 2005
            assert await file.aread(MIB, MIB) == content[MIB : 2 * MIB]
            assert await file.aread() == content[:]
            with pytest.raises(ValueError, match="offset"):
                await file.aread(-1, 10)

    run(use)


def test_read_of_an_ordinary_job(run: Run[Any], fault_server: FaultServer, tmp_path: Path) -> None:
    """aread() from a server without ranges waits for the whole file, and on demand raises."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), ignore_range())

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("a")
            file = job.add_file(url, tmp_path / "a")
            assert await file.aread(1000, 10) == content[1000:1010]
            demanded = manager.create_job("b", on_demand=True).add_file(url, tmp_path / "b")
            with pytest.raises(TransferError):
                await demanded.aread(1000, 10)

    run(use)


def test_cancelled_read(
    run: Run[Any], fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """A task that is cancelled in aread() takes its request along, and no other one."""
    content = Content(GIB)
    url = fault_server.serve("/a", Resource(content))

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("a", on_demand=True)
            file = job.add_file(url, tmp_path / "a")
            await file.aread(0, 1)
            fault_server.serve("/a", Resource(content), stall_after(10, release))
            kept = file.request_ranges([(GIB - 100, 100)])
            with anyio.move_on_after(0.05) as scope:
                await file.aread(MIB, 900 * MIB)
            assert scope.cancelled_caught
            assert watched(manager) == 0
            assert not kept.done()
            fault_server.serve("/a", Resource(content))
            release.set()
            await kept
            assert await job is JobState.SUSPENDED
            assert file.filled_ranges().bytes < 256 * MIB

    run(use)


def test_events(run: Run[Any], www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """events() tells every byte once and ends with the job, and a stream may be left early."""
    write_file(www / "a", SIZE)

    async def use() -> None:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("a")
            job.add_file(nginx.url("/a"), tmp_path / "a")
            stream = job.events()
            with anyio.move_on_after(0.01) as scope:
                await stream.__anext__()
            assert scope.cancelled_caught
            job.resume()
            told = [event async for event in stream]
            assert sum(e.ranges.bytes for e in told if isinstance(e, FileRangesTransferred)) == SIZE
            assert told[-1] == JobTransferred(job)

    run(use)


def test_many_at_once(run: Run[Any], www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """5,000 awaited requests and 200 awaited jobs use no more threads than one of each."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("threads are counted in /proc")
    write_file(www / "a", SIZE)
    write_file(www / "small", 100)
    left = [0]

    def threads() -> int:
        return sum(1 for _ in Path("/proc/self/task").iterdir())

    async def wait(awaited: Awaitable[object]) -> None:
        left[0] += 1
        await awaited
        left[0] -= 1

    def made(manager: Manager, number: int) -> Job:
        job = manager.create_job(f"{number}")
        job.add_file(nginx.url("/small"), tmp_path / f"{number}")
        job.resume()
        return job

    async def use() -> None:
        async with open_manager(tmp_path) as manager, anyio.create_task_group() as group:
            file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
            await file.aread(0, 1)
            await made(manager, 0)
            manager.set_network(None)  # so that all of them wait, and nothing else happens
            group.start_soon(wait, file.request_ranges([(1, 10)]))
            group.start_soon(wait, made(manager, 1))
            await anyio.wait_all_tasks_blocked()
            before = threads()
            for number in range(1, 5000):
                group.start_soon(wait, file.request_ranges([(number * 800, 10)]))
            for number in range(2, 201):
                group.start_soon(wait, made(manager, number))
            await anyio.wait_all_tasks_blocked()
            assert left[0] == 5200
            assert threads() <= before
            manager.set_network(CostFlags.UNRESTRICTED)

    run(use)
    assert left[0] == 0


def test_ranges_are_what_was_asked(run: Run[Any], www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """What awaiting a request returns is its ranges, EOF included."""
    write_file(www / "a", SIZE)

    async def use() -> RangeArray:
        async with open_manager(tmp_path) as manager:
            file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
            return await file.request_ranges([(SIZE - 10, EOF)])

    assert list(run(use)) == [(SIZE - 10, EOF)]
