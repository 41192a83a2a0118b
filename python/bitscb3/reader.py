# SPDX-License-Identifier: MIT
"""Reading the bytes of a file that is still being downloaded."""

from __future__ import annotations

import os
import sys
import time
from bisect import bisect_right
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import check_timeout
from .enums import JobState
from .errors import (
    BG_E_INVALID_RANGE,
    BG_E_INVALID_STATE,
    InvalidStateError,
    RangesNotSupportedError,
    TransferError,
    make_error,
)
from .ranges import Range, check_range
from .waking import in_thread

if TYPE_CHECKING:
    import array
    import mmap
    from collections.abc import Callable

    from .file import File

    Buffer = bytearray | memoryview | mmap.mmap | array.array[int]
    if sys.version_info >= (3, 12):
        from collections.abc import Buffer

__all__ = ["aread", "read", "read_into", "require"]

_ATTEMPTS = 8  # at a file that changes on the server again and again
_LONG_READ = (
    128 * 1024
)  # bytes; fewer take less of the event loop's time than a thread's turn would


def read(file: File, offset: int, length: int, timeout: float | None) -> bytes:
    """See `File.read`."""
    wanted = check_range(offset, length or 1)
    deadline = _Deadline(file, timeout)
    if length == 0:
        return b""
    for _ in range(_ATTEMPTS):
        with deadline:
            found = file.require(wanted, deadline.left)
        data = _read(file, found)
        if data is not None:
            return data
    raise _unsteady(file)


async def aread(file: File, offset: int, length: int) -> bytes:
    """See `File.aread`."""
    wanted = check_range(offset, length or 1)
    if length == 0:
        return b""
    for _ in range(_ATTEMPTS):
        found = await _arequire(file, wanted)
        if found.length < _LONG_READ:
            data = _read(file, found)
        else:
            data = await in_thread(partial(_read, file, found), may_abandon=True)
        if data is not None:
            return data
    raise _unsteady(file)


def read_into(file: File, offset: int, buffer: Buffer, timeout: float | None) -> int:
    """See `File.readinto`."""
    view = memoryview(buffer).cast("B")
    if view.readonly:
        raise TypeError("the buffer is read-only; give a bytearray or a writable memoryview")
    wanted = check_range(offset, view.nbytes or 1)
    deadline = _Deadline(file, timeout)
    if not view.nbytes:
        return 0
    for _ in range(_ATTEMPTS):
        with deadline:
            found = file.require(wanted, deadline.left)
        if _copy(file, found.offset, view[: found.length]):
            return found.length
    raise _unsteady(file)


def require(file: File, wanted: Range, left: Callable[[], float | None]) -> Range:
    """See `File.require`."""
    while True:
        size, wanted, is_here = _look(file, wanted)
        if is_here:
            return wanted
        try:
            file.request_ranges([wanted]).result(left())
        except RangesNotSupportedError:
            # No parts of this file: the job brings it from its beginning to its end.
            if file.job.on_demand or file.job.wait(left()) is not JobState.TRANSFERRED:
                raise
        except TransferError as error:
            if not _learned_size(file, size, error):
                raise


async def _arequire(file: File, wanted: Range) -> Range:
    """As `require`, for a task, whose request ends with it."""
    while True:
        size, wanted, is_here = _look(file, wanted)
        if is_here:
            return wanted
        try:
            request = file.request_ranges([wanted])
            try:
                await request
            finally:
                request.cancel()  # nothing happens to one that is done
        except RangesNotSupportedError:
            if file.job.on_demand or await file.job is not JobState.TRANSFERRED:
                raise
        except TransferError as error:
            if not _learned_size(file, size, error):
                raise


def _look(file: File, wanted: Range) -> tuple[int | None, Range, bool]:
    """The file's size, `wanted` cut to it, and whether that is here."""
    size, transferred, _ = file.progress
    if size is None:
        return None, wanted, False
    if wanted.offset >= size:
        return size, Range(size, 0), True
    wanted = Range(wanted.offset, min(wanted.length, size - wanted.offset))
    return size, wanted, transferred == size or _has(file, wanted)


def _has(file: File, wanted: Range) -> bool:
    try:
        filled = file.filled_ranges()
    except RangesNotSupportedError:
        return False
    # The last range that begins at `wanted` or before.
    place = bisect_right(filled, wanted.offset, key=lambda one: one.offset) - 1
    return place >= 0 and wanted.end <= filled[place].end


def _learned_size(file: File, before: int | None, error: TransferError) -> bool:
    """Whether a request failed because the size was not known when it was made, and is now."""
    return error.hresult == BG_E_INVALID_RANGE and before is None and file.size is not None


def _read(file: File, found: Range) -> bytes | None:
    """The bytes of a range that is filled; None as `_copy` is False."""
    into = bytearray(found.length)
    return bytes(into) if _copy(file, found.offset, memoryview(into)) else None


def _copy(file: File, offset: int, view: memoryview) -> bool:
    """Read what is filled; False when the file moved or restarted meanwhile: ask again.

    A file that restarts goes on under another temporary name, so one name before and after means
    one version.
    """
    if not view.nbytes:
        return True
    path = file.whereabouts()
    try:
        whole = _read_at(path, offset, view)
    except FileNotFoundError:
        whole = False
    if file.job.state.is_final and file.whereabouts() == path:
        if whole:
            return True
        raise make_error(
            InvalidStateError,
            BG_E_INVALID_STATE,
            f"the bytes of {file.shown_name} are gone: the job ended without them",
        )
    return whole and file.whereabouts() == path


if hasattr(os, "preadv"):

    def _read_at(path: str, offset: int, view: memoryview) -> bool:
        """Fill `view`; False when the file is shorter."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            done = 0
            while done < view.nbytes:
                count = os.preadv(descriptor, [view[done:]], offset + done)
                if count == 0:
                    return False
                done += count
            return True
        finally:
            os.close(descriptor)

else:

    def _read_at(path: str, offset: int, view: memoryview) -> bool:
        """Fill `view`; False when the file is shorter."""
        with Path(path).open("rb") as stream:
            stream.seek(offset)
            return stream.readinto(view) == view.nbytes


def _unsteady(file: File) -> InvalidStateError:
    path = file.whereabouts()
    if Path(path).exists():
        what = f"{file.shown_name} keeps changing on the server; try again later"
    else:
        what = (
            f"{path}, which held the bytes of {file.shown_name}, is gone; "
            "job.suspend() and job.resume() fetch them again"
        )
    return make_error(InvalidStateError, BG_E_INVALID_STATE, what)


class _Deadline:
    """The time a read may take, all attempts together; tells a TimeoutError in those terms."""

    def __init__(self, file: File, timeout: float | None) -> None:
        self._file = file
        self._timeout = check_timeout(timeout)
        self._began = time.monotonic()

    def left(self) -> float | None:
        """Seconds; None: without limit."""
        if self._timeout is None:
            return None
        return max(0.0, self._began + self._timeout - time.monotonic())

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TimeoutError):
            raise TimeoutError(
                f"{self._file.shown_name} is not here after {self._timeout} s; read it again"
            ) from None
