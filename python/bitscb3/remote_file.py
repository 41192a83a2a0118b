# SPDX-License-Identifier: MIT
"""`open()`: a file on a server as a Python file object, of which only what is read is fetched."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import threading
import uuid
import warnings
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from .arguments import check_count, check_path, check_timeout
from .errors import BitsError
from .job import Job
from .manager import Manager
from .ranges import EOF, Range
from .reader import read, read_into
from .shared_manager import default_manager
from .source import CachedFile, Source, cache_folder, end_job

if TYPE_CHECKING:
    from .file import File
    from .headers import Headers
    from .reader import Buffer
    from .request import RangeRequest

__all__ = ["RemoteFile", "open"]

_BUFFER: Final = 1 << 16  # bytes
_AHEAD: Final = 8 << 20  # bytes
_FIRST_AHEAD = 1 << 18  # bytes; doubled with every read that goes on
_MOST = 1 << 30  # bytes, of a buffer


def open(
    url: str,
    mode: str = "rb",
    *,
    cache: str | os.PathLike[str] | bool | None = None,
    read_ahead: int = _AHEAD,
    buffer_size: int = _BUFFER,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    timeout: float | None = None,
    revalidate: bool = True,
    prepare: Callable[[Job], object] | None = None,
    manager: Manager | None = None,
) -> RemoteFile:
    """Open a file on a server for reading, wherever in it: `zipfile`, `tarfile` and others can.

    What is read becomes on-demand ranges of a job; what is here is not fetched again. All bytes are
    from one version of the file. Reads that follow each other are fetched ahead; others fetch what
    they touch and the buffer around it. From a server without ranges the whole file is fetched
    first.

    Args:
        url: An http, https or file URL.
        mode: "rb"; for text put an `io.TextIOWrapper` around it.
        cache: None: what was fetched is deleted when the file is closed. A folder, which is made
            when missing: it is kept there, with its job in the store, for the next `open()` of the
            same URL, also in another process; the bytes lie in a sparse file. True: in the user's
            cache folder, $XDG_CACHE_HOME/bitscb3 or ~/.cache/bitscb3. `bitscb3 gc` cleans up.
        read_ahead: Most bytes fetched ahead of reads that follow each other; 0: none.
        buffer_size: Least bytes fetched at a time.
        headers: Headers for the requests, by name. They are encrypted in the store.
        auth: User name and password, for HTTP authentication of any kind the server asks for.
        timeout: Longest time in seconds that opening, or one read, may take; None: no limit.
        revalidate: False: use what the cache has without asking the server whether it still has
            that version.
        prepare: Called with a new job before it starts, for what has no argument here.
        manager: Whose store and settings to use; None: `default_manager()`.

    Returns:
        The file, positioned at its beginning. Close it, or use it in a with statement.

    Raises:
        TransferError: The file cannot be had.
        TimeoutError: The time ran out.
        ValueError, TypeError: An argument is not usable.
    """
    if mode != "rb":
        raise ValueError(f'the mode is {mode!r}; give "rb", and use io.TextIOWrapper for text')
    source = Source(url, headers, auth, prepare)
    ahead = check_count(read_ahead, "read_ahead", 0, _MOST)
    size = check_count(buffer_size, "buffer_size", 1, _MOST)
    limit = check_timeout(timeout)
    kept = cache is not None and cache is not False
    folder = (
        cache_folder()
        if cache is None or isinstance(cache, bool)
        else Path(check_path(cache, "cache"))
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    where = default_manager() if manager is None else manager
    if kept and (cached := source.keep(where, folder, limit, revalidate)) is not None:
        return RemoteFile(cached.file, size, ahead, limit, cached=cached)
    file = source.make(where, folder / uuid.uuid4().hex, limit)
    return RemoteFile(file, size, ahead, limit, lambda: end_job(file.job))


class RemoteFile(io.BufferedReader):
    """A file on a server: read-only, seekable, binary. Made by `bitscb3.open` and `File.open`.

    It has one position. Threads that share the file take turns at it; `read_at` needs none.

    Threads:
        Any, several at a time.

    Raises:
        TransferError: From reads: the bytes cannot be had.
        TimeoutError: From reads: the time ran out.
        InvalidStateError: From reads: the job or the manager ended.
    """

    def __init__(
        self,
        file: File,
        buffer_size: int = _BUFFER,
        read_ahead: int = 0,
        timeout: float | None = None,
        let_go: Callable[[], None] | None = None,
        cached: CachedFile | None = None,
    ) -> None:
        """Made by `open`.

        `let_go` is called once: when it is closed, dropped, or at exit; until it is closed it holds
        `cached`.
        """
        raw = _Raw(file, buffer_size, read_ahead, timeout)
        super().__init__(raw, buffer_size)
        self._raw = raw
        self._let_go = let_go
        self._cached = cached
        self._dropping: weakref.finalize[..., RemoteFile] | None = None
        self._buffer_size = buffer_size
        if let_go is not None:
            manager = file.job.manager
            manager.dispatcher.attend()  # a finalizer may need it, and cannot start it
            # After the manager's, so that at exit it is run before.
            self._dropping = weakref.finalize(self, _drop, manager, let_go)

    @property
    def file(self) -> File:
        """The file of the job: what is filled, its URL, its response headers."""
        return self._raw.file

    @property
    def job(self) -> Job:
        """The job that fetches it."""
        return self._raw.file.job

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self._raw.size()

    @property
    def headers(self) -> Headers:
        """The headers of the last response."""
        return self._raw.file.response_headers

    def read_at(self, offset: int, length: int = EOF) -> bytes:
        """Bytes from `offset` on, as `File.read`; the position stays where it is."""
        self._check_open()
        return self._raw.file.read(offset, length, timeout=self._raw.timeout)

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, all to the end of the file without one, asked for at once."""
        if size is not None and size > self._buffer_size:
            self._raw.announce(self.tell() + size)
        return super().read(size)

    def readinto(self, buffer: Buffer, /) -> int:  # type: ignore[override]
        """Fill `buffer`, with bytes asked for at once, and return how many there were."""
        size = memoryview(buffer).nbytes
        if size > self._buffer_size:
            self._raw.announce(self.tell() + size)
        return super().readinto(buffer)

    def detach(self) -> NoReturn:
        """Refused: what is under the buffer cannot end the job."""
        raise io.UnsupportedOperation("a RemoteFile has no raw file to detach")

    def close(self) -> None:
        """Let go of it; without a cache what was fetched is deleted. May be called again."""
        if self.closed:
            return
        self._raw.stop_ahead()
        super().close()
        self._cached = None
        # Of threads that close at the same time one detaches it.
        if self._let_go is not None and self._dropping is not None and self._dropping.detach():
            self._let_go()

    def __del__(self) -> None:
        """A file that is dropped is closed by the dispatcher: no lock may be taken here."""
        if getattr(self, "_raw", None) is None or self.closed:
            return
        warns, text = self._dropping is not None, f"unclosed {self!r}"
        try:
            self._raw.file.job.manager.check_process()
        except RuntimeError:  # a forked child: the job is the parent's
            warns = False
            self._raw.forget_ahead()
        super().close()
        if self._dropping is not None:
            self._dropping()
        if warns:
            self._warn(text)

    def _warn(self, text: str) -> None:
        warnings.warn(text, ResourceWarning, source=self, stacklevel=3)

    def __enter__(self) -> RemoteFile:
        """The file."""
        self._check_open()
        return self

    def __repr__(self) -> str:
        """The URL, shortened."""
        return f"<RemoteFile {self._raw.name}{' closed' if self.closed else ''}>"

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError(f"{self._raw.name} is closed")


def _drop(manager: Manager, let_go: Callable[[], None]) -> None:
    """Let go of a file that was dropped, or never closed until the exit."""
    try:
        manager.check_process()
    except RuntimeError:  # a forked child: the job is the parent's
        return
    if not threading.main_thread().is_alive():
        let_go()
    elif not manager.dispatcher.ended:
        # Called by the garbage collector, perhaps: no lock may be taken here.
        manager.dispatcher.post(let_go)


class _Raw(io.RawIOBase):
    """The unbuffered file object; the buffer above it calls it from one thread at a time."""

    mode = "rb"

    def __init__(
        self, file: File, buffer_size: int, read_ahead: int, timeout: float | None
    ) -> None:
        super().__init__()
        self.file = file
        self._buffer_size = buffer_size
        self.timeout = timeout
        self.name = file.shown_name
        self._position = 0
        self._most_ahead = read_ahead
        self._ahead = 0  # how far ahead to ask now, bytes
        self._next = 0  # where a read goes on with the one before
        self._asked_to = 0  # up to where was asked for ahead
        self._ends = 0  # where the read that is under way ends
        self._begins = False  # it was announced and nothing is asked for yet
        self._requests: list[RangeRequest] = []  # pending ones, of what is ahead

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def size(self) -> int:
        size = self.file.size
        if size is None:
            self.file.require(Range(0, 1), lambda: self.timeout)
            size = self.file.size
        return size or 0

    def readinto(self, buffer: Buffer) -> int:  # type: ignore[override]
        wanted = memoryview(buffer).nbytes
        if self._begins or self._position >= self._ends:
            self._begin(wanted)
        count = read_into(self.file, self._position, buffer, timeout=self.timeout)
        self._position += count
        self._next = self._position
        return count

    def readall(self) -> bytes:
        found = read(self.file, self._position, EOF, timeout=self.timeout)
        self._position += len(found)
        self._next = self._position
        return found

    def announce(self, end: int) -> None:
        """A read up to `end` begins; the buffer above will ask for it piece by piece.

        A hint: a thread that reads in between makes it wrong, which costs time and nothing else.
        """
        self._ends = end
        self._begins = True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET and offset < 0:
            raise ValueError(f"the position {offset} is negative")
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += self.size()
        elif whence != os.SEEK_SET:
            raise ValueError(f"whence is {whence}; give os.SEEK_SET, SEEK_CUR or SEEK_END")
        if not 0 <= offset < EOF:
            raise OSError(errno.EINVAL, f"the position {offset} is not in a file", self.name)
        self._position = offset
        self._ends = 0
        self._begins = False
        return offset

    def tell(self) -> int:
        return self._position

    def stop_ahead(self) -> None:
        """What is ahead is not wanted any more."""
        for request in self._requests:
            with contextlib.suppress(OSError, RuntimeError):  # the job or the manager ended
                request.cancel()
        self.forget_ahead()

    def forget_ahead(self) -> None:
        """Begin anew with what is ahead."""
        self._requests.clear()
        self._ahead = self._asked_to = 0

    def _begin(self, wanted: int) -> None:
        """A read begins: ask for all of it, and for what reads in a row will want next."""
        start = self._position
        end = max(start + wanted, self._ends if self._begins else 0)
        end = start + -(-(end - start) // self._buffer_size) * self._buffer_size
        self._ends = end
        self._begins = False
        if end - start > wanted:
            self._ask(start, min(end, self.size()))
        if self._most_ahead:
            self._ask_ahead(end)

    def _ask_ahead(self, here: int) -> None:
        """Before a read that ends at `here`."""
        if self._position == 0 or self._position != self._next:
            if self._position != self._next:
                self.stop_ahead()
            return
        self._ahead = min(max(2 * self._ahead, _FIRST_AHEAD), self._most_ahead)
        size = self.size()
        end = min(here + self._ahead, size)
        start = max(here, self._asked_to)
        if end - start < self._ahead // 2 and end < size:
            return  # enough is on its way
        request = self._ask(start, end)
        if request is not None:
            self._requests = [request for request in self._requests if not request.done()]
            self._requests.append(request)
            self._asked_to = end

    def _ask(self, start: int, end: int) -> RangeRequest | None:
        if start < end:
            with contextlib.suppress(BitsError):  # the read itself will tell
                return self.file.request_ranges([(start, end - start)])
        return None
