# SPDX-License-Identifier: MIT
"""What awaiting needs of asyncio or trio, whichever runs the task: to be woken, and a thread."""

from __future__ import annotations

import contextvars
import math
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio

    import trio

__all__ = ["Waker", "at_most", "in_thread", "make_waker"]

T = TypeVar("T")


class Waker(Protocol):
    """Lets the task that made it sleep until another thread wakes it.

    Threads:
        `wake` from any, also before `wait`, and more than once; `wait` in the task, once.
    """

    def wake(self) -> bool:
        """Return False when the loop has ended: nobody sleeps there any more."""
        ...

    async def wait(self) -> None:
        """Sleep until `wake()`; what cancels the task ends it, too."""
        ...


def make_waker() -> Waker:
    """A waker for the running task."""
    return _TrioWaker() if _is_trio() else _AsyncioWaker()


async def in_thread(
    function: Callable[[], T], *, may_abandon: bool = False, is_cleanup: bool = False
) -> T:
    """Run what blocks in a thread of the loop's pool, with the context variables of the task.

    Args:
        function: What blocks.
        may_abandon: Let a cancelled task go on at once, while the thread does so by itself; else
            the cancellation comes when the thread is through.
        is_cleanup: Also in a task that is cancelled already.
    """
    if _is_trio():
        import trio

        with trio.CancelScope(shield=is_cleanup):
            return await trio.to_thread.run_sync(function, abandon_on_cancel=may_abandon)
    import asyncio

    context = contextvars.copy_context()
    work = asyncio.get_running_loop().run_in_executor(None, lambda: context.run(function))
    # What it raises after the task was cancelled is nobody's: asyncio is not to complain of that.
    work.add_done_callback(lambda done: done.cancelled() or done.exception())
    if may_abandon:
        return await work
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise


async def at_most(seconds: float | None, start: Callable[[], Awaitable[T]]) -> T:
    """Await what `start` returns, and cancel it when it takes longer; None: however long.

    Raises:
        TimeoutError: It took longer.
    """
    if _is_trio():
        import trio

        with trio.move_on_after(math.inf if seconds is None else seconds):
            return await start()
        raise TimeoutError
    import asyncio

    try:
        return await asyncio.wait_for(start(), seconds)
    except asyncio.TimeoutError:  # of its own before Python 3.11
        raise TimeoutError from None


def _is_trio() -> bool:
    """Whether the running task is one of trio's, which may be a guest in another loop."""
    current_task = getattr(sys.modules.get("trio.lowlevel"), "current_task", None)
    if current_task is None:
        return False
    try:
        current_task()
    except RuntimeError:
        return False
    return True


class _AsyncioWaker:
    __slots__ = ("_future", "_loop")

    def __init__(self) -> None:
        import asyncio

        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()

    def wake(self) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._resolve)
        except RuntimeError:  # the loop is closed
            return False
        return True

    async def wait(self) -> None:
        await self._future

    def _resolve(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


class _TrioWaker:
    __slots__ = ("_event", "_token")

    def __init__(self) -> None:
        import trio

        self._event = trio.Event()
        self._token: trio.lowlevel.TrioToken = trio.lowlevel.current_trio_token()

    def wake(self) -> bool:
        import trio

        try:
            self._token.run_sync_soon(self._event.set)
        except trio.RunFinishedError:
            return False
        return True

    async def wait(self) -> None:
        await self._event.wait()
