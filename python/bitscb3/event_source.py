# SPDX-License-Identifier: MIT
"""What a job tells, and to whom: the part of `Job` that handlers and streams attach to."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from .callback import Callback3
from .enums import NotifyFlags
from .errors import InvalidStateError
from .handlers import (
    FILE_RANGES,
    FILE_RESTARTED,
    FILE_TRANSFERRED,
    JOB_ERROR,
    JOB_MODIFIED,
    JOB_TRANSFERRED,
    Handler,
    Handlers,
    handlers_of,
)
from .logs import INFO, MAIN, log

if TYPE_CHECKING:
    from . import _core
    from .calls import Calls
    from .dispatcher import Dispatcher
    from .enums import JobState
    from .errors import TransferError
    from .event_stream import EventStream
    from .file import File
    from .job import Job
    from .job_log import JobLog
    from .ranges import RangeArray

__all__ = ["EventSource"]

_STREAM_FLAGS = (
    NotifyFlags.JOB_TRANSFERRED
    | NotifyFlags.JOB_ERROR
    | NotifyFlags.FILE_TRANSFERRED
    | NotifyFlags.FILE_RANGES_TRANSFERRED
)

OfRanges = TypeVar("OfRanges", bound="Callable[[Job, File, RangeArray], object]")
OfFile = TypeVar("OfFile", bound="Callable[[Job, File], object]")
OfJob = TypeVar("OfJob", bound="Callable[[Job], object]")
OfError = TypeVar("OfError", bound="Callable[[Job, TransferError], object]")


class EventSource:
    """The base of `Job`: its callback, its handlers and its streams, which share one set of flags.

    Threads:
        Any. Handlers run on the manager's dispatcher thread.
    """

    if TYPE_CHECKING:
        calls: Calls[_core.Job]
        log: JobLog

        @property
        def state(self) -> JobState: ...  # noqa: D102

    def __init__(self, dispatcher: Dispatcher) -> None:
        """Nothing is wanted, and no thread started, before the first handler."""
        self._dispatcher = dispatcher
        self._handlers = Handlers(cast("Job", self), dispatcher)
        self._callback: Callback3 | None = None
        self._streams: dict[object, NotifyFlags] = {}  # what each one wants, by its token
        self._flags_lock = threading.Lock()
        self._explicit_flags: NotifyFlags | None = None
        self._wanted = NotifyFlags(0)  # what the core was told
        self._silent: list[str] = []  # files that never report ranges, not yet warned of

    @property
    def callback(self) -> Callback3 | None:
        """The callback object, whose overridden methods get the job's events; None: none."""
        return self._callback

    @callback.setter
    def callback(self, callback: Callback3 | None) -> None:
        if callback is not None and not isinstance(callback, Callback3):
            raise TypeError(f"a callback derives from bitscb3.Callback3; {callback!r} does not")
        self._check_process()
        handlers = [] if callback is None else handlers_of(callback)
        with self._flags_lock:  # each is replaced by one thread
            before, self._callback = self._callback, callback
        if before is not None:
            self._handlers.remove(lambda one: getattr(one.function, "__self__", None) is before)
        self._attach(handlers)
        if self._callback is not callback:  # another thread replaced it while it was attached
            self._handlers.remove(handlers.__contains__)
            self.update_flags()

    def on_ranges(self, function: OfRanges) -> OfRanges:
        """Decorator: call `function(job, file, ranges)` for byte ranges as they arrive."""
        self._attach([Handler(FILE_RANGES, function)])
        return function

    def on_restarted(self, function: OfFile) -> OfFile:
        """Decorator: call `function(job, file)` when what was reported of a file became void."""
        self._attach([Handler(FILE_RESTARTED, function)])
        return function

    def on_file(self, function: OfFile) -> OfFile:
        """Decorator: call `function(job, file)` when a file is whole."""
        self._attach([Handler(FILE_TRANSFERRED, function)])
        return function

    def on_transferred(self, function: OfJob) -> OfJob:
        """Decorator: call `function(job)` when every file is whole."""
        self._attach([Handler(JOB_TRANSFERRED, function)])
        return function

    def on_error(self, function: OfError) -> OfError:
        """Decorator: call `function(job, error)` when the job stops in the state ERROR."""
        self._attach([Handler(JOB_ERROR, function)])
        return function

    def on_modified(self, function: OfJob) -> OfJob:
        """Decorator: call `function(job)` when something about the job changed."""
        self._attach([Handler(JOB_MODIFIED, function)])
        return function

    def remove_handler(self, function: Callable[..., object]) -> None:
        """Detach a handler; a call in progress is not waited for.

        Raises:
            ValueError: It is not attached.
        """
        self._check_process()
        if not self._handlers.remove(lambda one: one.function == function):
            raise ValueError(f"{function!r} is not a handler of {self!r}")
        self.update_flags()

    @property
    def handler_errors(self) -> list[BaseException]:
        """What handlers raised, the latest 100; each was logged, too."""
        return list(self._handlers.errors)

    @property
    def ranges_by_progress(self) -> bool:
        """Whether range events come from the progress of the files, which the service is asked for.

        So it is once somebody listens to ranges of a service without FileRangesTransferred: a BITS
        before Windows 10 version 1703. Files arrive from their beginning to their end there.
        """
        with self.calls as core:
            return core.ranges_by_progress

    @property
    def notify_flags(self) -> NotifyFlags:
        """Which events are turned on. By itself: those of the handlers. Set explicitly, it wins."""
        if self._explicit_flags is not None:
            return self._explicit_flags
        with self.calls as core:
            return NotifyFlags(core.notify_flags)

    @notify_flags.setter
    def notify_flags(self, flags: NotifyFlags | None) -> None:
        explicit = None if flags is None else NotifyFlags.check(flags)
        self._check_process()
        self._explicit_flags = explicit
        self.update_flags()

    def events(self, flags: NotifyFlags = _STREAM_FLAGS) -> EventStream:
        """The events as an asynchronous iterator: `async for event in job.events()`.

        It starts with what was filled before, and ends after JobTransferred, JobFailed or JobEnded.

        Args:
            flags: Which events; JOB_MODIFICATION is off unless asked for.
        """
        from .event_stream import EventStream

        wanted = NotifyFlags.check(flags)
        self._check_process()
        stream = EventStream(cast("Job", self), wanted, self._dispatcher)
        self._streams[stream.token] = stream.flags
        try:
            self.update_flags()
            with self.calls as core:
                stream.subscribe(core)
        except BaseException as error:
            self._streams.pop(stream.token)
            # Of an ended job there is nothing to tell.
            if not isinstance(error, InvalidStateError) or not self.state.is_final:
                raise
        return stream

    # -- for the other modules of this package ----------------------------------------------------

    def allows(self, flag: NotifyFlags) -> bool:
        """Whether handlers get events of this kind."""
        flags = self._explicit_flags
        return flags is None or bool(flags & flag and not flags & NotifyFlags.DISABLE)

    def update_flags(self) -> None:
        """Tell the service which events are wanted now."""
        with self._flags_lock:
            wanted = self._explicit_flags
            if wanted is None:
                wanted = self._handlers.flags | self.log.flags
                for flags in list(self._streams.values()):
                    wanted |= flags
            elif wanted & NotifyFlags.DISABLE:
                wanted = NotifyFlags(0)
            if wanted != self._wanted:
                with self.calls as core:
                    core.want(int(wanted))
                    by_progress = core.ranges_by_progress
                fresh, self._wanted = wanted & ~self._wanted, wanted
                if by_progress and fresh & NotifyFlags.FILE_RANGES_TRANSFERRED:
                    self._tell_of_progress()

    def drop_stream(self, token: object) -> None:
        """A stream is closed: turn off what only it wanted."""
        if self._streams.pop(token, None) is not None:
            with contextlib.suppress(InvalidStateError):  # the job or the manager ended
                self.update_flags()

    def note_silent(self, url: str) -> None:
        """Remember a file that never reports ranges; warn whoever waits for them."""
        self._silent.append(url)
        self._warn_of_silent_files()

    def _tell_of_progress(self) -> None:
        log(
            MAIN,
            INFO,
            "%r: this BITS does not tell of ranges, as that of Windows 10 version 1703 and later "
            "does; they are taken from the progress of the files, looked at five times a second",
            self,
            about=self.log.about(),
        )

    def _check_process(self) -> None:
        """Refuse in a forked child, where some thread of the parent may hold a lock."""
        with self.calls:
            pass

    def _attach(self, handlers: list[Handler]) -> None:
        self._check_process()
        if handlers:
            self._handlers.join(handlers)
            try:
                self.update_flags()
                with self.calls as core:
                    self._handlers.start(core)
            except BaseException:
                self._handlers.remove(handlers.__contains__)
                raise
        else:
            self.update_flags()
        self._warn_of_silent_files()

    def _warn_of_silent_files(self) -> None:
        if not self._silent or not self._handlers.has(FILE_RANGES):
            return
        import warnings

        while True:
            try:
                url = self._silent.pop(0)  # by one thread
            except IndexError:
                return
            warnings.warn(
                f"{url} reports no ranges: it was added with ranges=… or is a file:// URL; "
                "use File.request_ranges on an http URL to hear of them",
                stacklevel=4,
            )
