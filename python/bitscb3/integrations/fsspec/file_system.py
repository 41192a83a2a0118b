# SPDX-License-Identifier: MIT
"""The file system itself: what fsspec calls."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bitscb3.arguments import check_count, check_path, check_timeout
from bitscb3.downloads import adownload
from bitscb3.ranges import Range
from bitscb3.source import Source, cache_folder
from bitscb3.urls import file_name

from .managers import shared_manager
from .names import Names
from .open_files import OpenFiles, in_thread
from .paths import PREFIX, first_wildcard, path_of, told
from .read_only import ReadOnly
from .reads import Reads
from .remote_stream import BitsFile, BitsStream
from .untyped import DEFAULT_CALLBACK, isfilelike, stringify_path, sync

if TYPE_CHECKING:
    from bitscb3.job import Job
    from bitscb3.progress import Progress

__all__ = ["BitsFileSystem"]

_BLOCK = 1 << 20  # bytes


class BitsFileSystem(ReadOnly, Names, Reads):
    """Files on web servers, read through jobs of BITS; read-only.

    Paths are URLs, with or without "bits+" in front. Each URL that is read has an on-demand job,
    which stays open for the next read: what is here is not fetched again. Folders are listed where
    the server shows a page of links.

    Args:
        headers: Headers for the requests, by name.
        auth: User name and password.
        cache: A folder where what was fetched is kept for the next program, or True: the user's
            cache folder; as for `bitscb3.open`. None: it is deleted when it is not needed.
        store: As for `bitscb3.Manager`. File systems with the same store share a manager.
        ca_file: As for `bitscb3.Manager`.
        settings: Fields of `bitscb3.Settings` by name.
        rate_limit: Most bytes per second of each file; None: no limit.
        timeout: Longest time in seconds that one call may wait for bytes; None: no limit.
        max_age: Seconds for which the version of a file is taken for the server's current one.
            After that the next call asks; None: never again, 0: every call.
        keep_open: How many files stay open besides those in use.
        buffer_size: Least bytes fetched at a time by an open file.
        read_ahead: Most bytes fetched ahead by an open file of reads that follow each other.
        use_listings_cache: As in fsspec; so are the other names.

    Threads:
        Any; after fork a child makes file systems of its own, also by unpickling one.
    """

    protocol: tuple[str, ...] = ("bits+http", "bits+https")
    fsid: str = "bits"

    def __init__(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        cache: str | os.PathLike[str] | bool | None = None,
        store: str | os.PathLike[str] | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        settings: Mapping[str, int] | None = None,
        rate_limit: int | None = None,
        timeout: float | None = None,
        max_age: float | None = 60.0,
        keep_open: int = 32,
        buffer_size: int = 1 << 16,
        read_ahead: int = 8 << 20,
        use_listings_cache: bool = False,
        listings_expiry_time: float | None = None,
        max_paths: int | None = None,
        asynchronous: bool = False,
        loop: asyncio.AbstractEventLoop | None = None,
        batch_size: int | None = None,
    ) -> None:
        """Check the arguments; nothing is opened before the first call."""
        super().__init__(
            asynchronous=asynchronous,
            loop=loop,
            batch_size=batch_size,
            use_listings_cache=use_listings_cache,
            listings_expiry_time=listings_expiry_time,
            max_paths=max_paths,
        )
        self._headers = None if headers is None else dict(headers)
        self._auth = None if auth is None else (auth[0], auth[1])
        self._cache: Path | None = None
        if cache is not None and cache is not False:
            self._cache = cache_folder() if cache is True else Path(check_path(cache, "cache"))
        self._manager_options = (store, ca_file, settings)
        self._rate_limit = rate_limit
        self._timeout = check_timeout(timeout)
        self._max_age = check_timeout(max_age)
        self._keep_open = check_count(keep_open, "keep_open")
        self._buffer_size = check_count(buffer_size, "buffer_size", 1)
        self._read_ahead = check_count(read_ahead, "read_ahead")
        self._lock = threading.Lock()  # guards the two below
        self._open_files: OpenFiles | None = None
        self._closing: weakref.finalize[..., BitsFileSystem] | None = None

    # -- paths ------------------------------------------------------------------------------------

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        """The URL, all of it: a slash at its end and a query count."""
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return stringify_path(path).removeprefix(PREFIX)

    def unstrip_protocol(self, name: str) -> str:
        """The URL as `fsspec.open` takes it."""
        return f"{PREFIX}{self._strip_protocol(name)}"

    @classmethod
    def _parent(cls, path: str) -> str:
        """The folder of a URL; empty for that of a server."""
        url = cls._strip_protocol(path).rstrip("/")
        begin = path_of(url)
        return url[: url.rindex("/", begin)] if "/" in url[begin:] else ""

    # -- whole files and file objects -------------------------------------------------------------

    async def _get_file(
        self, rpath: str, lpath: Any, callback: Any = DEFAULT_CALLBACK, **kwargs: Any
    ) -> None:
        """Download a file; it is in its place when it is whole.

        An interrupted call is gone on with by the next one, as with `bitscb3.download`.
        """
        url = self._strip_protocol(rpath)
        if isfilelike(lpath):
            await self._copy_into(url, lpath, callback)
            return
        if url.endswith("/"):
            Path(lpath).mkdir(parents=True, exist_ok=True)
            return

        def show(progress: Progress) -> None:
            if progress.bytes_total is not None and callback.size != progress.bytes_total:
                callback.set_size(progress.bytes_total)
            callback.absolute_update(progress.bytes_transferred)

        with told(url):
            await adownload(
                url,
                lpath,
                progress=show,
                headers=self._headers,
                auth=self._auth,
                rate_limit=self._rate_limit,
                timeout=self._timeout,
                manager=self._files.manager,
            )

    async def _get(self, rpath: Any, lpath: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(rpath, str) and "?" in rpath and first_wildcard(rpath) is None:
            # fsspec takes the mark of a query for a wildcard.
            url, target = self._strip_protocol(rpath), os.fspath(lpath)
            if target.endswith(("/", os.sep)) or Path(target).is_dir():
                target = str(Path(target) / file_name(url))
            rpath, lpath = [url], [target]
        return await super()._get(rpath, lpath, *args, **kwargs)

    async def _copy_into(self, url: str, into: Any, callback: Any) -> None:
        with told(url):
            async with self._files.use(url) as file:
                size = file.size or 0
                callback.set_size(size)
                await self._fetch(file, [Range(0, size)])
                for start in range(0, size, _BLOCK):
                    data = await in_thread(
                        lambda start=start: self._read(  # type: ignore[misc]
                            file, Range(start, min(_BLOCK, size - start))
                        )
                    )
                    into.write(data)
                    callback.relative_update(len(data))

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,
        cache_options: Mapping[str, Any] | None = None,
        cache_type: str | None = None,
        read_ahead: int | None = None,
        **kwargs: Any,
    ) -> BitsFile:
        """A seekable file. What fsspec's caches are for, its job does: `cache_options` are ignored.

        Args:
            path: Of the file.
            mode: "rb".
            block_size: Least bytes fetched at a time; None: as the file system has it.
            autocommit: Ignored.
            cache_options: Ignored.
            cache_type: "none" and "parts": nothing is fetched ahead.
            read_ahead: Most bytes fetched ahead; None: as the file system has it.
            kwargs: Ignored.
        """
        if mode != "rb":
            self.refuse(path)
        ahead = self._read_ahead if read_ahead is None else read_ahead
        if cache_type in ("none", "parts"):
            ahead = 0
        url = self._strip_protocol(path)
        files = self._files
        with told(url):
            entry = sync(self.loop, files.take, url)
        return BitsFile(
            self, url, files, entry, block_size or self._buffer_size, ahead, self._timeout
        )

    async def open_async(self, path: str, mode: str = "rb", **kwargs: Any) -> BitsStream:
        """A file whose `read` is a coroutine."""
        if mode != "rb":
            self.refuse(path)
        info = await self._info(path)
        return BitsStream(self, info["name"], info["size"])

    def close(self) -> None:
        """End the jobs, of open files too, and let go of the manager; the next call begins anew."""
        with self._lock:
            files, closing = self._open_files, self._closing
            self._open_files = self._closing = None
        if files is not None and closing is not None:
            closing.detach()
            files.end()

    # -- how --------------------------------------------------------------------------------------

    @property
    def _files(self) -> OpenFiles:
        with self._lock:
            files = self._open_files
            if files is None or files.manager.closed:
                files = self._open_files = OpenFiles(
                    shared_manager(*self._manager_options),
                    self._make_source,
                    self._cache,
                    self._keep_open,
                    self._max_age,
                    self._timeout,
                )
                # After the manager's, so that at exit it is run before.
                self._closing = weakref.finalize(self, files.close)
            return files

    @property
    def _make_source(self) -> Callable[[str], Source]:
        headers, auth, rate_limit = self._headers, self._auth, self._rate_limit

        def limit(job: Job) -> None:
            job.rate_limit = rate_limit

        return lambda url: Source(url, headers, auth, None if rate_limit is None else limit)
