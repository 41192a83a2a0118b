# SPDX-License-Identifier: MIT
"""The raw tap: ranges in bulk."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from bitscb3 import Range, RangeBatch, RangeQueue
from bitscb3.testing import Nginx, write_file
from support import KIB, MIB, PATIENCE, covered, open_manager

SIZE = 4 * MIB


def drain_all(queue: RangeQueue, wanted: int) -> list[RangeBatch]:
    """Batches with `wanted` bytes together."""
    batches: list[RangeBatch] = []
    while wanted > 0:
        batch = queue.drain(PATIENCE)
        assert len(batch), "no range came"
        batches.append(batch)
        wanted -= int(np.asarray(batch)["length"].sum())
    return batches


def test_batches(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A queue gives the ranges of its jobs, by job number and file index, stamped in order."""
    for index in range(3):
        write_file(www / str(index), SIZE, seed=index)
    began = time.monotonic_ns()
    with open_manager(tmp_path) as manager, RangeQueue() as queue:
        jobs = [manager.create_job(str(index)) for index in range(3)]
        numbers = [queue.attach(job) for job in jobs]
        assert [queue.job(number) for number in numbers] == jobs
        for index, job in enumerate(jobs):
            job.add_file(nginx.url(f"/{index}"), tmp_path / f"{index}a")
            job.add_file(nginx.url(f"/{(index + 1) % 3}"), tmp_path / f"{index}b")
            job.resume()
        batches = drain_all(queue, 6 * SIZE)
        table = np.concatenate([np.asarray(batch) for batch in batches])
        for number in numbers:
            for file in (0, 1):
                rows = table[(table["job"] == number) & (table["file"] == file)]
                assert covered(zip(rows["offset"], rows["length"], strict=True)) == [(0, SIZE)]
        assert sum(batch.lost for batch in batches) == 0
        assert (np.diff(table["time_ns"].astype(np.int64)) >= 0).all()
        assert began <= table["time_ns"][0] <= table["time_ns"][-1] <= time.monotonic_ns()


def test_batch_is_a_view(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """numpy.asarray of a batch is a read-only view of its memory with the five named fields."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager, RangeQueue(100) as queue:
        job = manager.create_job("a", on_demand=True)
        queue.attach(job)
        job.add_file(nginx.url("/a"), tmp_path / "a").request_ranges([(5, 10)]).result(PATIENCE)
        (batch,) = drain_all(queue, 10)
        array = np.asarray(batch)
        assert array.dtype.names == ("job", "file", "offset", "length", "time_ns")
        assert array.dtype["job"] == np.uint32
        assert array.dtype["offset"] == np.uint64
        assert array.dtype.itemsize == 32
        assert not array.flags.owndata
        assert not array.flags.writeable
        assert memoryview(batch).nbytes == 32
        assert len(batch) == 1
        assert batch[0] == (5, 10)


def test_batch_iterates_over_ranges(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Iterating over a batch gives Ranges."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager, RangeQueue(100) as queue:
        job = manager.create_job("a", on_demand=True)
        queue.attach(job)
        job.add_file(nginx.url("/a"), tmp_path / "a").request_ranges([(5, 10)]).result(PATIENCE)
        (batch,) = drain_all(queue, 10)
        assert list(batch) == [Range(5, 10)]


def test_full_queue_counts(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """What finds no place in a full queue is counted as lost; the service still knows it."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager, RangeQueue(2) as queue:
        assert queue.capacity == 2
        job = manager.create_job("a", on_demand=True)
        queue.attach(job)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        for start in range(0, 10 * KIB, KIB):
            file.request_ranges([(start, 10)]).result(PATIENCE)
        batch = queue.drain(PATIENCE)
        assert len(batch) == 2
        assert batch.lost == 8
        assert file.filled_ranges().bytes == 100
        file.request_ranges([(MIB, 10)]).result(PATIENCE)
        batch = queue.drain(PATIENCE)
        assert (len(batch), batch.lost) == (1, 0)


def test_empty_drain(tmp_path: Path) -> None:
    """drain() returns an empty batch when the time ran out, and at once with 0."""
    with open_manager(tmp_path) as manager, RangeQueue() as queue:
        queue.attach(manager.create_job("a"))
        assert len(queue.drain(0)) == 0
        assert len(queue.drain(0.01)) == 0
        assert np.asarray(queue.drain(0)).shape == (0,)


def test_close_ends_a_drain(tmp_path: Path) -> None:
    """Closing a queue ends a drain() that waits in another thread."""
    queue = RangeQueue()
    closer = threading.Timer(0.05, queue.close)
    closer.start()
    assert len(queue.drain(PATIENCE)) == 0
    closer.join()


def test_detached_job(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A job that was detached brings no more events."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager, RangeQueue() as queue:
        job = manager.create_job("a", on_demand=True)
        queue.attach(job)
        queue.detach(job)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        file.request_ranges([(0, 10)]).result(PATIENCE)
        assert len(queue.drain(0)) == 0


@pytest.mark.parametrize(
    ("capacity", "error"), [(0, ValueError), (-1, ValueError), ("5", TypeError), (1.5, TypeError)]
)
def test_bad_capacity(capacity: object, error: type[Exception]) -> None:
    """A capacity is a whole number of at least 1."""
    with pytest.raises(error, match="capacity"):
        RangeQueue(capacity)  # type: ignore[arg-type]


def test_unknown_number() -> None:
    """A number under which no job was attached is a KeyError."""
    with pytest.raises(KeyError):
        RangeQueue().job(5)
