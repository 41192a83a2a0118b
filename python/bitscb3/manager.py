# SPDX-License-Identifier: MIT
"""The manager: the way to the service and its jobs."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, Final

from . import _core
from .arguments import check_capacity, check_file, check_path, check_rate, check_text
from .certificates import CertificateJudges
from .closing import Closing
from .dispatcher import Dispatcher
from .enums import CostFlags, JobType, Priority
from .errors import (
    BG_E_EMPTY,
    CO_E_OBJNOTCONNECTED,
    E_NOTIMPL,
    BitsError,
    InvalidStateError,
    JobLeasedError,
    JobNotFoundError,
    make_error,
)
from .http_log import HttpLog
from .job import Job
from .job_log import tell_observers
from .job_settings import MOST_NAME
from .logs import DEBUG, HTTP, MAIN, WARNING, About, is_enabled, log
from .waking import in_thread

if TYPE_CHECKING:
    from types import TracebackType
    from uuid import UUID

    from .job_log import JobLog, Observer
    from .settings import Settings
    from .statistics import ManagerStats
    from .testing import FakeClock

__all__ = ["Manager"]

_BACKENDS = ("auto", "bits", "engine")
_SECONDS_AT_EXIT: Final = 5.0  # for handlers still running when the process ends


class Manager(Closing):
    """A connection to BITS: the system's on Windows, or the embedded one.

    The embedded BITS runs in this process: its jobs stop at `close()` and stay in the store,
    parked, until a manager of any process adopts them with `job.resume()` or `resume_all()`. Jobs
    of the system's BITS go on by themselves.

    Use it as a context manager, or call `close()`; one that is left open is closed at exit.

    It logs on "bitscb3.job" what happens to jobs, and on "bitscb3.http", where that is enabled for
    DEBUG when it is opened, what libcurl says of requests (see `verbose`); `bitscb3.logs` has more.

    Args:
        backend: "auto": the system's BITS on Windows, the embedded one elsewhere, and where BITS is
            disabled, missing, or not for this kind of session, which is logged; "bits": the
            system's; "engine": the embedded one. Only the embedded BITS has use
            for the arguments below but `queue_capacity`; with a `clock`, "auto" is "engine".
        store: Folder of the embedded BITS' jobs, made when missing; None: the user's state folder,
            $XDG_STATE_HOME/bitscb3 or ~/.local/state/bitscb3.
        settings: The numbers the embedded BITS works with; None: `Settings()`.
        ca_file: PEM file of trusted authorities; None: those of the environment variables
            SSL_CERT_FILE (a file) and SSL_CERT_DIR (folders) when one of them is set, else the
            system's, else those of the package certifi. Without any, https fails.
        crl_file: PEM file of revoked certificates, for SecurityFlags.ENABLE_CRL_CHECK.
        user_agent: What servers are told; None: "bitscb3/<version>".
        queue_capacity: Range events between the transfer and Python, at least 1; what finds no
            place is looked up again, so a small queue costs time, not events.
        rate_limit: See the property of that name. With the system's BITS it is an error.
        clock: What time it is for jobs: a `bitscb3.testing.FakeClock`; None: the system's.

    Raises:
        BackendUnavailableError: The system's BITS cannot be reached.
        StoreError: The store is damaged.
        BitsError: SSL_CERT_FILE or SSL_CERT_DIR names nothing; or a `rate_limit` where the
            system's BITS does the work.
        ValueError, TypeError: An argument is not usable.

    Threads:
        Any. After fork the child gets RuntimeError: open a manager there.
    """

    def __init__(
        self,
        backend: str = "auto",
        store: str | os.PathLike[str] | None = None,
        settings: Settings | None = None,
        *,
        ca_file: str | os.PathLike[str] | None = None,
        crl_file: str | os.PathLike[str] | None = None,
        user_agent: str | None = None,
        queue_capacity: int = 1 << 16,
        rate_limit: int | None = None,
        clock: FakeClock | None = None,
    ) -> None:
        """Open the service."""
        if backend not in _BACKENDS:
            raise ValueError(f"backend is {backend!r}; give one of {', '.join(_BACKENDS)}")
        limit = check_rate(rate_limit)
        numbers = _core.settings_default() if settings is None else _to_numbers(settings)
        core = _core.Manager(
            backend,
            None if store is None else check_path(store, "store"),
            numbers,
            _certifi_file() if ca_file is None else check_file(ca_file, "ca_file"),
            None if crl_file is None else check_file(crl_file, "crl_file"),
            None if user_agent is None else _check_user_agent(user_agent),
            check_capacity(queue_capacity, "queue_capacity"),
            None if clock is None else clock.core,
        )
        if limit:
            try:
                core.rate_limit = limit
            except BaseException:
                core.close()
                raise
        self._handle = core
        if core.instead_of:
            message = "%s. The embedded BITS does the work, while this process lives"
            log(MAIN, WARNING, message, core.instead_of.rstrip("."))
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._jobs: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
        self.dispatcher: Dispatcher = Dispatcher(core)
        self.judges: CertificateJudges = CertificateJudges(core)
        self.observers: list[Observer] = []  # of its jobs, and of its end
        self.job_logs: weakref.WeakValueDictionary[str, JobLog] = weakref.WeakValueDictionary()
        self._http_log = HttpLog(core)
        # Runs once: by close(), when the manager is dropped, or at exit.
        self._closing = weakref.finalize(
            self, _close, core, self.dispatcher, self._http_log, self._process
        )
        if core.backend == "engine" and is_enabled(HTTP, DEBUG):
            self._http_log.turn(True)

    @property
    def backend(self) -> str:
        """Who does the work: "bits" or "engine"."""
        return self._checked.backend

    @property
    def service(self) -> str:
        """The name and version of the service, for people: "BITS 10.3", "embedded BITS 0.1.0"."""
        return self._checked.service

    @property
    def features(self) -> dict[str, bool]:
        """What the service can do, as it shows when it is asked.

        "job2" to "job5", "file2" to "file6", "http_options" to "http_options3": it has that
        interface. "callback3": it tells of ranges as they arrive; without it `on_ranges` is served
        from the progress of the files. "on_demand": jobs may ask for ranges. The first look at the
        system's BITS makes a job and cancels it.

        Raises:
            BitsError: The service cannot be asked.
        """
        return self._open.features

    @property
    def verbose(self) -> bool:
        """Whether what libcurl says of requests, as `curl -v`, goes to the logger "bitscb3.http".

        At first: whether that logger was enabled for DEBUG when the manager was opened. Set it to
        change that for the requests that begin afterwards. Lines are at DEBUG, without secrets:
        no user names, passwords, queries of URLs, cookies, and no value of a header that the job
        set or that is not known to be harmless. `bitscb3.logs` has what else a record carries.

        Raises:
            BitsError: The system's BITS tells nothing (on setting it to True).
        """
        return self._http_log.on

    @verbose.setter
    def verbose(self, on: bool) -> None:
        if on or self._http_log.on:
            _ = self._open
            self._http_log.turn(bool(on))

    @property
    def closed(self) -> bool:
        """True once `close()` was called."""
        return not self._closing.alive

    def create_job(
        self,
        name: str,
        type: JobType = JobType.DOWNLOAD,
        priority: Priority = Priority.NORMAL,
        on_demand: bool = False,
    ) -> Job:
        """Make a job, in the state SUSPENDED.

        Args:
            name: For people, at most 256 characters; need not be unique.
            type: What it does.
            priority: Which jobs go first.
            on_demand: True: transfer only what `File.request_ranges` asks for.

        Raises:
            BitsError: The service refuses: too many jobs, or a type it does not do.
            RangesNotSupportedError: `on_demand`, on a BITS before Windows 10 version 1703.
            InvalidStateError: The manager is closed.
        """
        title = check_text(name, "name", MOST_NAME)
        kind, level = JobType(type), Priority(priority)
        try:
            job = self._wrap(self._open.create_job(title, kind))
        except BitsError as error:
            error.about(f'job "{title}" of the type {kind.name}')
            raise
        job.log.created()
        try:
            if level is not Priority.NORMAL:
                job.priority = level
            if on_demand:
                job.on_demand = True
        except BaseException:
            job.cancel()
            raise
        return job

    def jobs(self, *, all_users: bool = False) -> list[Job]:
        """Every job of the user that is not completed or cancelled, of other processes too.

        Args:
            all_users: Also those of other users in a shared store, which only root may change.
        """
        return [self._wrap(core) for core in self._open.jobs(bool(all_users))]

    def set_network(self, state: CostFlags | None) -> None:
        """Tell the embedded BITS what the network is like: one state, or None when there is none.

        Without a network all jobs wait in TRANSIENT_ERROR, and on one that their `cost_flags` lack
        those; each change lets the waiting ones try again. At first it is CostFlags.UNRESTRICTED.

        Raises:
            ValueError: Not one state.
            BitsError: The system's BITS finds that out by itself.
        """
        number = 0 if state is None else int(CostFlags(state))
        if number & (number - 1) or number > CostFlags.ROAMING:
            raise ValueError(f"{state!r} is not one state of a network")
        self._open.set_network(number)

    @property
    def rate_limit(self) -> int | None:
        """Most bytes per second that all jobs of this manager receive together; None: no limit.

        It may be set at any time and acts at once, on what transfers too. The jobs share it evenly;
        each may have a lower limit of its own (`Job.rate_limit`). What was left unused counts for
        a tenth of a second. It is not kept in the store. Files of this machine (file://) are not
        limited. Requests that begin under a limit speak HTTP/1.1.

        Raises:
            ValueError, TypeError: Not a whole number of at least 1.
            BitsError: Set on the system's BITS, whose limits are group policies.
        """
        return self._open.rate_limit or None

    @rate_limit.setter
    def rate_limit(self, rate: int | None) -> None:
        limit = check_rate(rate)
        self._open.rate_limit = limit

    def stats(self) -> ManagerStats:
        """What this manager did since it was opened, and what it does now, in numbers.

        It is cheap: no disk and no network. With the system's BITS everything that the embedded
        BITS counts is 0.
        """
        from .statistics import ManagerStats

        return ManagerStats(**self._open.statistics())

    def job(self, id: UUID | str) -> Job:
        """The job of that identity.

        Raises:
            JobNotFoundError: There is none; it may be completed or cancelled.
            ValueError, TypeError: Not an identity.
        """
        from uuid import UUID

        if not isinstance(id, (str, UUID)):
            raise TypeError(f"the id of a job is a uuid.UUID or a str, not {id!r}")
        try:
            identity = id if isinstance(id, UUID) else UUID(id)
        except ValueError:
            raise ValueError(f"{id!r} is not the id of a job; see job.id") from None
        return self._wrap(self._open.job(str(identity)))

    def find_job(self, name: str) -> Job | None:
        """The newest job of that name, such as an earlier run of a program left behind.

        It may be another process's, which `Job.resume` then says.
        """
        found = [(_age_order(job), job) for job in self.jobs() if _is_named(job, name)]
        return max(reversed(found), key=lambda one: one[0], default=(0.0, None))[1]

    def resume_all(self) -> list[Job]:
        """Resume every job that has files and no other process runs: adopt what was left behind.

        Returns:
            The jobs that were resumed.
        """
        resumed: list[Job] = []
        for job in self.jobs():
            try:
                job.resume()
            except (JobLeasedError, JobNotFoundError):
                continue  # another process runs it, or ended it meanwhile
            except InvalidStateError as error:
                if error.hresult != BG_E_EMPTY and not job.state.is_final:
                    raise
                continue
            resumed.append(job)
        return resumed

    def close(self) -> None:
        """Stop transfers and events, hand out what arrived, and wait for the handlers.

        Requests still pending fail with InvalidStateError. May be called again, and from a handler:
        what is left is then handed out after it returns.
        """
        self.check_process()
        if self._closing.alive:
            tell_observers(self.observers, About())  # while it still has its numbers
            self._closing()
        self._handle.close()  # another thread may be at it: who closes returns when it is closed
        self.dispatcher.join()
        self._http_log.join()

    async def aclose(self) -> None:
        """Close as `close` does, without holding up the event loop, of asyncio or trio."""
        await in_thread(self.close, is_cleanup=True)

    def check_process(self) -> None:
        """Raise RuntimeError in a forked child, which has none of the manager's threads."""
        if os.getpid() != self._process:
            raise RuntimeError(
                "this Manager was opened before fork() and works in the parent only; "
                "open a new Manager in the child"
            )

    async def __aenter__(self) -> Manager:
        """The manager."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, without holding up the event loop."""
        await self.aclose()

    def __repr__(self) -> str:
        """The backend, and whether it is closed."""
        return f"<Manager {self._handle.backend}{' closed' if self.closed else ''}>"

    def _repr_html_(self) -> str:
        from .pictures.html import manager_html

        return manager_html(self)

    @property
    def _checked(self) -> _core.Manager:
        self.check_process()
        return self._handle

    @property
    def _open(self) -> _core.Manager:
        core = self._checked
        if self.closed:
            raise make_error(
                InvalidStateError, CO_E_OBJNOTCONNECTED, "the manager is closed; open a new one"
            )
        return core

    def _wrap(self, core: _core.Job) -> Job:
        with self._lock:
            job = self._jobs.get(core.id)
            if job is None:
                job = self._jobs[core.id] = Job(self, core)
            return job


def _is_named(job: Job, name: str) -> bool:
    try:
        return job.name == name
    except (JobNotFoundError, InvalidStateError):
        return False  # ended meanwhile


def _age_order(job: Job) -> float:
    """Greater for a newer job; least for one that ended, or where the service does not tell."""
    try:
        return job.times.creation.timestamp()
    except (JobNotFoundError, InvalidStateError):
        return 0.0
    except BitsError as error:
        if error.hresult != E_NOTIMPL:
            raise
        return 0.0


def _to_numbers(settings: Settings) -> dict[str, int]:
    from .settings import Settings

    if not isinstance(settings, Settings):
        raise TypeError(f"settings is a bitscb3.Settings, not {settings!r}")
    return settings.to_dict()


def _certifi_file() -> str | None:
    """The authorities of certifi where there are no others and it is installed."""
    if _core.has_authorities():
        return None
    from importlib import import_module

    try:
        return str(import_module("certifi").where())
    except ImportError:
        return None


def _check_user_agent(text: object) -> str:
    checked = check_text(text, "user_agent")
    if not checked or not checked.isprintable():
        raise ValueError(f"user_agent is {text!r}; give printable characters, at least one")
    return checked


def _close(core: _core.Manager, dispatcher: Dispatcher, http_log: HttpLog, process: int) -> None:
    if os.getpid() != process:
        return  # a forked child: the threads to wait for are the parent's
    core.close()
    dispatcher.join(_SECONDS_AT_EXIT if _is_exiting() else None)
    if _is_exiting():  # otherwise it may be a logging handler that dropped the manager
        http_log.join(_SECONDS_AT_EXIT)


def _is_exiting() -> bool:
    return not threading.main_thread().is_alive()
