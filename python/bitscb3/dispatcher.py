# SPDX-License-Identifier: MIT
"""The one thread of a manager on which events reach Python."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from . import _core
from .logs import log_exception

__all__ = ["Dispatcher"]

Errand = Callable[[], object]


class Watched(Protocol):
    """Something of the core that the dispatcher hears of: a request, a watch of a job."""

    @property
    def id(self) -> int:
        """By which `dispatch()` names it."""
        ...

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be waited for."""
        ...

    def watch(self) -> None:
        """Have it named once."""
        ...


class Dispatcher:
    """Waits in the core's pump and runs whoever has something to take.

    The thread is a daemon, started by the first listener or watcher, and ends once the manager is
    closed and everything was taken.

    Threads:
        Every method from any thread. Listeners, watchers and errands run on the dispatcher thread,
        one at a time, with no lock held.
    """

    def __init__(self, core: _core.Manager) -> None:
        """Serve `core`; nothing starts before it is needed."""
        self._core = core
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = False
        self._listeners: dict[int, Errand] = {}  # by id of a subscription
        self._watchers: dict[int, tuple[Watched, list[Errand]]] = {}  # by id of what is watched
        self._errands: deque[Errand] = deque()

    @property
    def ended(self) -> bool:
        """True once nothing more will come."""
        return self._ended

    def listen(self, subscription: _core.Subscription, listener: Errand) -> None:
        """Run `listener` soon, and whenever `subscription` has events; the last time at the end."""
        with self._lock:
            self._listeners[subscription.id] = listener
        self.post(listener)

    def forget(self, subscription: _core.Subscription) -> None:
        """Run the listener of `subscription` no more."""
        with self._lock:
            self._listeners.pop(subscription.id, None)

    def watch(self, watched: Watched, watcher: Errand) -> None:
        """Run `watcher` once: when a request is settled or held up, when a job may have ended."""
        with self._lock:
            entry = self._watchers.setdefault(watched.id, (watched, []))
            entry[1].append(watcher)
        watched.watch()
        if watched.settled:
            self.post(lambda: self._fire(watched.id))
        else:
            self._start()

    def unwatch(self, watched: Watched, watcher: Errand) -> None:
        """Run `watcher` no more, unless it runs already; it may have run."""
        with self._lock:
            entry = self._watchers.get(watched.id)
            if entry is None or watcher not in entry[1]:
                return
            entry[1].remove(watcher)
            if not entry[1]:
                del self._watchers[watched.id]

    def attend(self) -> None:
        """Serve what the core has to do by itself, such as a request until the size is known."""
        self._start()

    def recheck(self) -> None:
        """The caller suspended a job: tell those who await its requests."""
        if self._watchers:
            self.post(self._fire_suspended)

    def post(self, errand: Errand) -> None:
        """Run `errand` on the dispatcher thread soon.

        May be called from a finalizer once the thread runs: no lock is taken then.
        """
        self._errands.append(errand)
        if self._ended:  # the thread may not look again
            self._run_errands()
            return
        self._start()
        self._core.wake()

    def join(self, timeout: float | None = None) -> None:
        """Wait, at most `timeout` seconds, for the end of the thread; on the thread itself not."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _start(self) -> None:
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="bitscb3-dispatcher", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        while (ready := self._core.dispatch(None)) is not None:
            if self._errands:
                self._run_errands()
            subscriptions, settled = ready
            for number in settled:  # first: who waits does not wait for handlers
                self._fire(number)
            for number in subscriptions:
                listener = self._listeners.get(number)
                if listener is not None:
                    self._run_one(listener)
        self._ended = True
        for listener in list(self._listeners.values()):
            self._run_one(listener)
        for number in list(self._watchers):
            self._fire(number)
        self._run_errands()

    def _run_errands(self) -> None:
        while True:
            try:
                errand = self._errands.popleft()
            except IndexError:
                return
            self._run_one(errand)

    def _fire_suspended(self) -> None:
        for number, (watched, _) in list(self._watchers.items()):
            if watched.settled:
                self._fire(number)

    def _fire(self, number: int) -> None:
        with self._lock:
            entry = self._watchers.pop(number, None)
        for watcher in entry[1] if entry is not None else ():
            self._run_one(watcher)

    def _run_one(self, errand: Errand) -> None:
        try:
            errand()
        except BaseException:  # the thread serves everyone: nothing may end it
            log_exception("an event could not be delivered")
