# SPDX-License-Identifier: MIT
"""Requests of ranges, on-demand jobs, and reading a file that is not there yet."""

from __future__ import annotations

import os
import random
import threading
import zipfile
from pathlib import Path

import pytest

from bitscb3 import (
    EOF,
    File,
    InvalidStateError,
    Job,
    JobState,
    Manager,
    RangeArray,
    RangesNotSupportedError,
    Settings,
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
from support import KIB, MIB, PATIENCE, eventually, open_manager, run, settle

SIZE = 4 * MIB


def ask(manager: Manager, url: str, tmp_path: Path, on_demand: bool = True) -> File:
    """A file of a new job, on demand unless told otherwise."""
    return manager.create_job("asked", on_demand=on_demand).add_file(url, tmp_path / "asked")


def test_ranges_out_of_order(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Ranges asked for in any order are filled, and nothing else is fetched."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        for offset in (3 * MIB, 0, 2 * MIB):
            request = file.request_ranges([(offset, 10 * KIB)])
            assert list(request.result(PATIENCE)) == [(offset, 10 * KIB)]
            assert request.done()
            assert request.exception() is None
        assert list(file.filled_ranges()) == [(o, 10 * KIB) for o in (0, 2 * MIB, 3 * MIB)]
        assert file.job.wait(PATIENCE) is JobState.SUSPENDED
    log = nginx.wait_for_log(lambda log: len(log) >= 3)
    assert sum(record.bytes_sent for record in log) < 64 * KIB


def test_to_the_end_of_the_file(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A range of length EOF reaches to the end, before and after the size is known."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        file.request_ranges([(SIZE - 100, EOF)]).result(PATIENCE)
        file.request_ranges([(SIZE - 200, EOF)]).result(PATIENCE)
        assert list(file.filled_ranges()) == [(SIZE - 200, 200)]


def test_everything_asked_for_finishes_the_job(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """An on-demand job whose requests cover the file is TRANSFERRED and can be completed."""
    content = write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        file.request_ranges([(SIZE // 2, EOF)]).result(PATIENCE)
        file.request_ranges([(0, SIZE // 2)]).result(PATIENCE)
        assert file.job.wait(PATIENCE) is JobState.TRANSFERRED
        file.job.complete()
    assert (tmp_path / "asked").read_bytes() == content[:]


def test_filled_bytes_are_not_fetched_again(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A request over bytes that are filled fetches only the others."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        file.request_ranges([(0, MIB)]).result(PATIENCE)
        file.request_ranges([(MIB - 10, 20), (0, 5), (0, 6)]).result(PATIENCE)
        file.request_ranges([(0, MIB)]).result(PATIENCE)
        assert list(file.filled_ranges()) == [(0, MIB + 10)]
    assert sum(record.bytes_sent for record in nginx.log()) < MIB + 100


def test_request_on_an_ordinary_job(fault_server: FaultServer, tmp_path: Path) -> None:
    """A request on an ordinary job is served in front of the rest, which comes after."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content))
    with open_manager(tmp_path) as manager:
        file = ask(manager, url, tmp_path, on_demand=False)
        file.request_ranges([(3 * MIB, 10)]).result(PATIENCE)
        assert file.job.wait(PATIENCE) is JobState.TRANSFERRED


def test_bad_range_fails_its_request_only(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A range behind the end fails its request; the job and other requests go on."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        bad = file.request_ranges([(0, 10), (SIZE, 1)])
        good = file.request_ranges([(100, 10)])
        with pytest.raises(TransferError, match=r"request of 2 ranges .*BG_E_INVALID_RANGE"):
            bad.result(PATIENCE)
        assert bad.done()
        assert bad.exception() is not None
        assert good.result(PATIENCE)
        with pytest.raises(TransferError, match="BG_E_INVALID_RANGE"):
            file.request_ranges([(SIZE - 1, 2)]).result(PATIENCE)
        assert file.job.state is not JobState.ERROR


def test_bad_range_with_handlers(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A range behind the end fails its request only, also while handlers listen."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        for index in range(10):
            job = manager.create_job("asked", on_demand=True)
            job.on_ranges(lambda job, file, ranges: None)
            file = job.add_file(nginx.url("/a"), tmp_path / f"f{index}")
            with pytest.raises(TransferError, match="BG_E_INVALID_RANGE"):
                file.request_ranges([(SIZE, 1)]).result(PATIENCE)
            assert job.wait(PATIENCE) is JobState.SUSPENDED


def test_failed_job_fails_requests(fault_server: FaultServer, tmp_path: Path) -> None:
    """A request of a job that stops with an error fails with that error."""
    url = fault_server.serve("/a", status(404))
    with open_manager(tmp_path) as manager:
        request = ask(manager, url, tmp_path).request_ranges([(0, 10)])
        with pytest.raises(TransferError, match="404"):
            request.result(PATIENCE)


def test_suspended_job_holds_requests(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A request of a job the caller suspended is held up, and served after resume()."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        file.request_ranges([(0, 10)]).result(PATIENCE)
        file.job.suspend()
        request = file.request_ranges([(100, 10)])
        with pytest.raises(InvalidStateError, match="suspended"):
            request.result(PATIENCE)
        assert not request.done()
        file.job.resume()
        assert request.result(PATIENCE)


def test_suspending_ends_a_wait(fault_server: FaultServer, tmp_path: Path) -> None:
    """A thread that waits for a request is told when another one suspends the job."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, threading.Event()))
    with open_manager(tmp_path) as manager:
        file = ask(manager, url, tmp_path)
        request = file.request_ranges([(1000, 10_000)])
        suspender = threading.Timer(0.05, file.job.suspend)
        suspender.start()
        with pytest.raises(InvalidStateError, match="suspended"):
            request.result(PATIENCE)
        suspender.join()


def test_cancelled_job_fails_requests(fault_server: FaultServer, tmp_path: Path) -> None:
    """A request of a job that is cancelled fails with InvalidStateError."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, threading.Event()))
    with open_manager(tmp_path) as manager:
        file = ask(manager, url, tmp_path)
        request = file.request_ranges([(1000, 10_000)])
        file.job.cancel()
        with pytest.raises(InvalidStateError):
            request.result(PATIENCE)


def test_result_times_out(fault_server: FaultServer, tmp_path: Path) -> None:
    """result() with a time-out raises TimeoutError; the request goes on."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))
    with open_manager(tmp_path) as manager:
        request = ask(manager, url, tmp_path).request_ranges([(1000, 10_000)])
        with pytest.raises(TimeoutError):
            request.result(0.05)
        assert not request.done()
        release.set()
        assert request.result(PATIENCE)


def test_await(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A request can be awaited, by several tasks, together with others."""
    import asyncio

    write_file(www / "a", SIZE)

    async def fetch(file: File) -> None:
        one = file.request_ranges([(0, 10)])
        two = file.request_ranges([(MIB, 10)])

        async def wait_for_one() -> RangeArray:
            return await one

        results = await asyncio.gather(wait_for_one(), wait_for_one(), _await(two))
        assert [list(result) for result in results] == [[(0, 10)], [(0, 10)], [(MIB, 10)]]
        assert list(await one) == [(0, 10)]
        with pytest.raises(TransferError):
            await file.request_ranges([(SIZE, 1)])

    async def _await(request: object) -> RangeArray:
        return await request  # type: ignore[no-any-return,misc]

    with open_manager(tmp_path) as manager:
        run(fetch(ask(manager, nginx.url("/a"), tmp_path)))


def test_await_of_a_suspended_job(fault_server: FaultServer, tmp_path: Path) -> None:
    """Suspending the job ends an await with InvalidStateError."""
    import asyncio

    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, threading.Event()))

    async def fetch(file: File) -> None:
        request = file.request_ranges([(1000, 10_000)])
        asyncio.get_running_loop().call_later(0.05, file.job.suspend)
        with pytest.raises(InvalidStateError, match="suspended"):
            await request

    with open_manager(tmp_path) as manager:
        run(fetch(ask(manager, url, tmp_path)))


def test_result_in_a_handler(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A handler may ask for more ranges and wait for them."""
    content = write_file(www / "a", SIZE)
    found: list[bytes] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)

        @job.on_ranges
        def got(job: Job, file: File, ranges: RangeArray) -> None:
            if not found:
                found.append(b"")
                file.request_ranges([(MIB, 10)]).result(PATIENCE)
                found[0] = file.read(2 * MIB, 10)

        job.add_file(nginx.url("/a"), tmp_path / "a").request_ranges([(0, 10)]).result(PATIENCE)
        settle(job)
        assert not job.handler_errors
    assert found == [content[2 * MIB : 2 * MIB + 10]]


def test_many_requests(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Thousands of small requests are served; each is done when its bytes are there."""
    content = write_file(www / "a", SIZE)
    order = list(range(0, SIZE, 2 * KIB))
    random.Random(1).shuffle(order)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        requests = [file.request_ranges([(offset, 100)]) for offset in order]
        for request in requests:
            request.result(PATIENCE)
        assert file.filled_ranges().bytes == 100 * len(order)
        assert all(
            file.read(offset, 100) == content[offset : offset + 100] for offset in order[:50]
        )


def test_many_ranges_in_one_request(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """One request may have thousands of ranges."""
    write_file(www / "a", SIZE)
    ranges = [(offset, 100) for offset in range(0, SIZE, KIB)]
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        file.request_ranges(ranges).result(PATIENCE)
        assert list(file.filled_ranges()) == ranges


def test_read_asks_for_what_is_missing(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """read() fetches the bytes it needs, and returns fewer at the end of the file."""
    content = write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        assert file.read(SIZE - 5, 10) == content[SIZE - 5 :]
        assert file.read(1000, 2000) == content[1000:3000]
        assert file.read(SIZE, 10) == b""
        assert file.read(10 * SIZE, 10) == b""
        assert file.read(5, 0) == b""
        assert file.filled_ranges().bytes == 2005
        assert file.read() == content[:]


def test_read_of_filled_bytes_asks_nobody(fault_server: FaultServer, tmp_path: Path) -> None:
    """read() of bytes that are here sends no request."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content))
    with open_manager(tmp_path) as manager:
        file = ask(manager, url, tmp_path)
        file.request_ranges([(0, 1000)]).result(PATIENCE)
        before = len(fault_server.requests)
        assert file.read(10, 500) == content[10:510]
        assert len(fault_server.requests) == before


def test_readinto(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """readinto() fills any writable buffer, and tells how many bytes it wrote."""
    content = write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        buffer = bytearray(b"x" * 10)
        assert file.readinto(100, buffer) == 10
        assert bytes(buffer) == content[100:110]
        assert file.readinto(SIZE - 4, memoryview(buffer)[2:]) == 4
        assert bytes(buffer[2:6]) == content[SIZE - 4 :]
        assert file.readinto(0, bytearray()) == 0
        with pytest.raises(TypeError):
            file.readinto(0, b"12345")  # type: ignore[arg-type]


def test_read_after_completion(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A completed file is read under its final name."""
    content = write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        with manager.create_job("a") as job:
            file = job.add_file(nginx.url("/a"), tmp_path / "a")
        assert file.read(100, 50) == content[100:150]


def test_read_after_cancelling(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """The bytes of a cancelled job are gone: InvalidStateError."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        file.read(0, 100)
        file.job.cancel()
        with pytest.raises(InvalidStateError):
            file.read(0, 100)
        with pytest.raises(InvalidStateError):
            file.read(1000, 100)


def test_read_times_out(fault_server: FaultServer, tmp_path: Path) -> None:
    """read() with a time-out raises TimeoutError."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, threading.Event()))
    with open_manager(tmp_path) as manager:
        file = ask(manager, url, tmp_path)
        with pytest.raises(TimeoutError):
            file.read(1000, 10_000, timeout=0.05)


def test_file_object(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """File.open() gives a seekable file that fetches what is read: a member of a zip archive."""
    payload = os.urandom(300 * KIB)
    with zipfile.ZipFile(www / "a.zip", "w") as archive:
        archive.writestr("big", os.urandom(2 * MIB))
        archive.writestr("wanted", payload)
        archive.writestr("more", os.urandom(2 * MIB))
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a.zip"), tmp_path)
        with file.open() as stream, zipfile.ZipFile(stream) as archive:
            assert archive.read("wanted") == payload
        assert file.filled_ranges().bytes < MIB


def test_server_without_ranges(fault_server: FaultServer, tmp_path: Path) -> None:
    """From a server without ranges an ordinary job brings the whole file; requests fail."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), ignore_range())
    with open_manager(tmp_path) as manager:
        file = ask(manager, url, tmp_path, on_demand=False)
        assert file.read(1000, 10) == content[1000:1010]
        assert file.job.wait(PATIENCE) is JobState.TRANSFERRED
        with pytest.raises(RangesNotSupportedError):
            file.filled_ranges()
        file.job.complete()
    assert (tmp_path / "asked").read_bytes() == content[:]


def test_request_to_a_server_without_ranges(fault_server: FaultServer, tmp_path: Path) -> None:
    """A request on an on-demand job fails where the server has no ranges."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), ignore_range())
    with open_manager(tmp_path) as manager:
        request = ask(manager, url, tmp_path).request_ranges([(1000, 10)])
        with pytest.raises(RangesNotSupportedError):
            request.result(PATIENCE)


def test_download_position(fault_server: FaultServer, tmp_path: Path) -> None:
    """After update_download_position() the download goes on there, and wraps at the end."""
    url = fault_server.serve("/a", Resource(Content(SIZE)))
    with open_manager(tmp_path, Settings(connections_per_file=1)) as manager:
        file = ask(manager, url, tmp_path)
        file.request_ranges([(0, 10)]).result(PATIENCE)
        before = len(fault_server.requests)
        file.job.on_demand = False
        file.update_download_position(3 * MIB)
        file.job.resume()
        assert file.job.wait(PATIENCE) is JobState.TRANSFERRED
        with pytest.raises(ValueError, match="offset"):
            file.update_download_position(-1)
    first, *_ = fault_server.requests[before:]
    assert first.ranges[0].offset == 3 * MIB


def test_idle_counts_this_threads_requests(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """wait() on an on-demand job returns when every request made before is done."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = ask(manager, nginx.url("/a"), tmp_path)
        for offset in range(0, 50_000, 1000):
            request = file.request_ranges([(offset, 10)])
            assert file.job.wait(PATIENCE) is JobState.SUSPENDED
            assert request.done()


def test_request_nobody_waits_for(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A request goes on by itself, also before the size of the file is known."""
    content = write_file(www / "a", MIB)
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
        file.request_ranges([(1000, 10)])
        path = Path(file.temporary_name)
        wanted = content[1000:1010]
        assert eventually(lambda: path.exists() and path.read_bytes()[1000:1010] == wanted)


def test_request_of_an_empty_file(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """All of an empty file is nothing, and here at once."""
    (www / "a").touch()
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
        file.request_ranges([(0, EOF)]).result(PATIENCE)
        with pytest.raises(TransferError, match="10 bytes from 5 lies outside the file of 0 bytes"):
            file.request_ranges([(5, 10)]).result(PATIENCE)
