# SPDX-License-Identifier: MIT
"""Files on servers that are kept open between the calls of a file system."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bitscb3.errors import (
    BG_E_INVALID_STATE,
    InvalidStateError,
    RangesNotSupportedError,
    make_error,
)
from bitscb3.source import CachedFile, Source, cache_folder, end_job
from bitscb3.waking import at_most, in_thread

if TYPE_CHECKING:
    from bitscb3.file import File
    from bitscb3.job import Job
    from bitscb3.manager import Manager

__all__ = ["OpenFile", "OpenFiles", "together", "within"]

_MOST_PAGE: Final = 1 << 24  # bytes


class OpenFile:
    """A file whose job waits for the next call. Its numbers are guarded by `OpenFiles`."""

    __slots__ = ("cached", "dropped", "file", "seen", "url", "users")

    def __init__(self, url: str, file: File, cached: CachedFile | None = None) -> None:
        """`cached`: held; its job stays in the store, for the next program."""
        self.url: str = url
        self.file: File = file
        self.cached: CachedFile | None = cached
        self.users: int = 0
        self.seen: float = time.monotonic()  # when the server was last asked for its version
        self.dropped: bool = False  # goes when nobody uses it


class OpenFiles:
    """On-demand jobs by URL: those of the last `most` URLs, and those in use.

    Threads:
        Coroutines on the event loop of the file system; everything else on any thread.
    """

    def __init__(
        self,
        manager: Manager,
        make_source: Callable[[str], Source],
        cache: Path | None,
        most: int,
        max_age: float | None,
        timeout: float | None,
    ) -> None:
        """See `BitsFileSystem` for what they are."""
        self.manager: Manager = manager
        self._make_source = make_source
        self._cache = cache
        self._folder = cache or cache_folder()
        self._most = most
        self._max_age = max_age
        self._timeout = timeout
        self._process = os.getpid()
        self._lock = threading.Lock()  # guards what is below
        self._known: OrderedDict[str, OpenFile] = OrderedDict()  # the last used at the end
        self._jobs: set[Job] = set()  # to be ended
        self._ended = False
        self._opening: dict[str, asyncio.Task[OpenFile]] = {}  # of the event loop alone

    @contextlib.asynccontextmanager
    async def use(
        self, url: str, *, whole: bool = False, refresh: bool = False
    ) -> AsyncIterator[File]:
        """The file, which stays open meanwhile; as `take`."""
        entry = await self.take(url, whole=whole, refresh=refresh)
        try:
            yield entry.file
        finally:
            self.release(entry)

    async def take(self, url: str, *, whole: bool = False, refresh: bool = False) -> OpenFile:
        """The file of a URL, after a first contact with the server. `release` it.

        Args:
            url: An http or https URL.
            whole: All of it will be read: where nothing is here yet it is fetched in one piece.
            refresh: Ask the server whether it still has that version, however young it is.
        """
        while True:
            with self._lock:
                entry = self._known.get(url)
                if entry is not None and not refresh and self._is_good(entry):
                    self._known.move_to_end(url)
                    entry.users += 1
                    return entry
            entry = await asyncio.shield(self._open_once(url, whole))
            with self._lock:
                if not entry.dropped:
                    entry.users += 1
                    return entry

    def release(self, entry: OpenFile) -> None:
        """It is not used any more by one of those that took it."""
        with self._lock:
            entry.users -= 1
            spare = self._shrink()
        for one in (entry, *spare):
            self._end_dropped(one)

    def drop(self, url: str | None = None) -> None:
        """Let the next call begin anew with a URL, or with all of them."""
        with self._lock:
            urls = list(self._known) if url is None else [url]
            entries = [self._known.pop(one) for one in urls if one in self._known]
            for entry in entries:
                entry.dropped = True
        for entry in entries:
            self._end_dropped(entry)

    def end(self) -> None:
        """End every job that was made here, but those of a cache, and make no more."""
        with self._lock:
            self._ended = True
            jobs = list(self._jobs)
            self._jobs.clear()
            self._known.clear()
        for job in jobs:
            end_job(job)

    def close(self) -> None:
        """As `end`, from a finalizer; in a forked child nothing."""
        if os.getpid() != self._process:
            return
        if threading.main_thread().is_alive():
            # Called by the garbage collector, perhaps: no lock may be taken here.
            if not self.manager.dispatcher.ended:
                self.manager.dispatcher.post(self.end)
        else:
            self.end()

    async def page(self, url: str) -> tuple[str, str]:
        """What the server shows at a URL now: the media type, and the text."""
        source = self._make_source(url)
        file = await in_thread(lambda: self._begin(source, self._new_path(), False, page=True))
        try:
            await self._wait(file)
            kind = file.response_headers.get("Content-Type", "").partition(";")[0]
            body = await in_thread(file.read)
        finally:
            self._end(file.job)
        return kind.strip().lower(), body.decode("utf-8", "replace")

    def _is_good(self, entry: OpenFile) -> bool:
        if self._max_age is not None and time.monotonic() - entry.seen > self._max_age:
            return False
        return not entry.file.job.state.is_final

    def _open_once(self, url: str, whole: bool) -> asyncio.Task[OpenFile]:
        """The task that opens it, which all who want it now share."""
        loop = asyncio.get_running_loop()
        task = self._opening.get(url)
        if task is None or task.get_loop() is not loop:
            task = self._opening[url] = loop.create_task(self._open(url, whole))

            def forget(done: asyncio.Task[OpenFile]) -> None:
                if self._opening.get(url) is done:
                    del self._opening[url]
                if not done.cancelled():
                    done.exception()  # who waited was told; perhaps nobody did

            task.add_done_callback(forget)
        return task

    async def _open(self, url: str, whole: bool) -> OpenFile:
        with self._lock:
            entry = self._known.get(url)
        source = self._make_source(url)
        if entry is not None and not entry.file.job.state.is_final:
            file = entry.file
            if await in_thread(lambda: source.is_current(self.manager, file, self._timeout)):
                entry.seen = time.monotonic()
                return entry
        self.drop(url)
        entry = None  # who reads it holds it, and no longer this
        if self._cache is not None:
            found = await self._from_cache(url, source)
        else:
            found = OpenFile(url, await self._make(source, self._new_path(), not whole))
        self.drop(url)  # of another event loop
        with self._lock:
            self._known[url] = found
        return found

    async def _from_cache(self, url: str, source: Source) -> OpenFile:
        """As an earlier program left it; else a new one there."""
        manager, folder = self.manager, self._folder

        def keep() -> CachedFile | None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return source.keep(manager, folder, self._timeout, True)

        cached = await in_thread(keep)
        if cached is None:
            return OpenFile(url, await self._make(source, self._new_path(), True))
        return OpenFile(url, cached.file, cached)

    async def _make(self, source: Source, path: Path, on_demand: bool) -> File:
        """A new job, after the first contact; the whole file where the server has no ranges."""
        file = await in_thread(lambda: self._begin(source, path, on_demand))
        try:
            await self._wait(file)
            if on_demand:
                file.filled_ranges()
        except RangesNotSupportedError:
            self._end(file.job)
            if not on_demand:
                raise
            return await self._make(source, path, False)
        except BaseException:
            self._end(file.job)
            raise
        return file

    def _begin(
        self,
        source: Source,
        path: Path,
        on_demand: bool,
        *,
        page: bool = False,
    ) -> File:
        """A new job that is under way."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = source.begin(self.manager, path, on_demand)
        with self._lock:
            self._jobs.add(file.job)
            ended = self._ended
        try:
            if ended:  # while a call was under way
                raise make_error(
                    InvalidStateError, BG_E_INVALID_STATE, "the file system was closed meanwhile"
                )
            if page:
                file.job.dynamic_content = True
                file.job.max_download_size = _MOST_PAGE
            file.job.resume()
        except BaseException:
            self._end(file.job)
            raise
        return file

    async def _wait(self, file: File) -> None:
        await within(self._timeout, file.job, file.shown_name)

    def _new_path(self) -> Path:
        return self._folder / uuid.uuid4().hex

    def _shrink(self) -> list[OpenFile]:
        """Drop what was not used for longest, and return it; with the lock held."""
        idle = [entry for entry in self._known.values() if not entry.users]
        spare = idle[: max(0, len(self._known) - self._most)]
        for entry in spare:
            del self._known[entry.url]
            entry.dropped = True
        return spare

    def _end_dropped(self, entry: OpenFile) -> None:
        with self._lock:
            ends = entry.dropped and not entry.users and entry.cached is None
        if ends:
            self._end(entry.file.job)

    def _end(self, job: Job) -> None:
        """End a job soon, on the dispatcher: the disk may take its time."""
        with self._lock:
            self._jobs.discard(job)
        self.manager.dispatcher.post(lambda: end_job(job))


async def within(seconds: float | None, work: Awaitable[object], what: str) -> None:
    """Await `work`; TimeoutError, the built-in one, when it takes longer."""

    async def done() -> None:
        await work

    try:
        await at_most(seconds, done)
    except TimeoutError:
        raise TimeoutError(f"{what} is not here after {seconds} s; try it again") from None


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Run all of it at once; when one fails, or the caller is cancelled, the others are, too."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
