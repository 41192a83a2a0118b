# SPDX-License-Identifier: MIT
"""What `open()` and the file system for fsspec open: a URL, and how its job is made or found."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import threading
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import check_auth
from .enums import JobState, Priority
from .errors import BitsError, JobLeasedError, RangesNotSupportedError
from .http_options import set_options
from .job_settings import MOST_DESCRIPTION, MOST_NAME
from .left_behind import OPENED, find_left_behind
from .ranges import Range
from .urls import check_url, file_name, short_url

if TYPE_CHECKING:
    from .file import File
    from .job import Job
    from .manager import Manager
    from .progress import Progress

__all__ = ["CachedFile", "Source", "cache_folder", "end_job"]

_turns = threading.Condition()
_busy: set[str] = set()  # paths in caches that are being looked at or made; guarded by _turns


class CachedFile:
    """A file in a cache that somebody reads: while this lives its job is not ended."""

    __slots__ = ("__weakref__", "file")

    def __init__(self, file: File) -> None:
        """Made by `Source.keep`."""
        self.file: File = file


_cached: weakref.WeakValueDictionary[uuid.UUID, CachedFile] = weakref.WeakValueDictionary()
"""Those of this process, by the id of the job; changed by whose turn it is."""


class Source:
    """What to open, and how."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        auth: tuple[str, str] | None,
        prepare: Callable[[Job], object] | None,
    ) -> None:
        self._url = check_url(url)
        self._headers = headers
        self._auth = check_auth(auth)
        self._prepare = prepare
        try:
            self._title = file_name(url)
        except ValueError:
            self._title = "index"

    @property
    def _cached_name(self) -> str:
        """What the file is called in a cache: one name for one URL."""
        return hashlib.sha256(self._url.encode()).hexdigest()[:32]

    def keep(
        self, manager: Manager, folder: Path, limit: float | None, revalidate: bool
    ) -> CachedFile | None:
        """The file in a cache, as an earlier `open` left it, or else a new one there.

        Returns:
            None: it is in the hands of another process, or is read here and the server has another
            version by now.
        """
        path = folder / self._cached_name
        with _turn(str(path), limit), contextlib.suppress(JobLeasedError):
            job = find_left_behind(manager, OPENED, [(self._url, str(path))])
            if job is not None:
                if job.state is not JobState.TRANSFERRED:
                    set_options(job, self._headers, self._auth)
                    job.resume()
                file = job.file(0)
                known = _cached.get(job.id)
                if not revalidate or self.is_current(manager, file, limit):
                    with contextlib.suppress(BitsError):  # another process has it
                        job.description = job.description  # `bitscb3 gc` counts from here
                    return _hold(file) if known is None else known
                if known is not None:
                    return None
                job.cancel()
            return _hold(self.make(manager, path, limit))
        return None

    def is_current(self, manager: Manager, file: File, limit: float | None) -> bool:
        """Whether the server has the version of which bytes are here: its first answer tells."""
        beside = Path(file.local_name).with_name(f"{uuid.uuid4().hex}.probe")
        probe = None
        try:
            if file.job.on_demand:
                with contextlib.suppress(RangesNotSupportedError):
                    probe = self._contact(manager, beside, limit, on_demand=True)
            if probe is None:
                probe = self.begin(manager, beside, on_demand=False)
                _wait_for_answer(probe, limit)
            return _version_of(probe) == _version_of(file) is not None
        finally:
            if probe is not None:
                end_job(probe.job)

    def make(self, manager: Manager, path: Path, limit: float | None) -> File:
        """A new job for the file, after the first contact with the server."""
        try:
            return self._contact(manager, path, limit, on_demand=True)
        except RangesNotSupportedError:
            return self._contact(manager, path, limit, on_demand=False)

    def begin(self, manager: Manager, path: Path, on_demand: bool) -> File:
        """A new job for the file, not yet started; without `on_demand` it fetches the whole."""
        job = manager.create_job(
            self._title[:MOST_NAME], priority=Priority.FOREGROUND, on_demand=on_demand
        )
        try:
            job.description = f"{OPENED}: {short_url(self._url)}"[:MOST_DESCRIPTION]
            set_options(job, self._headers, self._auth)
            file = job.add_file(self._url, path)
            if self._prepare is not None:
                self._prepare(job)
        except BaseException:
            end_job(job)
            raise
        return file

    def _contact(self, manager: Manager, path: Path, limit: float | None, on_demand: bool) -> File:
        file = self.begin(manager, path, on_demand)
        try:
            file.job.resume()
            file.job.wait(limit)  # on demand: until the embedded BITS knows the size
            if on_demand:
                if file.size is None:
                    file.require(Range(0, 1), lambda: limit)
                file.filled_ranges()  # tells whether the server serves ranges
        except BaseException:
            end_job(file.job)
            raise
        return file


def _version_of(file: File) -> tuple[int | None, str, str] | None:
    """What tells one version from another; None: nothing does."""
    headers = file.response_headers
    etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
    return (file.size, etag, modified) if etag or modified else None


def end_job(job: Job) -> None:
    """Delete what is here; nothing is left to tell when that fails."""
    with contextlib.suppress(OSError, RuntimeError):
        if not job.state.is_final:
            job.cancel()


def cache_folder() -> Path:
    """Where the user's caches are."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base or Path.home() / "AppData/Local") / "bitscb3" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/bitscb3"
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "bitscb3"


class _Answered(Exception):  # noqa: N818 - it ends a wait
    """The server told of a file."""


def _wait_for_answer(file: File, limit: float | None) -> None:
    """Begin to fetch a file, until the server has answered."""

    def look(progress: Progress) -> None:
        if file.response_headers:
            raise _Answered

    file.job.resume()
    with contextlib.suppress(_Answered):
        file.job.wait(limit, progress=look)


def _hold(file: File) -> CachedFile:
    cached = _cached[file.job.id] = CachedFile(file)
    return cached


@contextlib.contextmanager
def _turn(path: str, limit: float | None) -> Iterator[None]:
    """Threads that open the same file in a cache do so one after another."""
    with _turns:
        if not _turns.wait_for(lambda: path not in _busy, limit):
            raise TimeoutError(f"{path} is still being opened by another thread after {limit} s")
        _busy.add(path)
    try:
        yield
    finally:
        with _turns:
            _busy.discard(path)
            _turns.notify_all()


def _forget() -> None:
    """In a forked child: the threads whose turn it is are the parent's."""
    global _turns
    _turns = threading.Condition()
    _busy.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
