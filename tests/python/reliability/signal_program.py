# SPDX-License-Identifier: MIT
"""Blocking calls of the main thread that SIGINT ends, again and again, and what works afterwards.

    python signal_program.py CALL STORE FOLDER URL SMALL REPEATS SEED

URL is a file that never comes to its end. It prints how often KeyboardInterrupt was raised, and the
longest time from a signal to that, as JSON.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import bitscb3
from bitscb3 import Manager, RangeQueue

HANG_S = 40.0


class Scene:
    """A job that never ends, and everything that waits for it."""

    def __init__(self, store: str, folder: str, url: str, small: str) -> None:
        self.folder = Path(folder)
        self.url, self.small = url, small
        self.manager = Manager("engine", store)
        self.job = self.manager.create_job("slow")
        self.job.add_file(url, self.folder / "slow")
        self.job.resume()
        self.demand = self.manager.create_job("demand", on_demand=True)
        self.file = self.demand.add_file(url, self.folder / "demand")
        self.request = self.file.request_ranges([(1 << 20, 1000)])
        self.queue = RangeQueue()
        self.count = 0
        self.blocks = False

    # -- calls ------------------------------------------------------------------------------------

    def wait(self) -> None:
        self.job.wait()

    def wait_with_progress(self) -> None:
        self.job.wait(progress=lambda progress: None)

    def result(self) -> None:
        self.request.result()

    def drain(self) -> None:
        self.queue.drain()

    def read(self) -> None:
        self.file.read(1 << 20, 1000)

    def read_opened(self) -> None:
        with self.file.open() as stream:
            stream.seek(1 << 20)
            stream.read(1000)

    def download(self) -> None:
        bitscb3.download(self.url, self.folder / "download", manager=self.manager)

    def open(self) -> None:
        with bitscb3.open(self.url, manager=self.manager) as stream:
            stream.seek(1 << 20)
            stream.read(1000)

    def with_job(self) -> None:
        self.count += 1
        with self.manager.create_job("block") as job:
            job.add_file(self.url, self.folder / f"block {self.count}")

    def events(self) -> None:
        async def listen() -> None:
            async for _ in self.job.events():
                pass

        asyncio.run(listen())

    def awaited(self) -> None:
        async def of_job() -> None:
            await self.job

        asyncio.run(of_job())

    def aread(self) -> None:
        asyncio.run(self.file.aread(1 << 20, 1000))

    def adownload(self) -> None:
        asyncio.run(bitscb3.adownload(self.url, self.folder / "adownload", manager=self.manager))

    def complete(self) -> None:
        """Download small files and complete them, for ever: the disk is waited for."""
        while True:
            self.count += 1
            path = self.folder / f"small {self.count}"
            job = self.manager.create_job("small")
            job.add_file(self.small, path)
            job.resume()
            job.wait()
            job.complete()
            path.unlink()

    def close(self) -> None:
        """Close a manager whose handler does not return."""
        called = threading.Event()
        release = threading.Event()
        manager = Manager("engine", self.folder / "other")
        job = manager.create_job("a")
        job.add_file(self.url, self.folder / "other file")

        @job.on_ranges
        def block(*_: object) -> None:
            called.set()
            release.wait()

        try:
            job.resume()
            called.wait()
            manager.close()
            raise AssertionError("close() did not wait for the handler")
        finally:
            release.set()
            manager.close()


class Sender:
    """Sends SIGINT to this process after a moment, and notes when."""

    def __init__(self, moment: float) -> None:
        self.sent = 0.0
        self._moment = moment
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.start = self._thread.start
        self.join = self._thread.join

    def _run(self) -> None:
        threading.Event().wait(self._moment)
        self.sent = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)


def interrupt(call: Callable[[], None], moment: float) -> float:
    """Seconds from the signal to the exception."""
    sender = Sender(moment)
    try:
        sender.start()
        call()
        sender.join()
        raise AssertionError("it was not interrupted")
    except KeyboardInterrupt:
        sender.join()
        return time.monotonic() - sender.sent


def check(scene: Scene) -> None:
    """Everything works as before; a job that its block left as it is is ended here."""
    for job in scene.manager.jobs():
        if job.name == "block":
            job.cancel()
    assert scene.job.state is not bitscb3.JobState.ERROR
    path = scene.folder / "after"
    assert bitscb3.download(scene.small, path, manager=scene.manager).stat().st_size
    path.unlink()
    part = scene.file.request_ranges([(0, 10)])
    part.result(HANG_S)
    assert signal.set_wakeup_fd(-1) == -1


def main() -> None:
    """Interrupt the call, and look what is left."""
    name, store, folder, url, small, repeats, seed = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faulthandler.dump_traceback_later(HANG_S, exit=True)
    scene = Scene(store, folder, url, small)
    dice = random.Random(int(seed))
    slowest = 0.0
    for _ in range(int(repeats)):
        slowest = max(slowest, interrupt(getattr(scene, name), dice.random() * 0.05))
        check(scene)
    for job in scene.manager.jobs():
        job.cancel()
    scene.manager.close()
    print(json.dumps({"interrupts": int(repeats), "slowest": slowest}))


if __name__ == "__main__":
    main()
