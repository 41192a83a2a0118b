# SPDX-License-Identifier: MIT
"""Does one thing again and again, and tells what the process holds meanwhile.

It reads orders, lines of JSON, and answers each with a line of JSON: what was held after so many
cycles.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from growth import Held, held

import bitscb3
from bitscb3 import InvalidStateError, Job, Manager, RangeQueue
from bitscb3.errors import BitsError

WINDOWS = 16
SMALL = 8 << 10  # bytes of /small
VERSIONS = 8 << 10  # bytes of /changing


class Order(NamedTuple):
    """What to do, and how often."""

    kind: str
    cycles: int
    store: str
    folder: str
    served: str  # the folder behind the URL
    url: str


class Ground:
    """What a kind works with: a manager, and jobs that live as long as it is measured."""

    def __init__(self, order: Order) -> None:
        self.store = order.store
        self.folder = Path(order.folder)
        self.served = Path(order.served)
        self.url = order.url
        self.manager = Manager("engine", order.store)
        self.demand = self.manager.create_job("demand", on_demand=True)
        self.file = self.demand.add_file(order.url + "/small", self.folder / "demand")
        assert self.file.read(0, 10) == bytes(10)
        self.slow = self.manager.create_job("slow", on_demand=True)
        self.part = self.slow.add_file(order.url + "/slow", self.folder / "slow")
        self.changing = self.manager.create_job("changing", on_demand=True)
        self.version = self.changing.add_file(order.url + "/changing", self.folder / "changing")
        self.queue = RangeQueue(1024)
        self.count = 0

    def path(self) -> Path:
        """A name that was not used."""
        self.count += 1
        return self.folder / str(self.count)

    def small(self, job: Job) -> Path:
        """Add the small file."""
        path = self.path()
        job.add_file(self.url + "/small", path)
        return path

    def close(self) -> None:
        """Leave nothing."""
        for job in self.manager.jobs():
            job.cancel()
        self.queue.close()
        self.manager.close()


def created(ground: Ground) -> None:
    """A job is made and cancelled."""
    ground.manager.create_job("a").cancel()


def filled(ground: Ground) -> None:
    """A job with files, handlers and headers is made and cancelled."""
    job = ground.manager.create_job("a")
    job.description = "some words"
    job.http.headers = {"X-Some": "value"}
    for _ in range(3):
        ground.small(job)
    job.on_ranges(lambda job, file, ranges: None)
    job.cancel()


def downloaded(ground: Ground) -> None:
    """A job with a handler downloads a file and is completed."""
    with ground.manager.create_job("a") as job:
        path = ground.small(job)
        job.on_ranges(lambda job, file, ranges: None)
        job.on_transferred(lambda job: None)
    path.unlink()


def requested(ground: Ground) -> None:
    """An on-demand job serves two requests and is cancelled."""
    job = ground.manager.create_job("a", on_demand=True)
    ground.small(job)
    job.file(0).request_ranges([(0, 100), (4000, 100)]).result()
    job.file(0).request_ranges([(2000, 100)]).result()
    job.cancel()


def withdrawn(ground: Ground) -> None:
    """A request of a job that goes on is cancelled."""
    request = ground.part.request_ranges([(1 << 20, 100)])
    request.cancel()
    try:
        request.result()
    except InvalidStateError:
        pass


def read(ground: Ground) -> None:
    """Bytes are read."""
    assert len(ground.file.read(5, 1000)) == 1000
    ground.file.readinto(0, bytearray(10))


async def aread(ground: Ground) -> None:
    """Bytes are read in a task, and a request is awaited."""
    assert len(await ground.file.aread(5, 1000)) == 1000
    await ground.file.request_ranges([(0, 10)])


async def timed_out(ground: Ground) -> None:
    """Tasks give up waiting for a request and for a job."""
    request = ground.part.request_ranges([(1 << 20, 100)])
    for one in (request, ground.slow):
        task = asyncio.ensure_future(_of(one))
        await asyncio.wait([task], timeout=0)
        await asyncio.wait([task], timeout=0)
        task.cancel()
        await asyncio.wait([task])
    request.cancel()


async def _of(one: Awaitable[object]) -> None:
    await one


def waited(ground: Ground) -> None:
    """Waits for a job and for a request run out of time."""
    request = ground.part.request_ranges([(1 << 20, 100)])
    for wait in (request.result, ground.slow.wait):
        try:
            wait(0.0005)
        except TimeoutError:
            pass
    request.cancel()


def handlers(ground: Ground) -> None:
    """Handlers are attached and detached."""
    first = ground.demand.on_ranges(lambda job, file, ranges: None)
    second = ground.demand.on_modified(lambda job: None)
    ground.demand.remove_handler(first)
    ground.demand.remove_handler(second)


def callbacks(ground: Ground) -> None:
    """The callback is replaced."""

    class Callback(bitscb3.Callback3):
        def job_transferred(self, job: Job) -> None:
            pass

    ground.demand.callback = Callback()
    ground.demand.callback = None


async def streams(ground: Ground) -> None:
    """Streams are read, closed, and dropped."""
    stream = ground.demand.events()
    await anext(stream)
    await stream.aclose()
    await anext(ground.demand.events())


def queues(ground: Ground) -> None:
    """A queue is attached and closed."""
    with RangeQueue(64) as queue:
        queue.attach(ground.demand)
        queue.drain(0)


def jobs_of_a_queue(ground: Ground) -> None:
    """Jobs are attached to one queue and detached from it."""
    job = ground.manager.create_job("a")
    number = ground.queue.attach(job)
    assert ground.queue.job(number) is job
    ground.queue.detach(job)
    ground.queue.drain(0)
    job.cancel()


def calls(ground: Ground) -> None:
    """download() gets a file."""
    bitscb3.download(ground.url + "/small", ground.path(), manager=ground.manager).unlink()


async def acalls(ground: Ground) -> None:
    """adownload() gets a file."""
    (await bitscb3.adownload(ground.url + "/small", ground.path(), manager=ground.manager)).unlink()


def opened(ground: Ground) -> None:
    """open() reads of a file."""
    with bitscb3.open(ground.url + "/small", manager=ground.manager) as file:
        file.seek(4000)
        assert file.read(10) == bytes(10)


def missing(ground: Ground) -> None:
    """A transfer fails: 404."""
    job = ground.manager.create_job("a")
    job.add_file(ground.url + "/missing", ground.path())
    job.on_error(lambda job, error: None)
    job.resume()
    try:
        job.wait()
    except BitsError:
        job.cancel()


def restarted(ground: Ground) -> None:
    """A file changes on the server while it is read, and begins anew."""
    ground.count += 1
    fresh = ground.served / "fresh"
    fresh.write_bytes(bytes([ground.count % 256]) * VERSIONS)
    os.utime(fresh, (ground.count * 10, ground.count * 10))  # nginx's ETag is made of it
    fresh.replace(ground.served / "changing")
    at = ground.count * 10 % VERSIONS
    ground.version.read(at, 10)


def suspended(ground: Ground) -> None:
    """A job is suspended and resumed."""
    ground.slow.suspend()
    ground.slow.resume()


def looked(ground: Ground) -> None:
    """Everything is looked at."""
    manager, job, file = ground.manager, ground.demand, ground.file
    manager.jobs(), manager.job(job.id), manager.find_job("slow"), manager.stats()
    job.progress, job.state, job.times, job.error, job.files, repr(job)
    file.progress, file.response_headers, file.filled_ranges(), repr(file), file.temporary_name
    with file.open() as stream:
        stream.read(10)


def refused(ground: Ground) -> None:
    """Calls are refused."""
    for call in (
        ground.demand.complete,
        lambda: ground.file.request_ranges([]),
        lambda: ground.demand.add_file("gopher://x/", "y"),
        lambda: ground.manager.job("00000000-0000-0000-0000-000000000000"),
    ):
        try:
            call()
        except (BitsError, ValueError):
            pass


def verbose(ground: Ground) -> None:
    """What libcurl says of a request is logged."""
    ground.manager.verbose = True
    requested(ground)
    ground.manager.verbose = False


def managers(ground: Ground) -> None:
    """A manager is opened on the store, has a job, and is closed."""
    with Manager("engine", ground.store) as manager:
        job = manager.create_job("a")
        job.on_ranges(lambda job, file, ranges: None)
        job.cancel()


def dropped(ground: Ground) -> None:
    """Managers, jobs, requests and streams are dropped; who has handlers would stay."""
    manager = Manager("engine", ground.store)
    job = manager.create_job("a", on_demand=True)
    ground.small(job)
    job.file(0).request_ranges([(0, 10)])
    job.events()
    identity = job.id
    del job, manager
    for _ in range(1000):  # the dispatcher may be at work for the one that was dropped
        gc.collect()
        try:
            ground.manager.job(identity).cancel()
        except bitscb3.JobLeasedError:
            threading.Event().wait(0.005)
        else:
            return
    raise AssertionError("a manager that was dropped keeps its job")


# Thousandths of the cycles asked for.
SHARES: dict[Callable[[Ground], Awaitable[None] | None], int] = {
    created: 1000,
    filled: 300,
    downloaded: 100,
    requested: 100,
    withdrawn: 300,
    read: 1000,
    aread: 300,
    timed_out: 300,
    waited: 100,
    handlers: 1000,
    callbacks: 1000,
    streams: 300,
    queues: 300,
    jobs_of_a_queue: 300,
    calls: 100,
    acalls: 100,
    opened: 100,
    missing: 100,
    restarted: 100,
    suspended: 300,
    looked: 300,
    refused: 300,
    verbose: 100,
    managers: 40,
    dropped: 40,
}
KINDS = {kind.__name__: kind for kind in SHARES}


def measure(order: Order) -> tuple[list[int], list[Held]]:
    """Do it, and tell after how many cycles what was held."""
    kind = KINDS[order.kind]
    share = max(order.cycles * SHARES[kind] // 1000 // WINDOWS, 2)
    ground = Ground(order)
    loop = asyncio.new_event_loop()
    done: list[int] = []
    found: list[Held] = []

    async def cycle() -> None:
        result = kind(ground)
        assert result is not None
        await result

    for window in range(WINDOWS):
        for _ in range(share):
            if asyncio.iscoroutinefunction(kind):
                loop.run_until_complete(cycle())
            else:
                kind(ground)
        done.append((window + 1) * share)
        found.append(held(Path(order.store), ground.folder))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    ground.close()
    return done, found


def main() -> None:
    """Serve orders."""
    logging.getLogger("bitscb3").addHandler(logging.NullHandler())
    for line in sys.stdin:
        began = time.monotonic()
        done, found = measure(Order(**json.loads(line)))
        seconds = time.monotonic() - began
        answer = {"done": done, "held": [one._asdict() for one in found], "seconds": seconds}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
