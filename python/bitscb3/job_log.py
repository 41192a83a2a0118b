# SPDX-License-Identifier: MIT
"""The story of one job, told to the log and to whoever observes the manager."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import _core
from .enums import JobState, NotifyFlags
from .errors import BackendUnavailableError, from_job
from .logs import DEBUG, ERROR, INFO, JOB, About, is_enabled, log, log_exception
from .printable import printable
from .urls import short_url

if TYPE_CHECKING:
    from typing import TypeAlias

    from .dispatcher import Dispatcher
    from .errors import TransferError

    Observer: TypeAlias = Callable[[About], None]

__all__ = ["JobLog", "describe_job", "tell_observers"]

_ENDS = NotifyFlags.JOB_TRANSFERRED | NotifyFlags.JOB_ERROR
_ALL = _ENDS | NotifyFlags.JOB_MODIFICATION | NotifyFlags.FILE_RANGES_TRANSFERRED


class JobLog:
    """Tells what happens to a job, each thing once, wherever it becomes known first.

    There is one for a job, also when its `Job` is dropped and made again. It keeps the extension's
    job, not the `Job`: being logged keeps no manager from being dropped.

    Threads:
        Any. Events of the service come on the manager's dispatcher thread.
    """

    __slots__ = (
        "__weakref__",
        "_core",
        "_dispatcher",
        "_lock",
        "_observers",
        "_subscription",
        "_told",
        "flags",
    )

    def __init__(self, core: _core.Job, dispatcher: Dispatcher, observers: list[Observer]) -> None:
        """Nothing is asked of the service before `resumed`; `observers` are the manager's."""
        self._core = core
        self._dispatcher = dispatcher
        self._observers = observers
        self._lock = threading.Lock()  # guards what follows; not held while anything is told
        self._subscription: _core.Subscription | None = None
        self._told: dict[str, int] = {}  # what was told already; of "retried" which error
        self.flags: NotifyFlags = NotifyFlags(0)  # of the events that are needed

    def created(self) -> None:
        """By this program."""
        self._tell(INFO, "created", "was created")

    def resumed(self, update_flags: Callable[[], None]) -> None:
        """By this program; `update_flags` tells the service of `flags`."""
        with self._lock:
            self._told.pop("failed", None)
        self._tell(DEBUG, "resumed", "was resumed")
        flags = _ALL if is_enabled(JOB, DEBUG) else _ENDS
        if not self._observers and not is_enabled(JOB, INFO):
            flags = NotifyFlags(0)
        with contextlib.suppress(OSError, RuntimeError):  # it ended, or the manager did
            changed, self.flags = flags != self.flags, flags
            if changed:
                update_flags()
            self._listen()

    def suspended(self) -> None:
        """By this program."""
        self._tell(DEBUG, "suspended", "was suspended")

    def failed(self, error: TransferError) -> None:
        """It stopped in the state ERROR."""
        if self._is_news("failed"):
            self._tell_error(ERROR, "failed", error)

    def ended(self, state: JobState, *, whole: bool = False) -> None:
        """It was completed or cancelled; `whole`: every file of it is here."""
        if not self._is_news("ended"):
            return
        if whole and self._subscription is not None:
            self._tell_transferred()  # its event may come late
        if state is JobState.CANCELLED:
            self._tell(INFO, "cancelled", "was cancelled")
        else:
            self._tell(INFO, "completed", "was completed")

    def about(self, event: str | None = None, file: int | None = None) -> About:
        """What a record on the job is about."""
        name = url = None
        with contextlib.suppress(OSError, RuntimeError):
            name = self._core.name
        with contextlib.suppress(OSError, RuntimeError, IndexError):
            url = None if file is None else short_url(self._core.file(file).remote_name)
        return About(event, self._core.id, name, file, url)

    def _listen(self) -> None:
        with self._lock:
            if not self.flags or self._subscription is not None:
                return
            subscription = self._subscription = self._core.subscribe()
        self._dispatcher.listen(subscription, self._serve)

    def _is_news(self, what: str, number: int = 0) -> bool:
        with self._lock:
            before, self._told[what] = self._told.get(what), number
        return before != number

    def _serve(self) -> None:
        subscription = self._subscription
        if subscription is None:
            return
        events = subscription.take()
        if self.flags & NotifyFlags.JOB_MODIFICATION:  # one may be missed at first
            events.insert(0, (_core.JOB_MODIFIED, 0, None))
        for number, index, _ in events:
            with contextlib.suppress(OSError, RuntimeError):  # the service does not tell any more
                self._take(number, index)
        if self._dispatcher.ended or (events and events[-1][0] == _core.JOB_ENDED):
            self._dispatcher.forget(subscription)

    def _take(self, number: int, index: int) -> None:
        if number == _core.FILE_RESTARTED:
            self._tell(DEBUG, "restarted", "begins a file anew", index)
        elif number == _core.JOB_MODIFIED:
            self._look_for_retry()
        elif number == _core.JOB_ERROR:
            self._look_for_failure()
        elif number == _core.JOB_TRANSFERRED:
            self._tell_transferred()
        elif number == _core.JOB_ENDED:
            self.ended(JobState(self._core.state))

    def _look_for_retry(self) -> None:
        if self._core.state != JobState.TRANSIENT_ERROR:
            return
        error = from_job(self._core, describe_job(self._core))
        if error is not None and self._is_news("retried", self._core.error_count):
            self._tell_error(DEBUG, "retried", error)

    def _look_for_failure(self) -> None:
        error = from_job(self._core, describe_job(self._core))
        if error is not None and self._core.state == JobState.ERROR:  # not resumed meanwhile
            self.failed(error)

    def _tell_transferred(self) -> None:
        if self._is_news("transferred"):
            self._tell(INFO, "transferred", "was transferred")

    def _tell_error(self, level: int, event: str, error: TransferError) -> None:
        if self._is_wanted(level):
            about = self.about(event)._replace(
                file=error.file, url=error.url, hresult=error.hresult, code=error.name
            )
            self._send(level, about, "%s", error)

    def _tell(self, level: int, event: str, what: str, file: int | None = None) -> None:
        if self._is_wanted(level):
            about = self.about(event, file)
            name = about.job if about.job_name is None else f'"{printable(about.job_name)}"'
            url = "" if about.url is None else f": {about.url}"
            self._send(level, about, "job %s %s%s", name, what, url)

    def _is_wanted(self, level: int) -> bool:
        return bool(self._observers) or is_enabled(JOB, level)

    def _send(self, level: int, about: About, message: str, *arguments: object) -> None:
        log(JOB, level, message, *arguments, about=about)
        tell_observers(self._observers, about)


def tell_observers(observers: list[Observer], about: About) -> None:
    """Tell each of `observers`; where `about` names no event, the manager is to be closed."""
    for observer in tuple(observers):
        _tell_one(observer, about)


def _tell_one(observer: Observer, about: About) -> None:
    try:
        observer(about)
    except Exception:  # what observes must not change what is observed
        log_exception("an observer of jobs raised", about=about)


def describe_job(core: _core.Job) -> str:
    """The job for messages: 'job "name"'."""
    try:
        return f'job "{printable(core.name)}"'
    except BackendUnavailableError:  # nobody knows its name any more
        return f"job {core.id}"
