# SPDX-License-Identifier: MIT
"""Mixed work with one store, by several threads, as a program of its own; it tells what it holds.

    python soak_program.py '{"store": …, "folder": …, "seconds": …, "seed": …, "nginx": …, "faults": …}'

All threads rest once a round, with their jobs ended, while the program looks at itself. It writes a
line of JSON for each round, and at last one of what was done.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from growth import held

import bitscb3
from bitscb3 import InvalidStateError, JobState, Manager, RangeQueue, Settings
from bitscb3.errors import TransferError
from bitscb3.testing import Content, KillResume, Moment
from support import KIB, MIB, PATIENCE

SMALL = Content(40 * KIB, seed=1)
LARGE = Content(3 * MIB, seed=2)
CUT = Content(300 * KIB, seed=3)
VERSIONS = [Content(200 * KIB, seed=10 + version) for version in range(2)]
THREADS = 3
ROUND_S = 1.0
ROUNDS = 60  # at most: longer runs have longer rounds
LONGEST_S = 4 * PATIENCE


class Order(NamedTuple):
    """What the program is to do; folders and URLs without a slash at the end."""

    store: str
    folder: str
    seconds: float
    seed: int
    nginx: str  # serves /small, /large, and /slow at a few bytes a second
    faults: str  # serves /cut and /changing


class Worker:
    """One thread's work: each kind checks what it got, and leaves nothing behind.

    Threads:
        One; the manager is everybody's.
    """

    def __init__(self, order: Order, manager: Manager, number: int) -> None:
        self._order = order
        self._manager = manager
        self._dice = random.Random(order.seed * 1000 + number)
        self._folder = Path(order.folder) / str(number)
        self._folder.mkdir()
        self._count = 0
        self.done: Counter[str] = Counter()
        self._kinds: list[Callable[[], None]] = [
            self.download,
            self.three_files,
            self.on_demand,
            self.withdrawn,
            self.cut,
            self.changing,
            self.missing,
            self.suspended,
            self.limited,
            self.opened,
            self.streamed,
            self.queued,
            self.abandoned,
            self.second_manager,
        ]

    def work(self) -> None:
        """Do one thing."""
        kind = self._dice.choice(self._kinds)
        kind()
        self.done[kind.__name__] += 1

    # -- kinds of work ----------------------------------------------------------------------------

    def download(self) -> None:
        path = bitscb3.download(
            self._order.nginx + "/small", self._path(), manager=self._manager, sha256=SMALL.sha256()
        )
        self._check(path, SMALL)

    def three_files(self) -> None:
        paths = [self._path() for _ in range(3)]
        got: list[int] = []
        with self._manager.create_job("three") as job:
            job.on_ranges(lambda job, file, ranges: got.append(sum(n for _, n in ranges)))
            job.on_transferred(lambda job: None)
            job.add_files([(self._order.nginx + "/small", path) for path in paths])
        for path in paths:
            self._check(path, SMALL)

    def on_demand(self) -> None:
        job = self._manager.create_job("parts", on_demand=True)
        file = job.add_file(self._order.nginx + "/large", self._path())
        for _ in range(5):
            offset = self._dice.randrange(len(LARGE) - 10 * KIB)
            assert file.read(offset, 9999, timeout=LONGEST_S) == LARGE[offset : offset + 9999]
        job.cancel()

    def withdrawn(self) -> None:
        job = self._manager.create_job("withdrawn", on_demand=True)
        file = job.add_file(self._order.nginx + "/slow", self._path())
        requests = [file.request_ranges([(i * 64 * KIB, 1000)]) for i in range(4)]
        for request in requests:
            request.cancel()
        with contextlib.suppress(InvalidStateError):
            requests[0].result(LONGEST_S)
        job.cancel()

    def cut(self) -> None:
        path = self._path()
        with self._manager.create_job("cut") as job:
            job.add_file(self._order.faults + "/cut", path)
        self._check(path, CUT)

    def changing(self) -> None:
        path = self._path()
        try:
            with self._manager.create_job("changing") as job:
                job.on_restarted(lambda job, file: None)
                job.add_file(self._order.faults + "/changing", path)
        except TransferError as error:
            assert error.name == "BG_E_REMOTE_FILE_CHANGED", error
            return  # it changed too often
        data = path.read_bytes()
        assert any(data == version[:] for version in VERSIONS), "spliced from two versions"
        path.unlink()

    def missing(self) -> None:
        job = self._manager.create_job("missing")
        job.add_file(self._order.faults + "/missing", self._path())
        job.resume()
        try:
            job.wait(LONGEST_S)
        except TransferError as error:
            assert error.name == "BG_E_HTTP_ERROR_404", error
        else:
            raise AssertionError("a file that is not there was downloaded")
        job.cancel()

    def suspended(self) -> None:
        path = self._path()
        job = self._manager.create_job("suspended")
        job.add_file(self._order.nginx + "/large", path)
        for _ in range(3):
            job.resume()
            job.suspend()
        job.resume()
        assert job.wait(LONGEST_S) is JobState.TRANSFERRED
        job.complete()
        self._check(path, LARGE)

    def limited(self) -> None:
        path = self._path()
        job = self._manager.create_job("limited")
        job.rate_limit = 4 * MIB
        job.add_file(self._order.nginx + "/large", path)
        job.resume()
        if self._dice.random() < 0.5:
            job.rate_limit = None
            job.wait(LONGEST_S)
            job.complete()
            self._check(path, LARGE)
        else:
            job.cancel()

    def opened(self) -> None:
        with bitscb3.open(
            self._order.nginx + "/large", manager=self._manager, timeout=LONGEST_S
        ) as file:
            for _ in range(3):
                offset = file.seek(self._dice.randrange(len(LARGE) - 10 * KIB))
                assert file.read(9000) == LARGE[offset : offset + 9000]

    def streamed(self) -> None:
        path = self._path()

        async def stream() -> int:
            job = self._manager.create_job("streamed")
            events = job.events()
            file = job.add_file(self._order.nginx + "/small", path)
            job.resume()
            assert await file.aread(5, 100) == SMALL[5:105]
            count = 0
            async for _ in events:
                count += 1
            await job.acomplete()
            return count

        assert asyncio.run(asyncio.wait_for(stream(), LONGEST_S)) >= 2
        self._check(path, SMALL)

    def queued(self) -> None:
        path = self._path()
        with RangeQueue(64) as queue, self._manager.create_job("queued") as job:
            job.add_file(self._order.nginx + "/small", path)
            queue.attach(job)
            job.resume()
            seen = 0
            while seen < len(SMALL):
                batch = queue.drain(LONGEST_S)
                assert len(batch), "nothing came"
                seen += sum(length for _, length in batch)
            queue.detach(job)
        self._check(path, SMALL)

    def abandoned(self) -> None:
        """A job, a stream and a request that are dropped half-way."""
        job = self._manager.create_job("abandoned", on_demand=True)
        file = job.add_file(self._order.nginx + "/slow", self._path())
        job.on_ranges(lambda job, file, ranges: None)
        job.events()
        file.request_ranges([(0, 1000)])
        identity = job.id
        del job, file
        self._manager.job(identity).cancel()

    def second_manager(self) -> None:
        with Manager("engine", self._order.store) as second:
            with second.create_job("second") as job:
                path = self._path()
                job.add_file(self._order.nginx + "/small", path)
            self._check(path, SMALL)

    # -- what they share --------------------------------------------------------------------------

    def _path(self) -> Path:
        self._count += 1
        return self._folder / str(self._count)

    def _check(self, path: Path, content: Content) -> None:
        assert path.read_bytes() == content[:], f"{path} has other bytes than its server"
        path.unlink()


def killed(store: Path, moment: Moment, url: str, path: str) -> None:
    """Begin a job, and be killed in the middle of it."""
    manager = Manager("engine", store)
    job = manager.create_job("killed")
    job.add_file(url, path)
    job.resume()
    moment("resumed")


def adopt(order: Order, manager: Manager) -> None:
    """Let a program on the same store be killed, and finish its job."""
    path = Path(order.folder) / "killed"
    with KillResume(order.store, lambda: Manager("engine", order.store)) as kill_resume:
        kill_resume(killed, order.nginx + "/large", str(path), at="resumed", timeout=LONGEST_S)
        job = manager.find_job("killed")
        assert job is not None, "the job of a killed program is lost"
        job.resume()
        assert job.wait(LONGEST_S) is JobState.TRANSFERRED
        job.complete()
    assert path.read_bytes() == LARGE[:]
    path.unlink()


def soak(order: Order) -> None:
    """Work in rounds, and tell what is held between them."""
    began = time.monotonic()
    rounds = max(int(order.seconds / ROUND_S), 8)
    round_s = order.seconds / min(rounds, ROUNDS)
    done: Counter[str] = Counter()
    store, folder = Path(order.store), Path(order.folder)
    settings = Settings(minimum_retry_delay_s=5, connections=16)
    with Manager("engine", store, settings) as manager:
        workers = [Worker(order, manager, number) for number in range(THREADS)]
        while (since := time.monotonic() - began) < order.seconds:
            until = time.monotonic() + round_s
            failures: list[BaseException] = []
            threads = [
                threading.Thread(target=_work, args=(worker, until, failures), name="worker")
                for worker in workers
            ]
            for thread in threads:
                thread.start()
            adopt(order, manager)
            for thread in threads:
                thread.join()
            done["adopted"] += 1
            if failures:
                raise failures[0]
            left = [repr(job) for job in manager.jobs()]
            assert not left, f"jobs are left: {left}"
            since = time.monotonic() - began
            count = sum(sum(worker.done.values()) for worker in workers)
            now = held(store, folder)
            print(json.dumps({"seconds": since, "count": count, **now._asdict()}), flush=True)
        for worker in workers:
            done.update(worker.done)
        numbers = manager.stats()
    print(json.dumps({"done": done, "stats": numbers._asdict()}), flush=True)


def _work(worker: Worker, until: float, failures: list[BaseException]) -> None:
    try:
        while time.monotonic() < until and not failures:
            worker.work()
    except BaseException as error:
        failures.append(error)


if __name__ == "__main__":
    soak(Order(**json.loads(sys.argv[1])))
