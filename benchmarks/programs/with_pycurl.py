# SPDX-License-Identifier: MIT
"""The tasks with pycurl."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from typing import Any

import pycurl

from benchmarks.work import CONNECTIONS, Work, run

BUFFER = 512 * 1024  # bytes, the most that libcurl took for long

Begin = Callable[[Any], Callable[[], None]]  # set a handle up; returns what to do at its end


def each(begins: Iterable[Begin]) -> None:
    """Run transfers on a fixed number of handles."""
    multi = pycurl.CurlMulti()
    waiting = iter(begins)
    ends: dict[Any, Callable[[], None]] = {}

    def start(handle: Any) -> None:
        begin = next(waiting, None)
        if begin is not None:
            ends[handle] = begin(handle)
            multi.add_handle(handle)

    for _ in range(CONNECTIONS):
        start(pycurl.Curl())
    while ends:
        multi.perform()
        left = 1
        while left:
            left, done, failed = multi.info_read()
            assert not failed, failed
            for handle in done:
                multi.remove_handle(handle)
                ends.pop(handle)()
                start(handle)
        multi.select(1.0)


def large(work: Work) -> None:
    """One file."""
    [url] = work.urls
    with open(work.target(url), "wb") as out:
        handle = pycurl.Curl()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.BUFFERSIZE, BUFFER)
        handle.setopt(pycurl.WRITEDATA, out)
        handle.perform()


def files(work: Work) -> None:
    """Many small files."""

    def begin_of(url: str) -> Begin:
        def begin(handle: Any) -> Callable[[], None]:
            out = open(work.target(url), "wb")
            handle.setopt(pycurl.URL, url)
            handle.setopt(pycurl.WRITEDATA, out)
            return out.close

        return begin

    each(begin_of(url) for url in work.urls)


def ranges(work: Work) -> None:
    """Ranges of one file."""
    [url] = work.urls
    out = os.open(work.target(url), os.O_WRONLY | os.O_CREAT)

    def begin_of(offset: int, length: int) -> Begin:
        def begin(handle: Any) -> Callable[[], None]:
            body = io.BytesIO()
            handle.setopt(pycurl.URL, url)
            handle.setopt(pycurl.RANGE, f"{offset}-{offset + length - 1}")
            handle.setopt(pycurl.WRITEDATA, body)

            def end() -> None:
                assert os.pwrite(out, body.getbuffer(), offset) == length

            return end

        return begin

    each(begin_of(offset, length) for offset, length in work.ranges)
    os.close(out)


if __name__ == "__main__":
    run({"large": large, "files": files, "ranges": ranges})
