# SPDX-License-Identifier: MIT
"""The tasks with aiohttp."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable

import aiohttp

from benchmarks.work import CONNECTIONS, Work, run

Fetch = Callable[[aiohttp.ClientSession], Awaitable[None]]


def each(fetches: Iterable[Fetch]) -> None:
    """Run fetches on a fixed number of connections."""
    waiting = iter(fetches)

    async def worker(session: aiohttp.ClientSession) -> None:
        for fetch in waiting:
            await fetch(session)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(worker(session) for _ in range(CONNECTIONS)))

    asyncio.run(main())


def files(work: Work) -> None:
    """Many small files."""

    def fetch_of(url: str) -> Fetch:
        async def fetch(session: aiohttp.ClientSession) -> None:
            async with session.get(url) as response:
                body = await response.read()
            with open(work.target(url), "wb") as out:
                out.write(body)

        return fetch

    each(fetch_of(url) for url in work.urls)


def ranges(work: Work) -> None:
    """Ranges of one file."""
    [url] = work.urls
    out = os.open(work.target(url), os.O_WRONLY | os.O_CREAT)

    def fetch_of(offset: int, length: int) -> Fetch:
        headers = {"Range": f"bytes={offset}-{offset + length - 1}"}

        async def fetch(session: aiohttp.ClientSession) -> None:
            async with session.get(url, headers=headers) as response:
                assert os.pwrite(out, await response.read(), offset) == length

        return fetch

    each(fetch_of(offset, length) for offset, length in work.ranges)
    os.close(out)


if __name__ == "__main__":
    run({"files": files, "ranges": ranges})
