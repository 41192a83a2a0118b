# SPDX-License-Identifier: MIT
"""A job."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from . import _core
from .arguments import check_destination, check_text, check_timeout
from .calls import Calls
from .enums import JobState
from .errors import (
    BG_E_ERROR_INFORMATION_UNAVAILABLE,
    BG_E_INVALID_STATE,
    BG_S_UNABLE_TO_DELETE_FILES,
    BitsError,
    InvalidStateError,
    TransferError,
    from_job,
    make_error,
)
from .event_source import EventSource
from .file import File
from .http_options import HttpOptions
from .job_ending import JobEnding
from .job_log import JobLog, describe_job
from .job_settings import JobSettings
from .logs import MAIN, WARNING, log
from .pictured import JobPictures
from .ranges import EOF, check_disjoint, check_ranges
from .urls import check_url, short_url

if TYPE_CHECKING:
    import datetime
    from uuid import UUID

    from .manager import Manager
    from .progress import ProgressLike

__all__ = ["Job", "JobProgress", "JobTimes"]


class JobProgress(NamedTuple):
    """How much of a job is here: bytes and files."""

    bytes_total: int | None  # None: the size of some file is not known yet
    bytes_transferred: int
    files_total: int
    files_transferred: int


class JobTimes(NamedTuple):
    """When things happened to a job, UTC."""

    creation: datetime.datetime
    modification: datetime.datetime
    transfer_completion: datetime.datetime | None  # None: not yet


class Job(JobEnding, JobSettings, EventSource, JobPictures):
    """A set of files to download. Made by `Manager.create_job`; there is one object for one job.

    Life: create, `add_file`, attach handlers, `resume`, `wait`, `complete`. As a context manager:
    leaving the block resumes the job if that never happened, waits, and completes it; an exception
    in the block, or a failed transfer, cancels it; Ctrl-C leaves it to be adopted later. In asyncio
    and trio: `await job` for `wait`, `async with`, `acomplete`, and `events` to iterate.

    Threads:
        Any. Handlers run on the manager's dispatcher thread.
    """

    def __init__(self, manager: Manager, core: _core.Job) -> None:
        """Made by `Manager`."""
        super().__init__(manager.dispatcher)
        self._manager = manager
        self._id = core.id
        self.calls: Calls[_core.Job] = Calls(core, manager.check_process, _describe_with_state)
        self.log: JobLog = manager.job_logs.setdefault(
            core.id, JobLog(core, manager.dispatcher, manager.observers)
        )
        self._files: dict[int, File] = {}
        self._adding = threading.Lock()
        self._claimed: set[str] | None = None  # destinations; guarded by _adding
        self.was_resumed: bool = False  # by this object
        self.suspended_by_caller: bool = False  # by the caller

    # -- what it is -------------------------------------------------------------------------------

    @property
    def manager(self) -> Manager:
        """The manager the job belongs to."""
        return self._manager

    @property
    def id(self) -> UUID:
        """Its identity, for `manager.job(id)`, in this process or another."""
        from uuid import UUID

        return UUID(self._id)

    @property
    def com_pointer(self) -> int:
        """The address of the job's IBackgroundCopyJob, for code that speaks to BITS itself.

        Such as C and C++, ctypes or comtypes. It is borrowed: AddRef what is kept longer than this
        object. On Windows it belongs into the multi-threaded apartment.
        """
        with self.calls as core:
            return core.com_pointer

    @property
    def http(self) -> HttpOptions:
        """How its requests are made: headers, method, redirects, TLS, proxy, logins."""
        return HttpOptions(self)

    # -- how far it is ----------------------------------------------------------------------------

    @property
    def progress(self) -> JobProgress:
        """How much of the job is here."""
        with self.calls as core:
            total, transferred, files_total, files_transferred = core.progress
        known = None if total == EOF else total
        return JobProgress(known, transferred, files_total, files_transferred)

    @property
    def times(self) -> JobTimes:
        """When the job was made, changed last (bytes that come are a change), and transferred."""
        with self.calls as core:
            creation, modification, completion = core.times
        done = _to_datetime(completion) if completion else None
        return JobTimes(_to_datetime(creation), _to_datetime(modification), done)

    @property
    def error(self) -> TransferError | None:
        """Why the job is in ERROR or TRANSIENT_ERROR; None in other states."""
        with self.calls as core:
            return from_job(core, describe_job(core))

    @property
    def shown_name(self) -> str:
        """The job for messages: 'job "name"'."""
        with self.calls as core:
            return describe_job(core)

    # -- its files --------------------------------------------------------------------------------

    @property
    def files(self) -> list[File]:
        """The files, in the order in which they were added."""
        with self.calls as core:
            return [self._wrap(core) for core in core.files()]

    def file(self, index: int) -> File:
        """The file number `index`; a negative one counts from the end.

        Raises:
            IndexError: There is no such file.
        """
        known = self._files.get(index)
        if known is not None:
            return known
        if 0 <= index < 2**32:
            with contextlib.suppress(IndexError), self.calls as core:
                return self._wrap(core.file(index))
        files = self.files
        if not -len(files) <= index < len(files):
            raise IndexError(f"{self.shown_name} has {len(files)} files; there is no file {index}")
        return files[index]

    def add_file(
        self,
        url: str,
        path: str | os.PathLike[str],
        ranges: Iterable[tuple[int, int]] | None = None,
    ) -> File:
        """Add a file to download.

        Args:
            url: An http, https or file URL; spaces and characters outside ASCII are encoded.
            path: Where the file goes once the job is completed; a relative path is made absolute.
                The folder must exist; a file of that name is replaced then.
            ranges: Only these (offset, length) pairs in bytes, which must not overlap; they are
                put one after another in the local file. Such a file reports no ranges; for parts
                at their place use an on-demand job and `File.request_ranges`.

        Returns:
            The file.

        Raises:
            ValueError, TypeError: An argument is not usable; nothing was sent.
            FolderNotFoundError: The folder of `path` does not exist.
            InvalidStateError: The job is completed or cancelled.
        """
        if ranges is None:
            return self.add_files([(url, path)])[0]
        remote = check_url(url)
        local = check_destination(path)
        pieces = check_ranges(ranges)
        check_disjoint(pieces)
        with self._adding, self.calls as core:
            claimed = self._check_unclaimed([local])
            self._claimed = None
            try:
                added = core.add_file_with_ranges(remote, local, pieces)
            except BitsError as error:
                error.about(f"{self.shown_name}, add_file() with ranges")
                raise
            claimed.add(os.path.normcase(local))
            self._claimed = claimed
        self.note_silent(short_url(remote))
        return self._wrap(added)

    def add_files(self, files: Iterable[tuple[str, str | os.PathLike[str]]]) -> list[File]:
        """Add many files at once, much faster than one by one.

        Args:
            files: n (url, path) pairs, each as for `add_file`.

        Returns:
            The n files, in that order.

        Raises:
            As `add_file`, and then no file was added.
        """
        folders: set[str] = set()
        names = [(check_url(url), check_destination(path, folders)) for url, path in files]
        if not names:
            return []
        with self._adding, self.calls as core:
            claimed = self._check_unclaimed([local for _, local in names])
            self._claimed = None  # read anew, should this go wrong half-way
            added = core.add_files(names)
            claimed.update(os.path.normcase(local) for _, local in names)
            self._claimed = claimed
        for remote, _ in names:
            if not remote.lower().startswith("http"):
                self.note_silent(short_url(remote))
        return [self._wrap(core) for core in added]

    def replace_remote_prefix(self, old: str, new: str) -> bool:
        """Put `new` in place of `old` at the start of every URL that begins so, case and all.

        What is here of a file is kept when size and time of the new source are the same; files that
        are whole stay as they are.

        Returns:
            Whether some URL began so.

        Raises:
            ValueError, TypeError: A prefix is empty or no str.
            BitsError: A URL that comes out cannot be used; none is changed.
            InvalidStateError: The job is completed or cancelled.
        """
        before, after = check_text(old, "old"), check_text(new, "new")
        if not before or not after:
            raise ValueError("an empty prefix cannot be replaced; give the beginning of a URL")
        with self.calls as core:
            return core.replace_remote_prefix(before, after)

    def take_ownership(self) -> None:
        """Become the job's owner, as root; its logins, headers, certificate and command line go.

        Raises:
            BitsError: E_ACCESSDENIED: only root may take a job of another user.
        """
        with self.calls as core:
            core.take_ownership()

    # -- its life ---------------------------------------------------------------------------------

    def resume(self) -> None:
        """Start, go on, or try again; a job left behind by another process is adopted.

        Raises:
            InvalidStateError: The job has no file, or is completed or cancelled.
            JobLeasedError: Another process runs the job.
        """
        with self.calls as core:
            core.resume()
        self.was_resumed = True
        self.suspended_by_caller = False
        self.log.resumed(self.update_flags)

    def suspend(self) -> None:
        """Stop until `resume`. What is here is kept.

        Raises:
            InvalidStateError: The job is completed or cancelled.
        """
        self.suspended_by_caller = True
        with self.calls as core:
            core.suspend()
        self._manager.dispatcher.recheck()
        self.log.suspended()

    def cancel(self) -> None:
        """End the job and delete what is here of it.

        Raises:
            InvalidStateError: The job is completed or cancelled.
        """
        with self.calls as core:
            result = core.cancel()
        self._end(result, JobState.CANCELLED)

    def complete(self, *, partial: bool = False) -> None:
        """Put the files under their final names and end the job.

        Handlers may still be called with what happened before; leaving the manager's context
        waits for them.

        Args:
            partial: Keep the files that are whole and delete the others.

        Raises:
            InvalidStateError: Some files are not whole, and `partial` is false; or the job ended.
            BitsError: A file could not be renamed; the job stays, complete() may be called again.
        """
        progress = self.progress
        missing = progress.files_total - progress.files_transferred
        if missing and not partial and not self.state.is_final:
            raise make_error(
                InvalidStateError,
                BG_E_INVALID_STATE,
                f"{self.shown_name} has {missing} unfinished of {progress.files_total} files, in "
                f"the state {self.state.name}; wait() for them, or give them up with "
                "complete(partial=True) or cancel()",
            )
        with self.calls as core:
            result = core.complete()
        self._end(result, JobState.ACKNOWLEDGED, whole=not missing)

    def wait(
        self, timeout: float | None = None, *, progress: ProgressLike | None = None
    ) -> JobState:
        """Wait until the job has nothing more to do.

        Handlers run on a thread of their own and may lag behind: wait() does not wait for them,
        leaving the manager's context does.

        Args:
            timeout: Longest wait in seconds; None waits without limit.
            progress: Who is told how far it is, ten times a second: True for a bar, a
                `rich.progress.Progress`, a tqdm bar, or a function of a `Progress`. What the
                function raises ends the wait, not the job.

        Returns:
            TRANSFERRED: every byte is here. SUSPENDED: an on-demand job with nothing left that was
            asked for, counting every request this thread made before. ACKNOWLEDGED or CANCELLED:
            ended.

        Raises:
            TransferError: The job stopped in the state ERROR.
            InvalidStateError: The caller suspended the job, or never resumed it.
            TimeoutError: The time ran out; the job goes on.
        """
        limit = check_timeout(timeout)
        if progress is not None and progress is not False:
            from .progress import follow, make_reporter

            with make_reporter(progress, self.name) as reporter:
                return follow(self, limit, reporter)
        self.check_resumed()
        with self.calls as core:
            found = core.wait(limit)
        if found is None:
            raise self.timed_out(timeout, "; wait again")
        return self.outcome(JobState(found))

    def _check_unclaimed(self, names: list[str]) -> set[str]:
        if self._claimed is None:
            self._claimed = {os.path.normcase(file.local_name) for file in self.files}
        normal = [os.path.normcase(name) for name in names]  # Windows knows no case
        fresh = set(normal)
        if len(fresh) < len(normal) or not fresh.isdisjoint(self._claimed):
            twice = next(n for n in normal if n in self._claimed or normal.count(n) > 1)
            raise ValueError(f"{self.shown_name} has a file for {twice} already; use another path")
        return self._claimed

    # -- for the other modules of this package ----------------------------------------------------

    def check_resumed(self) -> None:
        """Raise InvalidStateError when waiting would be for ever: nobody resumed the job."""
        if not self.was_resumed and self.state is JobState.SUSPENDED and not self.on_demand:
            raise self._standstill("was not resumed")

    def outcome(self, state: JobState) -> JobState:
        """What `wait` makes of the state it ended in."""
        if state is JobState.ERROR:
            raise self.failure()
        if state is JobState.SUSPENDED and (self.suspended_by_caller or not self.on_demand):
            raise self._standstill("is suspended")
        return state

    def timed_out(self, limit: float | None, advice: str = "") -> TimeoutError:
        """What a wait of `limit` seconds raises at its end."""
        error = self.error
        why = f" ({error})" if error is not None else ""
        return TimeoutError(
            f"{self.shown_name} is still {self.state.name} after {limit} s{why}{advice}"
        )

    def failure(self) -> TransferError:
        """The job's error, also when it is over meanwhile."""
        error = self.error or make_error(
            TransferError,
            BG_E_ERROR_INFORMATION_UNAVAILABLE,
            f"{self.shown_name} stopped with an error of which the service tells nothing, "
            "or which is over meanwhile; look at job.state",
        )
        self.log.failed(error)
        return error

    def __repr__(self) -> str:
        """Its name, state and id."""
        try:
            return f"<Job {self.name!r} {self.state.name} {self._id}>"
        except (OSError, RuntimeError):  # gone, or another process's
            return f"<Job {self._id}>"

    def _wrap(self, core: _core.File) -> File:
        return self._files.setdefault(core.index, File(self, core))

    def _end(self, result: int, state: JobState, *, whole: bool = False) -> None:
        self._manager.judges.set(str(self.id), None)
        self.log.ended(state, whole=whole)
        if result == BG_S_UNABLE_TO_DELETE_FILES:
            message = "%s ended, but some temporary files could not be deleted"
            log(MAIN, WARNING, message, self.shown_name, about=self.log.about())

    def _standstill(self, what: str) -> InvalidStateError:
        return make_error(
            InvalidStateError,
            BG_E_INVALID_STATE,
            f"{self.shown_name} {what}, so there is nothing to wait for; call job.resume() first",
        )


def _describe_with_state(core: _core.Job) -> str:
    return f"{describe_job(core)} ({JobState(core.state).name})"


def _to_datetime(ticks: int) -> datetime.datetime:
    """From 100 ns ticks since 1601."""
    import datetime

    epoch = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)
    return epoch + datetime.timedelta(microseconds=ticks // 10)
