# SPDX-License-Identifier: MIT
"""A request for some ranges of a file."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from . import _core
from .arguments import check_timeout
from .dispatcher import Dispatcher, is_settled
from .errors import BG_E_INVALID_STATE, BitsError, InvalidStateError, from_request, make_error

if TYPE_CHECKING:
    from .file import File
    from .ranges import RangeArray

__all__ = ["RangeRequest"]


class RangeRequest:
    """Ranges of a file that were asked for: a future that is done when all their bytes are filled.

    Made by `File.request_ranges`. Wait with `result()`, or `await` it.

    Threads:
        Any, several at a time. `result()` works inside a handler too.
    """

    def __init__(self, file: File, core: _core.Request, dispatcher: Dispatcher) -> None:
        """Made by `File.request_ranges`."""
        self._file = file
        self._core = core
        self._dispatcher = dispatcher

    @property
    def file(self) -> File:
        """The file."""
        return self._file

    @property
    def ranges(self) -> RangeArray:
        """The ranges as asked for; the length EOF means to the end."""
        return self._core.ranges

    def done(self) -> bool:
        """True when every byte is filled, or the request failed."""
        return self._core.done() or self._core.failure is not None

    def exception(self) -> BitsError | None:
        """Why the request failed; None while it runs and when every byte is filled."""
        failure = self._core.failure
        if failure is None:
            return None
        return from_request(failure, self._subject(), self._file.shown_name)

    def result(self, timeout: float | None = None) -> RangeArray:
        """Wait until every byte is filled.

        Args:
            timeout: Longest wait in seconds; None waits without limit.

        Returns:
            `ranges`.

        Raises:
            TransferError: The job failed, or a range is not inside the file.
            InvalidStateError: The caller suspended the job, or the job or the manager ended.
            TimeoutError: The time ran out; the request goes on.
        """
        if not self._core.wait(check_timeout(timeout)):
            raise TimeoutError(f"{self._subject()} is not done after {timeout} s")
        return self._outcome()

    def __await__(self) -> Generator[Any, None, RangeArray]:
        """Wait as `result()` does, without holding up the event loop."""
        return self._settle().__await__()

    def __repr__(self) -> str:
        """What was asked for, and how far it is."""
        failed = self._core.failure is not None
        state = "failed" if failed else "done" if self._core.done() else "pending"
        return f"<RangeRequest {self._core.ranges!r} of {self._file!r}, {state}>"

    async def _settle(self) -> RangeArray:
        import asyncio
        import contextlib

        loop = asyncio.get_running_loop()
        while not is_settled(self._core):
            waiter: asyncio.Future[None] = loop.create_future()

            def resolve(waiter: asyncio.Future[None] = waiter) -> None:
                if not waiter.done():
                    waiter.set_result(None)

            def wake(resolve: Any = resolve) -> None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                    loop.call_soon_threadsafe(resolve)

            self._dispatcher.watch(self._core, wake)
            await waiter
        return self._outcome()

    def _outcome(self) -> RangeArray:
        error = self.exception()
        if error is not None:
            raise error
        if not self._core.done():
            raise make_error(
                InvalidStateError,
                BG_E_INVALID_STATE,
                f"{self._subject()} is held up: the job was suspended. Call job.resume()",
            )
        return self._core.ranges

    def _subject(self) -> str:
        count = len(self.ranges)
        return f"request of {count} range{'s'[: count != 1]} of {self._file.shown_name}"
