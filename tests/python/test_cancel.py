# SPDX-License-Identifier: MIT
"""`RangeRequest.cancel()`: a request that is withdrawn, and what is fetched no more."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bitscb3 import (
    EOF,
    CostFlags,
    File,
    InvalidStateError,
    Job,
    JobState,
    RangeArray,
    RangeRequest,
    Settings,
)
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    ignore_range,
    stall_after,
    write_file,
)
from support import KIB, MIB, PATIENCE, eventually, open_manager, settle

SIZE = 8 * MIB
GIB = 1 << 30


def learn_size(file: File) -> None:
    """Have the first byte, and so the size."""
    file.request_ranges([(0, 1)]).result(PATIENCE)
    assert file.job.wait(PATIENCE) is JobState.SUSPENDED


def is_cancelled(request: RangeRequest) -> bool:
    """Whether everything about the request says so."""
    with pytest.raises(
        InvalidStateError, match=r"request of 1 range of .* was cancelled"
    ) as caught:
        request.result(0)
    return (
        caught.value.name == "E_ABORT"
        and request.done()
        and request.cancelled()
        and isinstance(request.exception(), InvalidStateError)
        and "cancelled" in repr(request)
    )


def test_cancelled_at_once(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """A cancelled request is done at once with InvalidStateError, and its job becomes idle."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, release))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        request = file.request_ranges([(0, 2 * MIB)])
        eventually(lambda: job.progress.bytes_transferred == MIB)
        assert not request.cancelled()
        assert request.cancel()
        assert is_cancelled(request)
        assert not request.cancel()
        assert job.wait(PATIENCE) is JobState.SUSPENDED
        assert job.error is None
        assert list(file.filled_ranges()) == [(0, MIB)]


def test_done_is_not_cancelled(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A request whose bytes are here cannot be cancelled any more."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
        request = file.request_ranges([(100, 10)])
        request.result(PATIENCE)
        assert not request.cancel()
        assert not request.cancelled()
        assert request.exception() is None


@pytest.mark.parametrize("connections", [1, 8])
def test_huge_range_stops(fault_server: FaultServer, tmp_path: Path, connections: int) -> None:
    """A range of 10 GiB is not fetched any more once it is cancelled, on however many connections."""
    url = fault_server.serve("/a", Resource(Content(10 * GIB)))
    with open_manager(tmp_path, Settings(connections_per_file=connections)) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        learn_size(file)
        request = file.request_ranges([(0, EOF)])
        fault_server.wait_for(lambda log: sum(record.bytes_sent for record in log) > 4 * MIB)
        request.cancel()
        before = job.progress.bytes_transferred
        assert job.wait(PATIENCE) is JobState.SUSPENDED
        assert job.progress.bytes_transferred - before < 256 * MIB
        fault_server.wait_for(lambda log: all(record.finished for record in log))
        assert fault_server.bytes_sent("/a") < GIB
        # What is asked for next comes.
        file.request_ranges([(9 * GIB, 100)]).result(PATIENCE)


def test_others_get_theirs(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Bytes that another request waits for still come, and handlers hear of them."""
    content = Content(GIB)
    url = fault_server.serve("/a", Resource(content), stall_after(64 * KIB, release))
    told: list[tuple[int, int]] = []
    with open_manager(tmp_path, Settings(connections_per_file=1)) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        learn_size(file)

        @job.on_ranges
        def got(job: Job, file: File, ranges: RangeArray) -> None:
            told.extend((offset, length) for offset, length in ranges)

        gone = file.request_ranges([(MIB, 900 * MIB)])
        kept = file.request_ranges([(2 * MIB, 100 * KIB), (GIB - 10, 10)])
        fault_server.wait_for(lambda log: any(record.stalled for record in log))
        gone.cancel()
        fault_server.serve("/a", Resource(content))
        release.set()
        kept.result(PATIENCE)
        assert is_cancelled(gone)
        assert job.wait(PATIENCE) is JobState.SUSPENDED
        assert file.filled_ranges().bytes < 256 * MIB
        assert file.read(2 * MIB, 100 * KIB) == content[2 * MIB : 2 * MIB + 100 * KIB]
        settle(job)
        assert sum(length for _, length in told) == file.filled_ranges().bytes


def test_two_want_the_same(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Of two requests for the same bytes one may be cancelled, and the transfer goes on."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a", on_demand=True).add_file(url, tmp_path / "a")
        learn_size(file)
        first, second = (file.request_ranges([(MIB, MIB)]) for _ in range(2))
        fault_server.wait_for(lambda log: any(record.stalled for record in log))
        asked = len(fault_server.requests)
        assert first.cancel()
        release.set()
        second.result(PATIENCE)
        assert len(fault_server.requests) == asked


def test_waiting_threads_are_told(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Every thread that waits for a request hears that it was cancelled."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))
    with open_manager(tmp_path) as manager, ThreadPoolExecutor(3) as pool:
        file = manager.create_job("a", on_demand=True).add_file(url, tmp_path / "a")
        request = file.request_ranges([(MIB, MIB)])
        waits = [pool.submit(request.result, PATIENCE) for _ in range(3)]
        fault_server.wait_for(lambda log: any(record.stalled for record in log))
        request.cancel()
        for wait in waits:
            with pytest.raises(InvalidStateError, match="cancelled"):
                wait.result(PATIENCE)


def test_cancelled_by_a_handler(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """A handler may cancel the request whose ranges it is told of."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(100, release))
    cancelled: list[bool] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        learn_size(file)
        request = file.request_ranges([(MIB, 10), (2 * MIB, EOF)])

        @job.on_ranges
        def got(job: Job, file: File, ranges: RangeArray) -> None:
            if ranges[-1].offset >= MIB and not cancelled:
                cancelled.append(request.cancel())

        assert job.wait(PATIENCE) is JobState.SUSPENDED
        settle(job)
        assert cancelled == [True]
        assert not job.handler_errors


def test_cancelled_before_the_size_is_known(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """A request can be cancelled before the server has answered; later ones are served."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(0, release))
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a", on_demand=True).add_file(url, tmp_path / "a")
        gone = file.request_ranges([(MIB, MIB)])
        kept = file.request_ranges([(5, 10)])
        assert gone.cancel()
        assert is_cancelled(gone)
        release.set()
        kept.result(PATIENCE)
        assert file.job.wait(PATIENCE) is JobState.SUSPENDED
        assert file.filled_ranges().bytes == 10


def test_ordinary_job_goes_on(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Of a job for the whole file the bytes of a cancelled request come with the rest."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), stall_after(100, release))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(url, tmp_path / "a")
        job.resume()
        request = file.request_ranges([(4 * MIB, 2 * MIB)])
        fault_server.wait_for(lambda log: any(record.stalled for record in log))
        assert request.cancel()
        release.set()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "a").read_bytes() == content[:]


def test_the_next_request_comes_first(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """On the one connection of a file, what was cancelled makes way for the next request."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), stall_after(2 * MIB, release))
    with open_manager(tmp_path, Settings(connections_per_file=1)) as manager:
        job = manager.create_job("a")
        file = job.add_file(url, tmp_path / "a")
        gone = file.request_ranges([(0, 6 * MIB)])
        fault_server.wait_for(lambda log: any(record.stalled for record in log))
        gone.cancel()
        file.request_ranges([(7 * MIB, 1000)]).result(PATIENCE)
        asked = [record.ranges[0].offset for record in fault_server.requests]
        assert 7 * MIB in asked[:3]  # behind what was cancelled and what took its place


def test_cancelled_while_the_network_is_away(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """What was cancelled while the job waited is not fetched when it goes on."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        learn_size(file)
        manager.set_network(None)
        request = file.request_ranges([(MIB, MIB)])
        eventually(lambda: job.state is JobState.TRANSIENT_ERROR)
        request.cancel()
        manager.set_network(CostFlags.UNRESTRICTED)
        assert job.wait(PATIENCE) is JobState.SUSPENDED
        assert file.filled_ranges().bytes == 1


def test_a_server_without_ranges(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """Of a server that now only sends whole files nothing is read once nobody waits for it."""
    resource = Resource(Content(GIB))
    url = fault_server.serve("/a", resource)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        learn_size(file)
        fault_server.serve("/a", resource, ignore_range(), stall_after(MIB, release))
        gone = file.request_ranges([(100, 2 * MIB)])
        eventually(lambda: job.progress.bytes_transferred == MIB)
        assert gone.cancel()
        assert job.wait(PATIENCE) is JobState.SUSPENDED
        assert is_cancelled(gone)


def test_store_forgets_it(
    fault_server: FaultServer, tmp_path: Path, release: threading.Event
) -> None:
    """A process that adopts the job does not fetch what was cancelled, but what was not."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), stall_after(10, release))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        learn_size(file)
        gone = file.request_ranges([(MIB, 4 * MIB)])
        file.request_ranges([(6 * MIB, 1000)])
        fault_server.wait_for(lambda log: any(record.stalled for record in log))
        gone.cancel()
    release.set()
    fault_server.serve("/a", Resource(content))
    with open_manager(tmp_path) as manager:
        (job,) = manager.jobs()
        job.resume()
        assert job.wait(PATIENCE) is JobState.SUSPENDED
        filled = job.file(0).filled_ranges()
        assert (6 * MIB, 1000) in [tuple(one) for one in filled]
        assert filled.bytes < MIB


def test_many_cancelled_among_others(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Of thousands of overlapping requests those that are left are all served."""
    content = write_file(www / "a", SIZE)
    chance = random.Random(1)
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
        learn_size(file)
        kept: list[RangeRequest] = []
        gone: list[RangeRequest] = []
        for _ in range(3000):
            offset = chance.randrange(SIZE - 10 * KIB)
            request = file.request_ranges([(offset, chance.randrange(1, 10 * KIB))])
            (gone if chance.random() < 0.5 else kept).append(request)
            if gone and chance.random() < 0.4:
                gone.pop(chance.randrange(len(gone))).cancel()
        for request in gone:
            request.cancel()
        for request in kept:
            for offset, length in request.result(PATIENCE):
                assert file.read(offset, length) == content[offset : offset + length]
        assert file.job.wait(PATIENCE) is JobState.SUSPENDED


def test_ended_job(fault_server: FaultServer, tmp_path: Path, release: threading.Event) -> None:
    """Requests of a job, or of a manager, that ended are done, so cancel() does nothing."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(10, release))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        request = job.add_file(url, tmp_path / "a").request_ranges([(0, 100)])
        job.cancel()
        assert not request.cancel()
        job = manager.create_job("b", on_demand=True)
        request = job.add_file(url, tmp_path / "b").request_ranges([(0, 100)])
    assert not request.cancel()
    assert not request.cancelled()
