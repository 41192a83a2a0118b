# SPDX-License-Identifier: MIT
"""A program that forks itself before it has a manager, and whose children then end in every way.

It reads orders, lines of JSON, and answers each with a line of JSON: how every child ended. A child
is a whole program from there on: it ends as an interpreter does, unless the way is another one.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

late: list[Callable[[], object]] = []  # run at exit after everything of the package


@atexit.register
def _run_late() -> None:
    for function in late:
        function()


import asyncio  # noqa: E402
import concurrent.futures  # noqa: E402
import faulthandler  # noqa: E402

import bitscb3  # noqa: E402
from bitscb3 import Manager, RangeQueue  # noqa: E402

PROCESSES = 4  # at a time
HANG_S = 40.0
kept: list[object] = []  # until the interpreter clears modules


class Order(NamedTuple):
    """How children are to end."""

    way: str
    store: str
    folder: str  # a new one for each order
    url: str  # a file that takes longer than any child lives
    small: str  # a file that is here at once
    repeats: int
    seed: int


class Scene:
    """What a child is in the middle of: a job that transfers, and handlers that are called."""

    def __init__(self, order: Order, number: int) -> None:
        self.order = order
        self.path = Path(order.folder) / str(number)
        self.dice = random.Random(order.seed * 10_000 + number)
        self.manager = Manager("engine", order.store)
        self.job = self.manager.create_job(order.way)
        self.file = self.job.add_file(order.url, self.path)
        self.ranges = threading.Event()
        self.job.on_ranges(lambda job, file, ranges: self.ranges.set())
        self.job.resume()
        print(self.job.id, flush=True)

    def pause(self) -> None:
        """Let a moment pass, each time another one."""
        threading.Event().wait(self.dice.random() * 0.03)

    def send(self, number: signal.Signals) -> None:
        """Have a signal come in a moment."""
        threading.Timer(self.dice.random() * 0.03, os.kill, (os.getpid(), number)).start()

    def keep(self) -> None:
        """Have everything alive until modules are cleared."""
        kept.append(self)


def in_daemon(function: Callable[[], object]) -> None:
    """Run it in a daemon thread, whatever it raises."""

    def run() -> None:
        try:
            function()
        except (OSError, RuntimeError):
            pass  # the manager is closed

    threading.Thread(target=run, name="user", daemon=True).start()


def for_ever(function: Callable[[], object]) -> Callable[[], object]:
    """Call it again and again, whatever it raises."""

    def run() -> None:
        while True:
            try:
                function()
            except (OSError, RuntimeError):
                pass

    return run


# -- the ways ---------------------------------------------------------------------------------------


def returned(scene: Scene) -> None:
    """Main returns."""
    scene.keep()
    scene.pause()


def dropped(scene: Scene) -> None:
    """Main returns, and nobody holds the manager."""
    scene.pause()


def sys_exit(scene: Scene) -> None:
    """The main thread calls sys.exit."""
    scene.keep()
    scene.pause()
    sys.exit(3)


def exit_in_thread(scene: Scene) -> None:
    """Another thread calls sys.exit, which ends that one."""
    scene.keep()
    thread = threading.Thread(target=sys.exit, args=(3,))
    thread.start()
    scene.pause()


def os_exit(scene: Scene) -> None:
    """os._exit, in the main thread."""
    scene.keep()
    scene.pause()
    os._exit(4)


def os_exit_in_thread(scene: Scene) -> None:
    """os._exit, in another thread, while the main thread waits for the job."""
    scene.keep()
    threading.Timer(scene.dice.random() * 0.03, os._exit, (4,)).start()
    scene.job.wait()


def os_exit_in_handler(scene: Scene) -> None:
    """os._exit, in a handler."""
    scene.keep()
    scene.job.on_ranges(lambda job, file, ranges: os._exit(4))
    scene.job.wait()


def exit_in_handler(scene: Scene) -> None:
    """A handler calls sys.exit, which is logged as any error of a handler is; main returns."""
    scene.keep()
    called = threading.Event()

    @scene.job.on_ranges
    def leave(*_: object) -> None:
        called.set()
        sys.exit(3)

    called.wait()


def uncaught(scene: Scene) -> None:
    """An exception leaves main."""
    scene.keep()
    scene.pause()
    raise ValueError("the end")


def handler_blocks(scene: Scene) -> None:
    """A handler never returns; the exit waits for it for some seconds."""
    bitscb3.manager._SECONDS_AT_EXIT = 0.5  # type: ignore[misc]  # as well as five
    scene.keep()
    called = threading.Event()

    @scene.job.on_ranges
    def block(*_: object) -> None:
        called.set()
        threading.Event().wait()

    called.wait()


def handler_waits(scene: Scene) -> None:
    """A handler waits for its own job, which never ends."""
    scene.keep()
    called = threading.Event()

    @scene.job.on_ranges
    def block(job: bitscb3.Job, *_: object) -> None:
        called.set()
        job.wait()

    called.wait()


def daemons_wait(scene: Scene) -> None:
    """Daemon threads are in every blocking call."""
    scene.keep()
    queue = RangeQueue()
    kept.append(queue)
    in_daemon(scene.job.wait)
    in_daemon(scene.file.request_ranges([(1 << 20, 1000)]).result)
    in_daemon(lambda: scene.file.read(2 << 20, 1000))
    in_daemon(queue.drain)
    in_daemon(
        lambda: bitscb3.download(
            scene.order.url, scene.path.with_suffix(".d"), manager=scene.manager
        )
    )
    in_daemon(lambda: asyncio.run(_listen(scene.job)))
    scene.pause()


def daemons_call(scene: Scene) -> None:
    """Daemon threads call without a pause, also what is refused meanwhile."""
    scene.keep()
    manager, job, file = scene.manager, scene.job, scene.file
    in_daemon(for_ever(lambda: job.progress))
    in_daemon(for_ever(manager.jobs))
    in_daemon(for_ever(manager.stats))
    in_daemon(for_ever(lambda: file.read(0, 100, timeout=0.001)))
    in_daemon(for_ever(lambda: job.wait(0.0001)))
    scene.pause()


def daemons_open(scene: Scene) -> None:
    """A daemon thread opens managers, and closes them."""
    scene.keep()
    in_daemon(for_ever(lambda: Manager("engine", scene.order.store).close()))
    in_daemon(for_ever(lambda: scene.manager.create_job("never resumed").cancel()))
    scene.pause()


def thread_closes(scene: Scene) -> None:
    """Main returns while other threads close the manager."""
    scene.keep()
    for _ in range(2):
        in_daemon(scene.manager.close)


def tasks_pend(scene: Scene) -> None:
    """The event loop ends while tasks await everything."""
    scene.keep()

    async def main() -> None:
        await _start_tasks(scene)

    asyncio.run(main())


def exit_in_task(scene: Scene) -> None:
    """sys.exit in the event loop, while other tasks await everything."""
    scene.keep()

    async def main() -> None:
        await _start_tasks(scene)
        sys.exit(3)

    asyncio.run(main())


def loop_is_left(scene: Scene) -> None:
    """An event loop that is neither run to its end nor closed, with tasks that await everything."""
    scene.keep()
    loop = asyncio.new_event_loop()
    kept.append(loop)
    loop.run_until_complete(_start_tasks(scene))


async def _start_tasks(scene: Scene) -> None:
    async def wait(what: Any) -> None:
        await what

    tasks = [
        asyncio.ensure_future(one)
        for one in (
            wait(scene.job),
            wait(scene.file.request_ranges([(1 << 20, 1000)])),
            scene.file.aread(2 << 20, 1000),
            _listen(scene.job),
            bitscb3.adownload(scene.order.url, scene.path.with_suffix(".a"), manager=scene.manager),
        )
    ]
    kept.append(tasks)
    await asyncio.wait(tasks, timeout=scene.dice.random() * 0.03)


async def _listen(job: bitscb3.Job) -> None:
    async for _ in job.events():
        pass


def at_exit_before(scene: Scene) -> None:
    """A function at exit that runs before the manager is closed still has it."""
    scene.keep()

    def use() -> None:
        assert not scene.manager.closed
        print(scene.file.read(0, 10, timeout=HANG_S).hex())

    atexit.register(use)
    scene.pause()


def at_exit_after(scene: Scene) -> None:
    """A function at exit that runs after the manager was closed is told so."""
    scene.keep()

    def use() -> None:
        assert scene.manager.closed
        for call in (scene.job.resume, scene.manager.jobs, scene.job.events):
            try:
                call()
            except bitscb3.InvalidStateError:
                print("closed")
        scene.manager.close()

    late.append(use)
    scene.pause()


def opened_at_exit(scene: Scene) -> None:
    """A function at exit opens a manager, downloads with it, and leaves it open."""
    scene.keep()

    def use() -> None:
        manager = Manager("engine", scene.order.store)
        kept.append(manager)
        path = bitscb3.download(scene.order.small, scene.path.with_suffix(".l"), manager=manager)
        print(path.stat().st_size)

    late.append(use)
    scene.pause()


def files_open(scene: Scene) -> None:
    """File objects of open() are left open, one of them in the middle of a read."""
    scene.keep()
    one = bitscb3.open(scene.order.url, manager=scene.manager)
    other = bitscb3.open(scene.order.url, manager=scene.manager)
    kept.extend([one, other])
    in_daemon(lambda: other.read(8 << 20))
    scene.pause()


def in_cycle(scene: Scene) -> None:
    """Everything hangs in a cycle, with an object that calls the manager when it is cleared."""

    class Link:
        def __init__(self) -> None:
            self.scene = scene
            self.me = self

        def __del__(self) -> None:
            try:
                self.scene.job.resume()
            except (OSError, RuntimeError):
                pass

    kept.append(Link())
    Link()
    scene.pause()


def in_thread_local(scene: Scene) -> None:
    """Everything is in a threading.local, of the main thread and of a daemon."""
    local = threading.local()
    local.scene = scene
    kept.append(local)

    def hold() -> None:
        local.manager = Manager("engine", scene.order.store)
        local.file = bitscb3.open(scene.order.url, manager=local.manager)
        threading.Event().wait()

    in_daemon(hold)
    scene.pause()


def thread_downloads(scene: Scene) -> None:
    """A thread that is no daemon begins to download once main has returned, and gets its file."""
    scene.keep()
    path = scene.path.with_suffix(".t")

    def work() -> None:
        threading.main_thread().join()
        print(bitscb3.download(scene.order.small, path, manager=scene.manager).stat().st_size)

    threading.Thread(target=work).start()


def pool_downloads(scene: Scene) -> None:
    """A pool of threads is downloading when main returns, and gets its files."""
    scene.keep()
    pool = concurrent.futures.ThreadPoolExecutor(2)
    for number in range(3):
        path = scene.path.with_suffix(f".{number}")
        pool.submit(bitscb3.download, scene.order.small, path, manager=scene.manager)
    kept.append(pool)


def terminated(scene: Scene) -> None:
    """SIGTERM, which ends the process."""
    scene.keep()
    in_daemon(
        lambda: (
            threading.Event().wait(scene.dice.random() * 0.03)
            or os.kill(os.getpid(), signal.SIGTERM)
        )
    )
    scene.job.wait()


def terminated_politely(scene: Scene) -> None:
    """SIGTERM, whose handler in Python calls sys.exit."""
    scene.keep()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    in_daemon(
        lambda: (
            threading.Event().wait(scene.dice.random() * 0.03)
            or os.kill(os.getpid(), signal.SIGTERM)
        )
    )
    scene.job.wait()


def interrupted(scene: Scene) -> None:
    """SIGINT, which nobody catches."""
    scene.keep()
    in_daemon(
        lambda: (
            threading.Event().wait(scene.dice.random() * 0.03)
            or os.kill(os.getpid(), signal.SIGINT)
        )
    )
    scene.job.wait()


CODES = {
    returned: 0,
    dropped: 0,
    sys_exit: 3,
    exit_in_thread: 0,
    os_exit: 4,
    os_exit_in_thread: 4,
    os_exit_in_handler: 4,
    exit_in_handler: 0,
    uncaught: 1,
    handler_blocks: 0,
    handler_waits: 0,
    daemons_wait: 0,
    daemons_call: 0,
    daemons_open: 0,
    thread_closes: 0,
    tasks_pend: 0,
    exit_in_task: 3,
    loop_is_left: 0,
    at_exit_before: 0,
    at_exit_after: 0,
    opened_at_exit: 0,
    files_open: 0,
    in_cycle: 0,
    in_thread_local: 0,
    thread_downloads: 0,
    pool_downloads: 0,
    terminated: -signal.SIGTERM,
    terminated_politely: 143,
    interrupted: -signal.SIGINT,
}
WAYS = {way.__name__: way for way in CODES}


# -- the program ------------------------------------------------------------------------------------


def spawn(order: Order, codes: dict[int, int]) -> int | None:
    """Run the children of an order, and note how they ended; in a child return its number."""
    numbers: dict[int, int] = {}
    ends: dict[int, float] = {}
    pending = list(range(order.repeats))
    tick = threading.Event()
    while pending or numbers:
        while pending and len(numbers) < PROCESSES:
            number = pending.pop(0)
            process = os.fork()
            if process == 0:
                return number
            numbers[process] = number
            ends[process] = time.monotonic() + HANG_S + 5
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended:
            codes[numbers.pop(ended)] = os.waitstatus_to_exitcode(status)
        else:
            tick.wait(0.002)
        for process in numbers:
            if time.monotonic() > ends[process]:
                os.kill(process, signal.SIGKILL)
    return None


def main() -> None:
    """Serve orders; a child goes its way and returns."""
    for line in sys.stdin:
        order = Order(**json.loads(line))
        codes: dict[int, int] = {}
        number = spawn(order, codes)
        if number is None:
            print(json.dumps([codes[one] for one in range(order.repeats)]), flush=True)
            continue
        base = Path(order.folder) / f"{number}"
        for descriptor, suffix in ((1, ".out"), (2, ".err")):
            file = os.open(base.with_suffix(suffix), os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(file, descriptor)
            os.close(file)
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        WAYS[order.way](Scene(order, number))
        return


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
