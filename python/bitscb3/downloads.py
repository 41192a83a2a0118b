# SPDX-License-Identifier: MIT
"""`download()`: from a URL to a whole, verified file in one call."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from .arguments import check_auth, check_destination, check_timeout
from .enums import JobState, Priority
from .errors import (
    BG_E_INVALID_STATE,
    BG_E_VALIDATION_FAILED,
    BitsError,
    IntegrityError,
    InvalidStateError,
    JobLeasedError,
    TransferError,
    make_error,
)
from .http_options import set_options
from .job import Job
from .job_settings import MOST_DESCRIPTION, MOST_NAME
from .left_behind import DOWNLOADED, find_left_behind
from .manager import Manager
from .progress import afollow, follow, make_reporter
from .quantities import size_text
from .shared_manager import default_manager
from .urls import check_url, file_name, short_url
from .waking import in_thread

if TYPE_CHECKING:
    from .progress import ProgressLike

__all__ = ["Download", "adownload", "adownload_all", "download", "download_all"]

Wanted: TypeAlias = "str | tuple[str, str | os.PathLike[str]] | Download"

_HEX_DIGITS = 64
_CHUNK = 1 << 20

_busy: set[str] = set()  # destinations of running calls
_busy_lock = threading.Lock()


class Download(NamedTuple):
    """One file for `download_all()`."""

    url: str
    path: str | os.PathLike[str] | None = None  # a folder: under the URL's name; None: here
    sha256: str | None = None  # 64 hexadecimal digits


def download(
    url: str,
    path: str | os.PathLike[str] | None = None,
    *,
    sha256: str | None = None,
    progress: ProgressLike | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    priority: Priority = Priority.FOREGROUND,
    rate_limit: int | None = None,
    timeout: float | None = None,
    prepare: Callable[[Job], object] | None = None,
    manager: Manager | None = None,
) -> Path:
    """Download one file; go on with what an earlier, interrupted call left behind.

    The file appears under its name when it is whole and verified, not before. Faults that may pass
    are tried again for as long as bytes arrive, and a minute longer. A call that fails or is
    interrupted, by Ctrl-C or by the end of the process too, leaves what arrived in the store: the
    same call goes on from there, and `bitscb3 gc` removes what nobody came back for.

    Args:
        url: An http, https or file URL.
        path: The file, or a folder that exists, where the name in the URL is taken; None: the
            current folder. A file that is there is replaced at the end.
        sha256: What the file's SHA-256 must be, in hexadecimal. A file at `path` that has
            it already is left alone, and nothing is fetched.
        progress: True for a bar, a `rich.progress.Progress`, a tqdm bar, or a function that is
            called with a `Progress` ten times a second.
        headers: Headers for the requests, by name. They are encrypted in the store.
        auth: User name and password, for HTTP's Basic authentication; `prepare` for others.
        priority: Which jobs go first.
        rate_limit: Most bytes per second; None: no limit.
        timeout: Longest time in seconds; None: no limit.
        prepare: Called with the job before it starts, for what has no argument here:
            `lambda job: job.http.set_credentials(…, scheme=AuthScheme.DIGEST)`.
        manager: Whose store and settings to use; None: `default_manager()`.

    Returns:
        The absolute path of the file.

    Raises:
        TransferError: The file cannot be had.
        IntegrityError: The SHA-256 is another one. `path` was not touched, what came is deleted.
        TimeoutError: The time ran out.
        JobLeasedError: Another process is downloading this file to this path.
        BitsError: The file cannot be put in place, the disk is full and the like.
        ValueError, TypeError, FolderNotFoundError: An argument is not usable; nothing was sent.
    """
    return download_all(
        [Download(url, path, sha256)],
        progress=progress,
        headers=headers,
        auth=auth,
        priority=priority,
        rate_limit=rate_limit,
        timeout=timeout,
        prepare=prepare,
        manager=manager,
    )[0]


async def adownload(
    url: str,
    path: str | os.PathLike[str] | None = None,
    *,
    sha256: str | None = None,
    progress: ProgressLike | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    priority: Priority = Priority.FOREGROUND,
    rate_limit: int | None = None,
    timeout: float | None = None,
    prepare: Callable[[Job], object] | None = None,
    manager: Manager | None = None,
) -> Path:
    """As `download`, for asyncio and trio: nothing blocks the event loop.

    Cancelling the task stops the transfer and keeps what arrived.
    """
    return (
        await adownload_all(
            [Download(url, path, sha256)],
            progress=progress,
            headers=headers,
            auth=auth,
            priority=priority,
            rate_limit=rate_limit,
            timeout=timeout,
            prepare=prepare,
            manager=manager,
        )
    )[0]


def download_all(
    files: Iterable[Wanted],
    *,
    progress: ProgressLike | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    priority: Priority = Priority.FOREGROUND,
    rate_limit: int | None = None,
    timeout: float | None = None,
    prepare: Callable[[Job], object] | None = None,
    manager: Manager | None = None,
) -> list[Path]:
    """Download n files as one job, in parallel: all of them, or an exception.

    No file appears before every one is whole and verified. Progress counts all files together.

    Args:
        files: n URLs, (url, path) pairs or `Download`s.
        progress: As for `download`.
        headers: As for `download`.
        auth: As for `download`.
        priority: As for `download`.
        rate_limit: As for `download`, of all files together.
        timeout: As for `download`, of all files together.
        prepare: As for `download`.
        manager: As for `download`.

    Returns:
        The n absolute paths, in that order.

    Raises:
        As `download`.
    """
    call = _Call(files, headers, auth, priority, rate_limit, prepare, manager)
    limit = check_timeout(timeout)
    with call, make_reporter(progress, call.title) as reporter:
        job = call.begin()
        if job is not None:
            follow(job, limit, reporter)
            call.finish(job)
        return call.paths


async def adownload_all(
    files: Iterable[Wanted],
    *,
    progress: ProgressLike | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    priority: Priority = Priority.FOREGROUND,
    rate_limit: int | None = None,
    timeout: float | None = None,
    prepare: Callable[[Job], object] | None = None,
    manager: Manager | None = None,
) -> list[Path]:
    """As `download_all`, for asyncio and trio: nothing blocks the event loop.

    Cancelling the task stops the transfer and keeps what arrived.
    """
    call = _Call(files, headers, auth, priority, rate_limit, prepare, manager)
    limit = check_timeout(timeout)
    async with call:
        with make_reporter(progress, call.title) as reporter:
            job = await in_thread(call.begin)
            if job is not None:
                await afollow(job, limit, reporter)
                await in_thread(lambda: call.finish(job))
        return call.paths


class _Order(NamedTuple):
    url: str
    path: str  # absolute
    sha256: str | None  # in lower case


class _Call:
    """One call of the functions above: its job from the beginning to the end.

    As a context manager: leaving it by an exception stops the job and keeps what is here.
    """

    def __init__(
        self,
        files: Iterable[Wanted],
        headers: Mapping[str, str] | None,
        auth: tuple[str, str] | None,
        priority: Priority,
        rate_limit: int | None,
        prepare: Callable[[Job], object] | None,
        manager: Manager | None,
    ) -> None:
        self._orders = [make_order(*_parts_of(wanted)) for wanted in _listed(files)]
        self._headers = headers
        self._auth = check_auth(auth)
        self._priority = Priority(priority)
        self._rate_limit = rate_limit
        self._prepare = prepare
        self._manager = manager
        self._job: Job | None = None
        self._claimed: set[str] = set()

    @property
    def title(self) -> str:
        """What is downloaded, for people."""
        count = len(self._orders)
        return Path(self._orders[0].path).name if count == 1 else f"{count} files"

    @property
    def paths(self) -> list[Path]:
        return [Path(order.path) for order in self._orders]

    def __enter__(self) -> _Call:
        names = [os.path.normcase(order.path) for order in self._orders]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two files are to become {twice}; give each its own path")
        with _busy_lock:
            taken = _busy.intersection(names)
            if not taken:
                _busy.update(names)
                self._claimed = set(names)
        if taken:
            raise make_error(
                InvalidStateError,
                BG_E_INVALID_STATE,
                f"another call of this program is downloading {min(taken)}; wait for that one",
            )
        return self

    def begin(self) -> Job | None:
        """Find or make the job, and start it; None: every file is there already."""
        wanted = [order for order in self._orders if not _is_there(order)]
        if not wanted:
            return None
        manager = default_manager() if self._manager is None else self._manager
        names = [(order.url, order.path) for order in wanted]
        job = find_left_behind(manager, DOWNLOADED, names)
        if job is None:
            job = make_job(manager, wanted, self.title)
        self._job = job
        try:
            if job.state is not JobState.TRANSFERRED:
                self._set_up(job)
                job.resume()
        except JobLeasedError as error:
            self._job = None  # not ours
            error.message = (
                f"another process is downloading {wanted[0].path}; wait for it, or end it"
            )
            raise
        return job

    def finish(self, job: Job) -> None:
        """Verify what came and put it in place."""
        sums = {order.path: order.sha256 for order in self._orders}
        for file in job.files:
            wanted = sums[file.local_name]
            if wanted is not None:
                check_sha256(file.whereabouts(), wanted, file.shown_name, job)
        job.complete()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is not None and self._job is not None:
                self._leave(self._job, error)
        finally:  # last: the next call for that path takes the job up
            with _busy_lock:
                _busy.difference_update(self._claimed)

    async def __aenter__(self) -> _Call:
        return self.__enter__()

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, GeneratorExit):  # after that nothing may be awaited
            self.__exit__(kind, error, trace)
        else:
            await in_thread(lambda: self.__exit__(kind, error, trace), is_cleanup=True)

    def _set_up(self, job: Job) -> None:
        job.priority = self._priority
        if self._rate_limit is not None or job.rate_limit is not None:
            job.rate_limit = self._rate_limit
        set_options(job, self._headers, self._auth)
        if self._prepare is not None:
            self._prepare(job)

    def _leave(self, job: Job, error: BaseException) -> None:
        """Stop for `error`, which is on its way; keep what the same call can go on with."""
        with contextlib.suppress(OSError, RuntimeError):  # the manager may be closed meanwhile
            if job.state.is_final:
                return
            kept = job.progress.bytes_transferred
            if isinstance(error, IntegrityError) or not kept:
                job.cancel()
                return
            if job.state not in (JobState.ERROR, JobState.TRANSFERRED):
                job.suspend()
            if isinstance(error, (TransferError, TimeoutError)):
                add_note(error, f"{size_text(kept)} are kept; the same call goes on from there.")


def make_order(url: str, path: str | os.PathLike[str] | None, sha256: str | None) -> _Order:
    """Check one wish.

    Raises:
        ValueError, TypeError, FolderNotFoundError: It cannot be fulfilled.
    """
    remote = check_url(url)
    target = Path.cwd() if path is None else Path(path)
    if target.is_dir() or (path is not None and os.fspath(path).endswith(("/", os.sep))):
        target /= file_name(remote)
    return _Order(remote, check_destination(target), _check_digits(sha256))


def make_job(manager: Manager, orders: list[_Order], title: str) -> Job:
    """A new job for `orders`, not yet started."""
    job = manager.create_job(title[:MOST_NAME])
    try:
        first = orders[0]
        job.description = f"{DOWNLOADED}: {short_url(first.url)} -> {first.path}"[:MOST_DESCRIPTION]
        job.add_files([(order.url, order.path) for order in orders])
    except BaseException:
        job.cancel()
        raise
    return job


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_CHUNK))
    with Path(path).open("rb", buffering=0) as stream:
        while count := stream.readinto(buffer):
            digest.update(buffer[:count])
    return digest.hexdigest()


def check_sha256(path: str, wanted: str, subject: str, job: Job) -> None:
    """Raise IntegrityError unless the file at `path` has the SHA-256 `wanted`."""
    found = sha256_of(path)
    if found == wanted:
        return
    error = make_error(
        IntegrityError,
        BG_E_VALIDATION_FAILED,
        f"{job.shown_name}, {subject}: the SHA-256 is {found}, not {wanted}; "
        "what came was deleted. Check the digest and the URL",
    )
    error.url = subject
    error.found, error.wanted = found, wanted
    raise error


def add_note(error: BaseException, text: str) -> None:
    """Let the message of `error` end with one more sentence."""
    if isinstance(error, BitsError):
        error.message = f"{error.message.rstrip('.')}. {text}"
        error.strerror = error.message
    elif error.args:
        error.args = (f"{error.args[0]}. {text}", *error.args[1:])


def _forget() -> None:
    """In a forked child: no call runs there, and some thread of the parent may hold the lock."""
    global _busy_lock
    _busy_lock = threading.Lock()
    _busy.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _listed(files: Iterable[Wanted]) -> Iterator[Wanted]:
    if isinstance(files, (str, Download)):
        raise TypeError(f"give a list of files, not a {type(files).__name__} alone")
    return iter(files)


def _parts_of(wanted: Any) -> tuple[str, Any, str | None]:
    if isinstance(wanted, str):
        return wanted, None, None
    if isinstance(wanted, tuple) and 2 <= len(wanted) <= 3:
        return Download(*wanted)
    raise TypeError(f"a {type(wanted).__name__} is no URL, (url, path) pair or Download")


def _check_digits(sha256: object) -> str | None:
    if sha256 is None:
        return None
    if not isinstance(sha256, str):
        raise TypeError(f"sha256 is {sha256!r}; give {_HEX_DIGITS} hexadecimal digits as a str")
    digits = sha256.strip().lower()
    if len(digits) != _HEX_DIGITS or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(
            f"sha256 is {sha256!r}; give {_HEX_DIGITS} hexadecimal digits, as sha256sum prints them"
        )
    return digits


def _is_there(order: _Order) -> bool:
    """Whether the file is at its place, as wanted; without a digest nobody can know."""
    if order.sha256 is None:
        return False
    try:
        return sha256_of(order.path) == order.sha256
    except FileNotFoundError:
        return False
