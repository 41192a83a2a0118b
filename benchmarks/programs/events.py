# SPDX-License-Identifier: MIT
"""How fast events reach Python: `python -m benchmarks.programs.events TASK LIBRARY`."""

from __future__ import annotations

import json
import os
import select
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks import feeder
from benchmarks.feeder import Feeder
from bitscb3 import File, Job, Manager, RangeArray, RangeQueue

EVENTS = 1_000_000
QUEUE = 1 << 21  # room for all of them: the feeder cannot wait
FILES = 20_000
PAUSE_US = 3_000  # until a reader sleeps
RINGS = 300


@contextmanager
def job_of(files: int) -> Iterator[Job]:
    """A job that never transfers anything by itself."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Manager("engine", Path(folder) / "store", queue_capacity=QUEUE) as manager,
    ):
        job = manager.create_job("fed", on_demand=True)
        job.add_files((f"http://127.0.0.1:9/{i}", f"{folder}/{i}") for i in range(files))
        yield job
        job.cancel()


def tap(ranges_per_call: int) -> float:
    """Ranges per second that drain() hands over as an array, all of them waiting."""
    import numpy

    with job_of(1) as job:
        queue = RangeQueue(capacity=QUEUE)
        queue.attach(job)
        calls = EVENTS // ranges_per_call
        rates = []
        with closing(Feeder(job)) as feeding:
            for _ in range(7):
                feeding.feed(calls, ranges_per_call)
                began = time.perf_counter()
                array = numpy.asarray(queue.drain(timeout=0))
                spent = time.perf_counter() - began
                assert len(array) == calls * ranges_per_call
                rates.append(len(array) / spent)
    return statistics.median(rates)


def handlers(files: int) -> dict[str, float]:
    """Events a second from the first slot call to the last handler call, one range a call."""
    events = EVENTS if files == 1 else files
    with job_of(files) as job:
        done = threading.Event()
        arrived = calls = 0

        @job.on_ranges
        def count(job: Job, file: File, ranges: RangeArray) -> None:
            nonlocal arrived, calls
            calls += 1
            arrived += len(ranges)
            if arrived >= events:
                done.set()

        job.suspend()  # the dispatcher has looked at the job once it was told of that
        rates = []
        with closing(Feeder(job)) as feeding:
            for _ in range(7):
                arrived = calls = 0
                done.clear()
                began = time.perf_counter()
                feeding.feed(events, 1)
                assert done.wait(60)
                rates.append((events / (time.perf_counter() - began), calls))
    rate, calls = sorted(rates)[len(rates) // 2]
    return {"events_per_s": rate, "handler_calls": calls, "events": events}


def latency() -> dict[str, float]:
    """Microseconds from the slot call to a handler, and of a bare eventfd, in turns."""
    woken = 0
    descriptor = os.eventfd(0)

    def wait() -> None:
        nonlocal woken
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while True:
            poll.poll()
            woken = time.monotonic_ns()
            os.read(descriptor, 8)

    threading.Thread(target=wait, daemon=True).start()
    with job_of(1) as job:

        @job.on_ranges
        def note(job: Job, file: File, ranges: RangeArray) -> None:
            nonlocal woken
            woken = time.monotonic_ns()

        ours, bare = [], []
        with closing(Feeder(job)) as feeding:
            for _ in range(RINGS):
                began = feeding.ring(PAUSE_US)
                ours.append(woken - began)
                began = feeder.write_eventfd(descriptor, PAUSE_US)
                bare.append(woken - began)
    return {
        "handler_us": statistics.median(ours) / 1e3,
        "eventfd_us": statistics.median(bare) / 1e3,
    }


TASKS = {
    "tap": lambda: {"single_per_s": tap(1), "bulk_per_s": tap(50)},
    "handlers": lambda: {"one_file": handlers(1), "many_files": handlers(FILES)},
    "latency": latency,
}

if __name__ == "__main__":
    task, path = sys.argv[1:]
    feeder.load(Path(path))
    print(json.dumps(TASKS[task]()))
