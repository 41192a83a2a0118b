# SPDX-License-Identifier: MIT
"""Signals: SIGINT ends every wait, and storms of signals hurt no transfer."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
import signal_program
from signal_program import Scene

from bitscb3 import JobState, RangeQueue
from bitscb3.testing import FaultServer, Nginx, raw, write_file
from support import KIB, MIB, PATIENCE, eventually, open_manager

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX's signals")

CALLS = [name for name in vars(Scene) if not name.startswith("_")]
SHORT, LONG = 6, 100  # interrupts of each call


@pytest.fixture
def slow(www: Path) -> Iterator[Nginx]:
    """A server of a file that takes longer than any test, and of a small one."""
    write_file(www / "small", 40 * KIB)
    write_file(www / "large", 4 * MIB)
    with Nginx(www, extra_config="location /large { limit_rate 10k; }") as nginx:
        yield nginx


@pytest.mark.timeout(600)
@pytest.mark.parametrize("call", CALLS)
def test_control_c_in(
    call: str, slow: Nginx, tmp_path: Path, is_long: bool, figure: Callable[[str, object], None]
) -> None:
    """SIGINT ends a blocking call at any moment, and everything works afterwards as before."""
    repeats = LONG if is_long else SHORT
    seed = random.randrange(1 << 32)
    out = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", signal_program.__file__, call),
            *(tmp_path / "store", tmp_path, slow.url("/large"), slow.url("/small")),
            *(str(repeats), str(seed)),
        ],
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE,
        check=False,
    )
    assert out.returncode == 0, (seed, out.stderr)
    assert out.stderr == ""
    found = json.loads(out.stdout)
    assert found["slowest"] < PATIENCE / 2
    figure(f"interrupts, {call}", f"{repeats}, the slowest after {found['slowest'] * 1000:.0f} ms")


@contextmanager
def handled(number: signal.Signals) -> Iterator[list[int]]:
    """A handler in Python that counts."""
    came: list[int] = []

    def count(number: int, frame: FrameType | None) -> None:
        came.append(number)

    before = signal.signal(number, count)
    try:
        yield came
    finally:
        signal.signal(number, before)


@contextmanager
def alarms() -> Iterator[list[int]]:
    """SIGALRM a thousand times a second, to whichever thread the system takes."""
    with handled(signal.SIGALRM) as came:
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        try:
            yield came
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def dying_children() -> Iterator[list[int]]:
    """SIGCHLD of children that end one after another."""
    ended = threading.Event()

    def bear() -> None:
        while not ended.is_set():
            subprocess.run(["true"], check=True)

    with handled(signal.SIGCHLD) as came:
        threads = [threading.Thread(target=bear) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            yield came
        finally:
            ended.set()
            for thread in threads:
                thread.join()


@pytest.mark.parametrize("storm", [alarms, dying_children])
def test_storm(
    storm: Callable[[], Iterator[list[int]]],
    www: Path,
    nginx: Nginx,
    tmp_path: Path,
    figure: Callable[[str, object], None],
) -> None:
    """Downloads, ranges and waits go on under a storm of signals, and none is answered early."""
    content = write_file(www / "a", 24 * MIB)
    with storm() as came, open_manager(tmp_path) as manager:
        for number in range(3):
            with manager.create_job("whole") as job:
                job.add_file(nginx.url("/a"), tmp_path / "a")
            assert (tmp_path / "a").read_bytes() == content[:], number
        demand = manager.create_job("parts", on_demand=True)
        file = demand.add_file(nginx.url("/a"), tmp_path / "b")
        for offset in range(0, len(content), 2 * MIB):
            assert file.read(offset, 1000) == content[offset : offset + 1000]
        with RangeQueue() as queue:
            queue.attach(demand)
            assert len(queue.drain(0.2)) == 0  # it has its time, and nothing came
        eventually(lambda: came)
        demand.cancel()
    figure(f"signals, {storm.__name__}", len(came))


def test_sigterm_with_a_handler(fault_server: FaultServer, slow: Nginx, tmp_path: Path) -> None:
    """A signal with a handler in Python runs it at once, in a wait, which then goes on."""
    with handled(signal.SIGTERM) as came, open_manager(tmp_path) as manager:
        job = manager.create_job("slow")
        job.add_file(slow.url("/large"), tmp_path / "a")
        job.resume()
        ender = threading.Thread(
            target=lambda: (eventually(lambda: len(came) == 3), job.cancel()), daemon=True
        )
        ender.start()

        def send() -> None:
            for count in range(3):
                os.kill(os.getpid(), signal.SIGTERM)
                eventually(lambda count=count: len(came) > count)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        assert job.wait(PATIENCE) is JobState.CANCELLED
        sender.join()
        ender.join()
    assert len(came) == 3


def test_sigpipe_never_kills(tmp_path: Path) -> None:
    """Connections that a server drops end no process, also one that has SIGPIPE's default."""
    code = """
import signal, sys, bitscb3
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
with bitscb3.Manager("engine", sys.argv[1], bitscb3.Settings(reconnects=0)) as manager:
    jobs = [manager.create_job("a", on_demand=number % 2 == 0) for number in range(16)]
    for number, job in enumerate(jobs):
        job.http.headers = {f"X-{i}": "x" * 3500 for i in range(4)}
        job.no_progress_timeout = 0
        file = job.add_file(sys.argv[2], f"{sys.argv[1]}/{number}")
        job.resume()
        if job.on_demand:
            file.request_ranges([(0, 1)])
    for job in jobs:
        try:
            job.wait()
        except bitscb3.TransferError:
            job.cancel()
        else:
            raise SystemExit("a dropped connection brought a file")
"""
    with FaultServer() as server:
        url = server.serve("/a", raw())
        out = subprocess.run(
            [sys.executable, "-c", code, tmp_path, url],
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )
    assert (out.returncode, out.stderr) == (0, "")


def test_wakeup_descriptor_of_another(slow: Nginx, tmp_path: Path) -> None:
    """A wait leaves the wake-up descriptor of the program where it is, and gives its signals on."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with handled(signal.SIGUSR1), open_manager(tmp_path) as manager:
        job = manager.create_job("slow")
        job.add_file(slow.url("/large"), tmp_path / "a")
        job.resume()
        signal.set_wakeup_fd(writing)
        try:
            sender = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
            sender.start()
            with pytest.raises(TimeoutError):
                job.wait(0.2)
            sender.join()
        finally:
            assert signal.set_wakeup_fd(-1) == writing
        assert os.read(reading, 10) == bytes([signal.SIGUSR1])
        job.cancel()
    os.close(reading)
    os.close(writing)


async def test_signals_of_asyncio(slow: Nginx, tmp_path: Path) -> None:
    """The event loop has its signals while tasks await, and after a wait that blocked its loop."""
    loop = asyncio.get_running_loop()
    came = asyncio.Queue[int]()
    loop.add_signal_handler(signal.SIGUSR1, came.put_nowait, 1)
    try:
        async with open_manager(tmp_path) as manager:
            job = manager.create_job("slow")
            job.add_file(slow.url("/large"), tmp_path / "a")
            job.resume()

            async def wait() -> None:
                await job

            task = asyncio.ensure_future(wait())
            for _ in range(3):
                os.kill(os.getpid(), signal.SIGUSR1)
                assert await asyncio.wait_for(came.get(), PATIENCE)
                with pytest.raises(TimeoutError):
                    job.wait(0.01)
            os.kill(os.getpid(), signal.SIGUSR1)
            with pytest.raises(TimeoutError):
                job.wait(0.01)
            assert await asyncio.wait_for(came.get(), PATIENCE)
            job.cancel()
            await task
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
