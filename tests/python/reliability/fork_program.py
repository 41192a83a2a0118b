# SPDX-License-Identifier: MIT
"""A program with many threads that forks in the middle of transfers; children use what they got.

    python fork_program.py STORE FOLDER URL SMALL FORKS

A child calls every public object of the parent's, opens a manager of its own, and ends as a program
does. The parent's files come whole meanwhile. It prints what was seen, as JSON.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bitscb3
from bitscb3 import Manager, RangeQueue

HANG_S = 40.0
REFUSED = "fork"  # is in the text of every refusal


class Parent:
    """Everything public there is, with threads that are in the middle of calls."""

    def __init__(self, store: str, folder: Path, url: str) -> None:
        self.manager = Manager("engine", store)
        self.jobs = [self.manager.create_job(f"parent {number}") for number in range(4)]
        self.files = [
            job.add_file(url, folder / f"parent {number}") for number, job in enumerate(self.jobs)
        ]
        for job in self.jobs:
            job.on_ranges(lambda job, file, ranges: None)
            job.resume()
        self.demand = self.manager.create_job("demand", on_demand=True)
        self.part = self.demand.add_file(url, folder / "demand")
        self.request = self.part.request_ranges([(0, 1000)])
        self.stream = self.jobs[0].events()
        self.queue = RangeQueue()
        self.queue.attach(self.jobs[0])
        self.opened = self.part.open()
        self.opened.read(10)
        self.ended = threading.Event()
        self.threads = [
            threading.Thread(target=self.call, args=(call,))
            for call in (
                lambda: self.jobs[0].progress,
                self.attach,
                self.manager.jobs,
                lambda: self.part.read(5000, 10),
                lambda: self.part.request_ranges([(9000, 10)]).cancel(),
                lambda: self.queue.drain(0.01),
                lambda: self.jobs[1].wait(0.001),
                lambda: self.jobs[1].events().close(),
                lambda: self.manager.create_job("short").cancel(),
            )
        ]

    def call(self, function: Callable[[], object]) -> None:
        """Call until the end."""
        while not self.ended.is_set():
            try:
                function()
            except TimeoutError:
                pass

    def attach(self) -> None:
        """Attach a handler, and detach it."""
        handler = self.jobs[2].on_modified(lambda job: None)
        self.jobs[2].remove_handler(handler)

    def calls(self) -> dict[str, Callable[[], Any]]:
        """A call of every public object."""
        job, file = self.jobs[0], self.files[0]

        async def of_stream() -> None:
            await anext(self.stream)

        async def of_request() -> None:
            await self.request

        async def of_job() -> None:
            await job

        return {
            "Manager.jobs": self.manager.jobs,
            "Manager.create_job": lambda: self.manager.create_job("x"),
            "Manager.resume_all": self.manager.resume_all,
            "Manager.find_job": lambda: self.manager.find_job("x"),
            "Manager.stats": self.manager.stats,
            "Manager.rate_limit": lambda: self.manager.rate_limit,
            "Manager.verbose": lambda: setattr(self.manager, "verbose", True),
            "Manager.close": self.manager.close,
            "Job.name": lambda: job.name,
            "Job.state": lambda: job.state,
            "Job.resume": job.resume,
            "Job.cancel": job.cancel,
            "Job.wait": job.wait,
            "Job.complete": job.complete,
            "Job.files": lambda: job.files,
            "Job.on_ranges": lambda: job.on_ranges(print),
            "Job.remove_handler": lambda: job.remove_handler(print),
            "Job.callback": lambda: setattr(job, "callback", None),
            "Job.notify_flags": lambda: setattr(job, "notify_flags", None),
            "Job.events": job.events,
            "Job.__await__": lambda: asyncio.run(of_job()),
            "Job.http": lambda: job.http.headers,
            "File.progress": lambda: file.progress,
            "File.read": lambda: file.read(0, 10),
            "File.request_ranges": lambda: file.request_ranges([(0, 1)]),
            "File.filled_ranges": file.filled_ranges,
            "RangeRequest.result": self.request.result,
            "RangeRequest.done": self.request.done,
            "RangeRequest.cancel": self.request.cancel,
            "RangeRequest.exception": self.request.exception,
            "RangeRequest.__await__": lambda: asyncio.run(of_request()),
            "RangeQueue.drain": self.queue.drain,
            "RangeQueue.attach": lambda: self.queue.attach(job),
            "RangeQueue.detach": lambda: self.queue.detach(job),
            "EventStream.__anext__": lambda: asyncio.run(of_stream()),
            "EventStream.close": self.stream.close,
            "RangeQueue.close": self.queue.close,
            "RemoteFile.read": lambda: self.opened.read(1 << 20),
            "download": lambda: bitscb3.download(
                "http://127.0.0.1:9/x", "never", manager=self.manager
            ),
            "open": lambda: bitscb3.open("http://127.0.0.1:9/x", manager=self.manager),
        }


def use(parent: Parent) -> list[str]:
    """What of the parent's was not refused."""
    wrong = []
    for name, call in parent.calls().items():
        try:
            got = call()
        except RuntimeError as error:
            if REFUSED not in str(error):
                wrong.append(f"{name}: {error!r}")
        except BaseException as error:
            wrong.append(f"{name}: {error!r}")
        else:
            wrong.append(f"{name}: {got!r}")
    repr(parent.manager), repr(parent.jobs), repr(parent.files), repr(parent.request)
    return wrong


def main() -> None:
    """Fork, and see to the children."""
    store, folder, url, small, forks = sys.argv[1:]
    parent = Parent(store, Path(folder), url)
    for thread in parent.threads:
        thread.start()
    codes = []
    wrong: list[str] = []
    for number in range(int(forks)):
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            faulthandler.dump_traceback_later(HANG_S, exit=True)
            found = use(parent)
            os.write(writing, "\n".join(found).encode())
            if number % 2:
                del parent
                gc.collect()
            with Manager("engine", f"{store}-{number}") as own:
                path = Path(folder) / f"child {number}"
                bitscb3.download(small, path, manager=own)
            sys.exit(7)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            wrong += pipe.read().splitlines()
        codes.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
    parent.ended.set()
    for thread in parent.threads:
        thread.join()
    for job in parent.jobs:
        job.wait(HANG_S)
        job.complete()
    parent.demand.cancel()
    parent.manager.close()
    print(json.dumps({"codes": codes, "wrong": sorted(set(wrong))}))


if __name__ == "__main__":
    main()
