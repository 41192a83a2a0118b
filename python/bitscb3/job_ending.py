# SPDX-License-Identifier: MIT
"""The part of `Job` for its end: `with job`, `async with job`, `await job`."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, cast

from .enums import JobState
from .errors import BG_E_INVALID_STATE, BitsError, InvalidStateError
from .logs import log_exception
from .waking import in_thread, make_waker

if TYPE_CHECKING:
    from types import TracebackType

    from .job import Job

__all__ = ["JobEnding"]


class JobEnding:
    """A base of `Job`: blocks that end with it, and waits that hold up no event loop.

    Threads:
        Any. A wait of asyncio or trio costs no thread of its own.
    """

    def __enter__(self) -> Job:
        """The job."""
        return cast("Job", self)

    def __exit__(
        self,
        kind: object,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait and complete; after an exception, cancel.

        Ctrl-C and what else is no Exception leaves the job as it is, to be adopted later.
        """
        job = cast("Job", self)
        if error is None and _is_to_be_waited_for(job):
            try:
                job.wait()
            except InvalidStateError:
                raise  # the caller suspended it: there is something to go on with
            except Exception as failure:
                _leave(job, failure)
                raise
        _leave(job, error)

    async def __aenter__(self) -> Job:
        """The job."""
        return cast("Job", self)

    async def __aexit__(
        self,
        kind: object,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait and complete; after an exception, cancel: by the rules of `with job`.

        A cancelled task, like Ctrl-C, leaves the job as it is, to be adopted later.
        """
        job = cast("Job", self)
        if error is not None and not isinstance(error, Exception):
            return
        if error is None and await in_thread(lambda: _is_to_be_waited_for(job)):
            try:
                await job
            except InvalidStateError:
                raise  # the caller suspended it: there is something to go on with
            except Exception as failure:
                reason = failure
                await in_thread(lambda: _leave(job, reason), is_cleanup=True)
                raise
        await in_thread(lambda: _leave(job, error), is_cleanup=error is not None)

    def __await__(self) -> Generator[Any, None, JobState]:
        """Wait as `Job.wait` does, with its results and errors, in asyncio or trio.

        An on-demand job is waited for until the requests made on the loop's thread are done. A task
        that is cancelled, or timed out, meanwhile ends its wait; the job goes on. It is woken from
        the thread that runs handlers: one that blocks holds it up.
        """
        return _wait(cast("Job", self)).__await__()

    async def acomplete(self, *, partial: bool = False) -> None:
        """Complete the job as `Job.complete` does, which may wait for the disk, in a thread.

        A task that is cancelled meanwhile does not keep the job from being completed.
        """
        job = cast("Job", self)
        await in_thread(lambda: job.complete(partial=partial))


async def _wait(job: Job) -> JobState:
    """See `JobEnding.__await__`."""
    job.check_resumed()
    with job.calls as core:
        watch = core.watch()
    dispatcher = job.manager.dispatcher
    waker = make_waker()
    ends: list[JobState | Exception] = []
    is_over = False

    def look() -> None:
        """On the dispatcher thread: the job may have ended."""
        try:
            with job.calls:
                state = watch.poll()
        except Exception as error:
            ends.append(error)
        else:
            if state is None:
                dispatcher.watch(watch, look)
                if is_over:  # the wait ended while we looked
                    dispatcher.unwatch(watch, look)
                return
            ends.append(JobState(state))
        waker.wake()

    try:
        dispatcher.watch(watch, look)
        await waker.wait()
    finally:
        is_over = True
        dispatcher.unwatch(watch, look)
        watch.close()
    (end,) = ends
    if isinstance(end, Exception):
        raise end
    return job.outcome(end)


def _is_to_be_waited_for(job: Job) -> bool:
    """Whether a block that ends well waits for the job, which is resumed if that never happened."""
    if job.state.is_final or not job.progress.files_total:
        return False
    if not job.was_resumed and not job.suspended_by_caller and not job.on_demand:
        job.resume()
    return True


def _leave(job: Job, error: BaseException | None) -> None:
    """Complete the job at the end of its block; after an `Exception` cancel it."""
    if job.state.is_final:
        return
    if error is None:
        job.complete()
    elif isinstance(error, Exception):
        try:
            job.cancel()
        except OSError as failure:  # the exception on its way says more
            if not _is_ended_elsewhere(failure):
                log_exception("%s could not be cancelled", job.shown_name, about=job.log.about())


def _is_ended_elsewhere(failure: OSError) -> bool:
    """Whether `cancel()` came too late: another thread has ended the job, or is just doing it."""
    return isinstance(failure, BitsError) and failure.hresult == BG_E_INVALID_STATE
