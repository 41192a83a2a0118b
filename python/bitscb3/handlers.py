# SPDX-License-Identifier: MIT
"""The handlers of one job: who wants which events, and the turn in which they get them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from . import _core
from .callback import Callback3
from .dispatcher import Dispatcher
from .enums import NotifyFlags
from .logs import log_exception

if TYPE_CHECKING:
    from .job import Job

__all__ = ["ALL_KINDS", "Handler", "Handlers", "Kind", "handlers_of"]

_MOST_ERRORS: Final = 100  # kept on job.handler_errors; the log has them all
_COROUTINE: Final = 0x80  # inspect.CO_COROUTINE


class Kind(NamedTuple):
    """One kind of event."""

    number: int  # the core's
    method: str  # of Callback3
    flag: NotifyFlags  # that turns it on


FILE_RESTARTED: Final = Kind(
    _core.FILE_RESTARTED, "file_restarted", NotifyFlags.FILE_RANGES_TRANSFERRED
)
FILE_RANGES: Final = Kind(
    _core.FILE_RANGES, "file_ranges_transferred", NotifyFlags.FILE_RANGES_TRANSFERRED
)
FILE_TRANSFERRED: Final = Kind(
    _core.FILE_TRANSFERRED, "file_transferred", NotifyFlags.FILE_TRANSFERRED
)
JOB_MODIFIED: Final = Kind(_core.JOB_MODIFIED, "job_modification", NotifyFlags.JOB_MODIFICATION)
JOB_ERROR: Final = Kind(_core.JOB_ERROR, "job_error", NotifyFlags.JOB_ERROR)
JOB_TRANSFERRED: Final = Kind(_core.JOB_TRANSFERRED, "job_transferred", NotifyFlags.JOB_TRANSFERRED)
ALL_KINDS: Final = (
    FILE_RESTARTED,
    FILE_RANGES,
    FILE_TRANSFERRED,
    JOB_MODIFIED,
    JOB_ERROR,
    JOB_TRANSFERRED,
)

CoreEvent = tuple[int, int, "_core.RangeArray | None"]  # kind, index of the file, ranges


class Handler:
    """A function of the caller's, for one kind of event."""

    __slots__ = ("function", "kind", "removed")

    def __init__(self, kind: Kind, function: Callable[..., object]) -> None:
        """Check that `function` can be called on the dispatcher thread.

        Raises:
            TypeError: Not callable, or a coroutine function.
        """
        if not callable(function):
            raise TypeError(f"a handler is a function, not {function!r}")
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        if code is not None and code.co_flags & _COROUTINE:
            raise TypeError(
                f"{function!r} is a coroutine function; handlers run on a thread of their own. "
                "Use 'async for event in job.events()'"
            )
        self.kind: Kind = kind
        self.function: Callable[..., object] = function
        self.removed: bool = False


def handlers_of(callback: Callback3) -> list[Handler]:
    """A handler for every method that `callback` overrides."""
    return [
        Handler(kind, getattr(callback, kind.method))
        for kind in ALL_KINDS
        if kind.method in vars(callback)
        or getattr(type(callback), kind.method) is not getattr(Callback3, kind.method)
    ]


class Handlers:
    """The handlers of one job, in the order in which they were attached.

    They share one subscription. A handler that joins later first gets, alone, what was delivered
    before, so that each is told everything once.

    Threads:
        add, remove: any thread. serve: the dispatcher's.
    """

    def __init__(self, job: Job, dispatcher: Dispatcher) -> None:
        """No subscription before the first handler."""
        self._job = job
        self._dispatcher = dispatcher
        self._lock = threading.Lock()
        self._subscribed = False
        self._subscription: _core.Subscription | None = None
        self._active: list[Handler] = []
        self._joining: list[Handler] = []
        self.errors: list[BaseException] = []

    @property
    def flags(self) -> NotifyFlags:
        """The events the handlers need."""
        flags = NotifyFlags(0)
        with self._lock:
            for handler in self._active + self._joining:
                flags |= handler.kind.flag
        return flags

    def has(self, kind: Kind) -> bool:
        """Whether a handler wants events of `kind`."""
        with self._lock:
            return any(handler.kind is kind for handler in self._active + self._joining)

    def join(self, handlers: Iterable[Handler]) -> None:
        """Attach handlers; nothing reaches them before `start`."""
        with self._lock:
            self._joining.extend(handlers)

    def start(self, core: _core.Job) -> None:
        """Have those who joined served; the first ones subscribe to `core`."""
        with self._lock:
            first, self._subscribed = not self._subscribed, True
        if not first:
            self._dispatcher.post(self.serve)
            return
        try:
            self._subscription = core.subscribe()
        except BaseException:
            self._subscribed = False
            raise
        self._dispatcher.listen(self._subscription, self.serve)

    def remove(self, unwanted: Callable[[Handler], bool]) -> int:
        """Detach the handlers for which `unwanted` is true; returns how many."""
        count = 0
        with self._lock:
            for group in (self._active, self._joining):
                for handler in [one for one in group if unwanted(one)]:
                    handler.removed = True
                    group.remove(handler)
                    count += 1
        return count

    def serve(self) -> None:
        """Hand out everything there is."""
        subscription = self._subscription
        if subscription is None:
            return
        if self._joining:
            with self._lock:
                joining = list(self._joining)
            self._hand_out(subscription.delivered(), joining)
            with self._lock:
                for handler in joining:
                    if not handler.removed:
                        self._joining.remove(handler)
                        self._active.append(handler)
        events = subscription.take()
        with self._lock:
            active = list(self._active)
        self._hand_out(events, active)
        ended = bool(events) and events[-1][0] == _core.JOB_ENDED
        if ended or self._dispatcher.ended:
            self._dispatcher.forget(subscription)

    def _hand_out(self, events: list[CoreEvent], handlers: list[Handler]) -> None:
        wanting: dict[int, list[Handler]] = {}
        for handler in handlers:
            wanting.setdefault(handler.kind.number, []).append(handler)
        allows = self._job.allows
        for number, index, ranges in events:
            takers = wanting.get(number)
            if takers is None or not allows(takers[0].kind.flag):
                continue
            arguments = self._arguments(number, index, ranges)
            for handler in takers:
                if handler.removed:
                    continue
                try:
                    handler.function(*arguments)
                except BaseException as error:  # SystemExit too: it would end the wrong thread
                    self._keep(error, handler)

    def _arguments(
        self, number: int, index: int, ranges: _core.RangeArray | None
    ) -> tuple[Any, ...]:
        job = self._job
        if number == FILE_RANGES.number:
            return job, job.file(index), ranges
        if number in (FILE_RESTARTED.number, FILE_TRANSFERRED.number):
            return job, job.file(index)
        if number == JOB_ERROR.number:
            return job, job.failure()
        return (job,)

    def _keep(self, error: BaseException, handler: Handler) -> None:
        about = self._job.log.about()
        log_exception("%s of %r raised", handler.kind.method, self._job, about=about)
        self.errors.append(error)
        del self.errors[:-_MOST_ERRORS]
