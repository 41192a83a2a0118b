# SPDX-License-Identifier: MIT
"""`job.events()`: the stream of a job's events for asyncio and trio."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from . import _core
from .dispatcher import Dispatcher
from .enums import NotifyFlags
from .events import LAST, Event, make_event
from .handlers import ALL_KINDS
from .waking import Waker, make_waker

if TYPE_CHECKING:
    from .job import Job

__all__ = ["EventStream"]

_ALWAYS = NotifyFlags.JOB_TRANSFERRED | NotifyFlags.JOB_ERROR  # they end the stream
_FLAGS = {kind.number: kind.flag for kind in ALL_KINDS}


class EventStream:
    """An asynchronous iterator over the events of one job.

    It has a subscription of its own: what was filled before it was made comes first, and a slow
    consumer costs merged ranges, never events. It ends after JobTransferred, JobFailed or JobEnded,
    and when the manager is closed.

    Threads:
        Iterate in one task of one loop. Making and closing: any thread.
    """

    def __init__(self, job: Job, flags: NotifyFlags, dispatcher: Dispatcher) -> None:
        """Made by `Job.events`, which subscribes."""
        self._job = job
        self.flags: NotifyFlags = flags | _ALWAYS
        self.token: object = object()  # stands for the stream and does not keep it alive
        self._dispatcher = dispatcher
        self._subscription: _core.Subscription | None = None
        self._staged: deque[Event] = deque()
        self._waker: Waker | None = None  # of the task that waits for the next event

    def subscribe(self, core: _core.Job) -> None:
        """Take part from here on."""
        import weakref

        self._subscription = core.subscribe()
        stream = weakref.ref(self)  # a stream that is dropped closes itself

        def wake() -> None:
            alive = stream()
            if alive is not None:
                alive._wake()

        self._dispatcher.listen(self._subscription, wake)

    def __aiter__(self) -> EventStream:
        """The stream itself."""
        return self

    async def __anext__(self) -> Event:
        """The next event; waits until there is one."""
        self._job.manager.check_process()
        while not self._staged:
            subscription = self._subscription
            if subscription is None:
                raise StopAsyncIteration
            ended = self._dispatcher.ended  # read before the last take
            waker = self._waker = make_waker()
            if self._subscription is None:  # closed before there was a waker to wake
                continue
            if self._stage(subscription):
                break
            if ended:
                self.close()
                raise StopAsyncIteration
            await waker.wait()
        event = self._staged.popleft()
        if isinstance(event, LAST):
            self._staged.clear()
            self.close()
        return event

    async def aclose(self) -> None:
        """End the stream."""
        self.close()

    def close(self) -> None:
        """End the stream: no event follows, and what only it wanted is turned off.

        A task that waits for the next event finds the end.
        """
        self._job.manager.check_process()
        subscription, self._subscription = self._subscription, None
        if subscription is None:
            return
        waker = self._waker
        if waker is not None:
            waker.wake()
        self._dispatcher.forget(subscription)
        subscription.close()
        self._job.drop_stream(self.token)

    def __del__(self) -> None:
        """A stream left early stops costing anything. No lock may be taken here."""
        subscription = getattr(self, "_subscription", None)
        if subscription is not None and not self._dispatcher.ended:
            try:
                self._job.manager.check_process()
            except RuntimeError:  # a forked child: the subscription is the parent's
                return
            job, dispatcher, token = self._job, self._dispatcher, self.token

            def close() -> None:
                dispatcher.forget(subscription)
                subscription.close()
                job.drop_stream(token)

            dispatcher.post(close)

    def _stage(self, subscription: _core.Subscription) -> bool:
        """Take what is there; True when that was something."""
        for event in subscription.take():
            if _FLAGS.get(event[0], self.flags) & self.flags:
                self._staged.append(make_event(self._job, event))
        return bool(self._staged)

    def _wake(self) -> None:
        """On the dispatcher thread: have the task look again."""
        waker = self._waker  # None: not iterated yet, and the first step takes what is there
        if waker is not None and not waker.wake():
            self.close()  # the loop is closed: nobody iterates any more
