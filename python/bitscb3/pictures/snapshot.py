# SPDX-License-Identifier: MIT
"""What a file or a job is like at one moment: all that a picture needs, and never an exception."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from bitscb3.errors import RangesNotSupportedError
from bitscb3.quantities import size_text

if TYPE_CHECKING:
    from bitscb3.file import File
    from bitscb3.job import Job

__all__ = ["GONE", "FileSnapshot", "JobSnapshot", "printable", "snap_file", "snap_job"]

GONE = (OSError, RuntimeError)  # of a job that ended, a closed manager, a forked child
_NOT_TOLD = "which bytes are here is not told"


class FileSnapshot(NamedTuple):
    """A file."""

    name: str  # its URL without query
    figures: str  # how much is here, in words
    size: int | None  # bytes; None: not known
    ranges: Iterable[tuple[int, int]] | None  # what is here; None: not told
    remark: str = ""  # why it is not told


class JobSnapshot(NamedTuple):
    """A job."""

    name: str
    figures: str
    files: list[FileSnapshot]  # the first ones
    rest: str  # about the files after them; empty: there are none
    error: str  # why it stopped or waits; empty: it does not


def snap_file(file: File) -> FileSnapshot:
    """Look at a file."""
    try:
        name = printable(file.shown_name)
        size, here, _ = file.progress
    except GONE as error:
        return FileSnapshot(f"file {file.index}", "", None, None, _first_words(error))
    if size is not None and here >= size:
        return FileSnapshot(name, f"{size_text(size)}, whole", size, [(0, size)])
    figures = _amount(here, size)
    try:
        ranges = file.filled_ranges()
    except RangesNotSupportedError:
        return FileSnapshot(name, figures, size, None, f"{_NOT_TOLD}: {_reason(file, name)}")
    except GONE as error:
        return FileSnapshot(name, figures, size, None, _first_words(error))
    if len(ranges) > 0:
        figures += f", {len(ranges):,} range{'s'[: len(ranges) != 1]}"
    return FileSnapshot(name, figures, size, ranges)


def snap_job(job: Job, files: int) -> JobSnapshot:
    """Look at a job and at no more than `files` of its files."""
    try:
        name = f"{printable(job.name)}, {job.state.name}"
        total, here, count, done = job.progress
        error = job.error
        shown = [job.file(index) for index in range(min(files, count))]
        rows = [snap_file(file) for file in shown]
        rest = ""
        if count > len(rows):
            rest_here = here - sum(file.progress.bytes_transferred for file in shown)
            more = f"{count - len(rows):,} {'more ' if rows else ''}file"
            rest = f"{more}{'s'[: count - len(rows) != 1]}, {size_text(max(rest_here, 0))} here"
    except GONE as gone:
        return JobSnapshot("job", "", [], "", _first_words(gone))
    figures = f"{_amount(here, total)}, {done:,} of {count:,} file{'s'[: count != 1]}"
    return JobSnapshot(name, figures, rows, rest, "" if error is None else printable(str(error)))


def printable(text: str) -> str:
    """`text` on one line, with nothing that could steer a terminal or break a document."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))


def _amount(here: int, size: int | None) -> str:
    if size is None:
        return f"{size_text(here)}, size not known" if here else "size not known yet"
    percent = here * 100 // size if size else 100  # 100 only when nothing is missing
    shown = "under 1 %" if here and not percent else f"{percent} %"
    return f"{size_text(here)} of {size_text(size)}, {shown}"


def _reason(file: File, name: str) -> str:
    if name.lower().startswith("file:"):
        return "a file:// URL"
    return "a file of pieces" if file.ranges else "no ranges from this server"


def _first_words(error: BaseException) -> str:
    return printable(str(error)) or type(error).__name__
