# SPDX-License-Identifier: MIT
"""A storm of calls: threads that call whatever there is on the same objects, and what must hold."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import random
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bitscb3 import BitsError, File, InvalidStateError, Job, Manager, RangeQueue, RemoteFile
from bitscb3.testing import Nginx, write_file
from support import PATIENCE, covered

MOST_BYTES = 300_000  # of a file
SIZES = (1, 4096, 70_001, MOST_BYTES)
MOST_KEPT = 12  # objects of a kind
EXPECTED = (BitsError, ValueError, TimeoutError, asyncio.TimeoutError)
ALSO_EXPECTED = {"Job.file": IndexError, "RangeQueue.job": KeyError}


class World:
    """What the threads share: a manager, and what came of it.

    Threads:
        Any. Lists are changed by single operations of Python's; `random` is one a thread.
    """

    def __init__(self, manager: Manager, nginx: Nginx, www: Path, folder: Path, seed: int) -> None:
        self.manager = manager
        self.folder = folder
        self.calls: dict[str, int] = defaultdict(int)  # by name; guarded by _lock
        self.faults: list[str] = []
        self._nginx = nginx
        self._contents = {size: write_file(www / f"f{size}", size)[:] for size in SIZES}
        self._kept: dict[str, list[Any]] = defaultdict(list)
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._draining: dict[RangeQueue, threading.Lock] = {}
        self._local = threading.local()
        self._seed = seed
        self.doing: dict[str, str] = {}  # by thread: the call it is in
        self.add("queues", RangeQueue(1 << 12))
        self.add("queues", RangeQueue(4))
        for _ in range(4):
            self.adopt(manager.create_job(self.name(), on_demand=True))

    @property
    def random(self) -> random.Random:
        """This thread's dice."""
        found = getattr(self._local, "random", None)
        if found is None:
            found = self._local.random = random.Random(self._seed + next(self._numbers))
        return found

    def name(self) -> str:
        """Of a job; few, so that they are found."""
        return f"job {self.random.randint(0, 5)}"

    def url(self) -> str:
        """Of some file."""
        return self._nginx.url(f"/f{self.random.choice(SIZES)}")

    def other_url(self, file: File) -> str:
        """Of the same content."""
        return f"{file.remote_name.partition('?')[0]}?{self.random.randint(0, 9)}"

    def place(self) -> Path:
        """Where nothing is yet."""
        return self.folder / f"here-{next(self._numbers)}"

    def span(self) -> tuple[int, int]:
        """Some bytes, also behind the end."""
        return self.random.randint(0, MOST_BYTES), self.random.choice((1, 100, 5000, 200_000))

    def content(self, file: File) -> bytes:
        """What the server has for it."""
        return self._contents[int(file.remote_name.partition("?")[0].rpartition("/f")[2])]

    def add(self, kind: str, thing: Any) -> None:
        """Keep it for all threads; an older one goes."""
        kept = self._kept[kind]
        kept.append(thing)
        with contextlib.suppress(IndexError):
            if len(kept) > MOST_KEPT:
                old = kept.pop(0)
                with contextlib.suppress(*EXPECTED):
                    if isinstance(old, Job):
                        old.cancel()
                    elif isinstance(old, RemoteFile):
                        old.close()

    def any(self, kind: str) -> Any:
        """One that is kept; ValueError when there is none yet."""
        kept = self._kept[kind].copy()
        if not kept:
            raise ValueError(f"no {kind} yet")
        return self.random.choice(kept)

    def adopt(self, job: Job) -> None:
        """Give a new job files and a handler that looks whether it is told anything twice."""
        told: dict[int, list[tuple[int, int]]] = defaultdict(list)  # by file; the dispatcher's

        @job.on_restarted
        def forget(job: Job, file: File) -> None:
            told[file.index].clear()

        @job.on_ranges
        def note(job: Job, file: File, ranges: Any) -> None:
            try:
                told[file.index] = covered([*told[file.index], *map(tuple, ranges)])
            except AssertionError as error:
                self.faults.append(f"{job!r}, file {file.index}: {error}")

        for file in job.add_files(
            [(self.url(), self.place()) for _ in range(self.random.randint(1, 3))]
        ):
            self.add("files", file)
        self.add("jobs", job)

    @contextlib.contextmanager
    def only_one(self, queue: RangeQueue) -> Iterator[bool]:
        """Whether this thread may drain: the promise is for one at a time."""
        lock = self._draining.setdefault(queue, threading.Lock())
        got = lock.acquire(blocking=False)
        try:
            yield got
        finally:
            if got:
                lock.release()

    def close_files(self) -> None:
        """As a program has to."""
        for opened in self._kept["opened"]:
            opened.close()

    def subject(self, kind: type) -> Any:
        """Some object of a class."""
        if kind is Manager:
            return self.manager
        if kind.__name__ == "HttpOptions":
            return self.any("jobs").http
        return self.any(KEPT_AS[kind.__name__])

    def run(self, name: str, work: Callable[[], object]) -> None:
        """One call; what it may not raise is a fault."""
        me = threading.current_thread().name
        self.doing[me] = name
        try:
            result = work()
            if inspect.iscoroutine(result):
                asyncio.run(_bounded(result, self.random.choice((0.01, 0.2))))
        except (*EXPECTED, ALSO_EXPECTED.get(name, ValueError)):
            pass
        except BaseException:
            self.faults.append(f"{name}:\n{traceback.format_exc()}")
        with self._lock:
            self.calls[name] += 1
        self.doing[me] = ""

    def check_files(self) -> int:
        """Every file under its final name is whole and right; returns how many there are."""
        wholes = set(self._contents.values())
        there = [path for path in self.folder.glob("here-*") if path.is_file()]
        for path in there:
            assert path.read_bytes() in wholes, f"{path} is not what the server has"
        return len(there)


KEPT_AS = {
    **{"Job": "jobs", "File": "files", "RangeRequest": "requests", "RangeQueue": "queues"},
    **{"EventStream": "streams", "RemoteFile": "opened"},
}


async def _bounded(coroutine: Any, seconds: float) -> None:
    await asyncio.wait_for(coroutine, seconds)


def storm(
    world: World, steps: list[tuple[str, Callable[[], object]]], threads: int, seconds: float
) -> None:
    """Have `threads` do `steps` at random for so long, and close the manager in the middle of it.

    Raises:
        AssertionError: A call hangs, or did what it may not.
    """
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            name, step = world.random.choice(steps)
            world.run(name, step)

    crowd = [threading.Thread(target=work, name=f"storm {n}", daemon=True) for n in range(threads)]
    for thread in crowd:
        thread.start()
    stop.wait(seconds)  # nothing sets it: the length of the storm
    closers = [
        threading.Thread(target=world.manager.close, name="closer 1", daemon=True),
        threading.Thread(
            target=lambda: asyncio.run(world.manager.aclose()), name="closer 2", daemon=True
        ),
    ]
    for thread in closers:
        thread.start()
    deadline = time.monotonic() + PATIENCE
    for thread in closers:
        thread.join(max(0.0, deadline - time.monotonic()))
    ended = world.manager.dispatcher.ended
    stop.set()
    for thread in crowd:
        thread.join(max(0.0, deadline - time.monotonic()))
    hanging = [thread.name for thread in [*closers, *crowd] if thread.is_alive()]
    assert not hanging, f"{hanging} hang in {world.doing}"
    assert ended, "close() returned before the dispatcher had ended"
    world.close_files()
    assert not world.faults, "\n".join(world.faults[:5])


def finish(manager: Manager) -> None:
    """Whatever the storm left in the store can be downloaded to its end."""
    for job in manager.jobs():
        if not job.files:
            job.cancel()
            continue
        job.suspend()
        job.http.judge_certificates(None)
        with contextlib.suppress(InvalidStateError):  # it has every byte
            job.on_demand = False
        job.rate_limit = None
        job.resume()
        job.wait(PATIENCE)
        job.complete()
