# SPDX-License-Identifier: MIT
"""A file of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from . import _core
from .calls import Calls
from .errors import BG_E_INVALID_RANGE, TransferError, make_error
from .headers import Headers
from .pictured import FilePictures
from .ranges import EOF, Range, check_range, check_ranges
from .request import RangeRequest
from .urls import check_url, short_url

if TYPE_CHECKING:
    from .job import Job
    from .ranges import RangeArray
    from .reader import Buffer
    from .remote_file import RemoteFile

__all__ = ["File", "FileProgress"]


class FileProgress(NamedTuple):
    """How much of a file is here, in bytes."""

    bytes_total: int | None  # None: not known yet
    bytes_transferred: int
    completed: bool  # under its final name


class File(FilePictures):
    """A file of a job: a URL and a local path. Made by `Job.add_file`; `job.files` lists them.

    Threads:
        Any.
    """

    def __init__(self, job: Job, core: _core.File) -> None:
        """Made by `Job`."""
        self._job = job
        self._index = core.index
        self.calls: Calls[_core.File] = Calls(core, job.manager.check_process, _describe)

    @property
    def job(self) -> Job:
        """The job."""
        return self._job

    @property
    def index(self) -> int:
        """Its place in `job.files`."""
        return self._index

    @property
    def remote_name(self) -> str:
        """The URL, query and all: it may be a secret."""
        with self.calls as core:
            return core.remote_name

    @remote_name.setter
    def remote_name(self, url: str) -> None:
        """Have the rest from another URL.

        What is here is kept when size and time of the new source are the same, else the file begins
        again; a whole file stays as it is.

        Raises:
            ValueError, TypeError: Not a URL that can be used.
            InvalidStateError: The job is completed or cancelled.
        """
        remote = check_url(url)
        with self.calls as core:
            core.remote_name = remote

    @property
    def ranges(self) -> list[Range]:
        """The pieces given to `Job.add_file`, in that order; empty: the whole file."""
        with self.calls as core:
            return [Range(offset, length) for offset, length in core.ranges]

    @property
    def validation_state(self) -> bool:
        """What the program said of the content of the whole file; False: not yet.

        Set it to True when the content is good. Setting it to False puts the job into ERROR
        (BG_E_VALIDATION_FAILED) and forgets the file; `Job.resume` downloads it again.

        Raises:
            BitsError: E_PENDING: the file is not whole yet.
            InvalidStateError: The job is completed or cancelled.
        """
        with self.calls as core:
            return core.validation_state

    @validation_state.setter
    def validation_state(self, valid: bool) -> None:
        with self.calls as core:
            core.validation_state = bool(valid)

    @property
    def peer_download_stats(self) -> tuple[int, int]:
        """Bytes that came from the server, and from neighbours, which are Windows' only."""
        with self.calls as core:
            return core.peer_download_stats

    @property
    def bytes_received(self) -> int:
        """Bytes of bodies that arrived for the file in this process, also those thrown away.

        The system's BITS tells only what is on disk.
        """
        with self.calls as core:
            return core.bytes_received

    @property
    def local_name(self) -> str:
        """The absolute path of the file once the job is completed."""
        with self.calls as core:
            return core.local_name

    @property
    def temporary_name(self) -> str:
        """The absolute path of the file until then; empty before the first byte."""
        with self.calls as core:
            return core.temporary_name

    @property
    def shown_name(self) -> str:
        """The URL for messages: without query and user info."""
        with self.calls as core:
            return _describe(core)

    @property
    def progress(self) -> FileProgress:
        """How much of the file is here."""
        with self.calls as core:
            total, transferred, completed = core.progress
        return FileProgress(None if total == EOF else total, transferred, completed)

    @property
    def size(self) -> int | None:
        """Its size in bytes; None before the server told it."""
        return self.progress.bytes_total

    @property
    def response_headers(self) -> Headers:
        """The headers of the last response for the file; empty before it."""
        with self.calls as core:
            return Headers(core.response_headers)

    def filled_ranges(self) -> RangeArray:
        """The bytes that are here: sorted and merged.

        Raises:
            RangesNotSupportedError: A file with `ranges=`, a file:// URL, a server without ranges.
        """
        with self.calls as core:
            return core.filled_ranges()

    def request_ranges(self, ranges: Iterable[tuple[int, int]]) -> RangeRequest:
        """Ask for ranges, in front of everything not asked for; resumes the job if need be.

        Args:
            ranges: (offset, length) pairs in bytes, at least one; the length EOF means to the end.
                They may overlap, and reach over bytes that are here: those are not fetched again.

        Returns:
            The request. What is wrong with a range shows there once the size of the file is known.

        Raises:
            ValueError, TypeError: `ranges` is not a list of ranges.
            InvalidStateError: The job is completed or cancelled.
            RangesNotSupportedError: As for `filled_ranges`.
        """
        checked = check_ranges(ranges)
        with self._job.calls as core:
            request = core.request_ranges(self._index, checked)
        if not request.done():
            self._job.manager.dispatcher.attend()  # it goes on, whether or not somebody waits
        return RangeRequest(self, request, self._job.manager.dispatcher)

    def update_download_position(self, offset: int) -> None:
        """Go on downloading from byte `offset`; what is missing in front of it comes after.

        Raises:
            ValueError: A negative offset.
            RangesNotSupportedError: As for `filled_ranges`.
        """
        position = check_range(offset, EOF).offset
        with self.calls as core:
            core.update_download_position(position)

    def read(self, offset: int = 0, length: int = EOF, *, timeout: float | None = None) -> bytes:
        """Return bytes of the file, after asking for those that are not here.

        Args:
            offset: Of the first byte.
            length: How many bytes; EOF means to the end. Fewer come when the file ends before.
            timeout: Longest wait in seconds; None waits without limit.

        Returns:
            The bytes, all from one version of the file.

        Raises:
            TransferError: They cannot be had.
            InvalidStateError: The caller suspended the job, or it was cancelled.
            TimeoutError: The time ran out.
        """
        from .reader import read

        return read(self, offset, length, timeout)

    def readinto(self, offset: int, buffer: Buffer, *, timeout: float | None = None) -> int:
        """Fill a writable buffer with the bytes from `offset` on; otherwise as `read`.

        Returns:
            How many bytes were written: the buffer's size, fewer when the file ends before.
        """
        from .reader import read_into

        return read_into(self, offset, buffer, timeout)

    def open(self, buffer_size: int = 1 << 16, read_ahead: int = 0) -> RemoteFile:
        """A seekable binary file object; what is read from it is asked for when it is not here.

        Args:
            buffer_size: Least bytes asked for at a time.
            read_ahead: Most bytes asked for ahead of reads that follow each other.
        """
        from .remote_file import RemoteFile

        return RemoteFile(self, buffer_size, read_ahead)

    async def aread(self, offset: int = 0, length: int = EOF) -> bytes:
        """Return bytes of the file as `read` does, without holding up the event loop.

        For asyncio and trio. A task that is cancelled, or timed out, while it waits takes its
        request along: what nobody else asked for is not fetched any more (`RangeRequest.cancel`).

        Args:
            offset: Of the first byte.
            length: How many bytes; EOF means to the end. Fewer come when the file ends before.

        Returns:
            The bytes, all from one version of the file.

        Raises:
            TransferError: They cannot be had.
            InvalidStateError: The caller suspended the job, or it was cancelled.
        """
        from .reader import aread

        return await aread(self, offset, length)

    def require(self, wanted: Range, left: Callable[[], float | None]) -> Range:
        """Have `wanted` filled, cut to the file's size; `left` tells the seconds it may take yet.

        Returns:
            The part of `wanted` inside the file; length 0 behind its end.
        """
        from .reader import require

        return require(self, wanted, left)

    def whereabouts(self) -> str:
        """The path its bytes are at now."""
        path = self.local_name if self.progress.completed else self.temporary_name
        if not path:
            raise make_error(
                TransferError, BG_E_INVALID_RANGE, f"{self.shown_name} has no byte on disk yet"
            )
        return path

    def __repr__(self) -> str:
        """The URL, shortened, and the path."""
        try:
            return f"<File {self._index} {self.shown_name} -> {self.local_name}>"
        except (OSError, RuntimeError):  # the job is gone, or another process's
            return f"<File {self._index}>"


def _describe(core: _core.File) -> str:
    return short_url(core.remote_name)
