# SPDX-License-Identifier: MIT
"""Typical uses of pictures and of what is there for tests; checked by type checkers, never run."""

from __future__ import annotations

import threading
from pathlib import Path

from typing_extensions import assert_type

from bitscb3 import File, Job, JobState, Manager
from bitscb3.pictures import LivePicture, RangePicture, live, text_map
from bitscb3.testing import (
    CheckedManager,
    Content,
    FakeClock,
    FaultServer,
    KillResume,
    LogRecord,
    Moment,
    Nginx,
    Record,
    Request,
    Resource,
    Response,
    cut_after,
    flaky,
    stall_after,
    status,
    write_file,
)


def show(job: Job, file: File) -> str:
    """Pictures, still and live."""
    picture = file.plot(width=800, height=40)
    assert_type(picture, RangePicture)
    assert_type(picture.save("a.svg"), Path)
    assert_type(picture.svg, str)
    assert_type(picture.text(80, 10, plain=True), str)
    assert_type(job.plot(files=5), RangePicture)
    with job.watch() as followed:
        assert_type(followed, LivePicture)
        job.wait()
    live(file, interval=1).stop()
    return text_map(file.filled_ranges(), file.size, 64, 4)


def serve(folder: Path) -> list[Record]:
    """Servers."""

    def teapot(request: Request) -> Response:
        return Response(418, {"Content-Length": "0"}, ())

    with FaultServer() as server:
        url: str = server.serve("/a", Resource(Content(100)), flaky(2, status(503)), cut_after(10))
        server.serve("/b", teapot, stall_after(5, threading.Event()))
        server.serve("/c", Resource(b"abc"))
        print(url, server.bytes_sent("/a"))
        server.wait_for(lambda requests: len(requests) > 3, timeout=5)
        content = write_file(folder / "f", 1000)
        with Nginx(folder, rate=1 << 20) as nginx:
            assert_type(nginx, Nginx)
            assert_type(nginx.root, Path)
            assert_type(nginx.log(), list[LogRecord])
        print(content.sha256())
        return server.requests


def program(store: Path, moment: Moment, url: str) -> None:
    """A program that is killed."""
    moment(url)


def test_survives(
    bits_manager: Manager, bits_clock: FakeClock, kill_resume: KillResume, bits_store: Path
) -> None:
    """Fixtures as a test takes them."""
    bits_clock.advance(2.5)
    assert_type(kill_resume(program, "http://host/a", at="resumed"), Manager)
    kill_resume(program, "a", at=lambda manager: manager.jobs()[0].state is JobState.ERROR)
    with CheckedManager("engine", bits_store, clock=bits_clock) as manager:
        assert_type(manager, CheckedManager)
        manager.check_handlers()
    bits_manager.close()
