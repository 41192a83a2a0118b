# SPDX-License-Identifier: MIT
"""A request for some ranges of a file."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from . import _core
from .arguments import check_timeout
from .dispatcher import Dispatcher
from .errors import (
    BG_E_INVALID_STATE,
    E_ABORT,
    BitsError,
    InvalidStateError,
    from_request,
    make_error,
)
from .waking import make_waker

if TYPE_CHECKING:
    from .file import File
    from .ranges import RangeArray

__all__ = ["RangeRequest"]


class RangeRequest:
    """Ranges of a file that were asked for: a future that is done when all their bytes are filled.

    Made by `File.request_ranges`. Wait with `result()`, or `await` it, in asyncio or trio. A task
    that is cancelled, or timed out, while it awaits the request ends its wait and no more: others
    may wait for it, too. `cancel()` ends the request itself.

    Threads:
        Any, several at a time. `result()` works inside a handler too.
    """

    def __init__(self, file: File, core: _core.Request, dispatcher: Dispatcher) -> None:
        """Made by `File.request_ranges`."""
        self._file = file
        self._handle = core
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
        """True when every byte is filled, or the request failed or was cancelled."""
        return self._core.done() or self._core.failure is not None

    def exception(self) -> BitsError | None:
        """Why the request failed; None while it runs and when every byte is filled."""
        failure = self._core.failure
        if failure is None:
            return None
        if failure.hresult == E_ABORT:
            return make_error(InvalidStateError, E_ABORT, f"{self._subject()} was cancelled")
        return from_request(failure, self._subject(), self._file.shown_name)

    def cancel(self) -> bool:
        """Withdraw the request: it is done at once, and who waits for it gets InvalidStateError.

        Its code is E_ABORT. The CancelledError of asyncio or concurrent.futures it is not: that of
        asyncio says that the task is to end, so that a TaskGroup would pass over it in silence.

        The embedded BITS then fetches no more of what this request alone waited for: transfers for
        it stop, and an on-demand job with nothing else to do becomes idle. Bytes that are here
        stay. Of an ordinary job the bytes lose their place in front and come with the rest.
        BITS of Windows has no way to withdraw ranges: there only the waiting ends.

        Returns:
            Whether that was so; False when it was done before.
        """
        return self._core.cancel()

    def cancelled(self) -> bool:
        """True when `cancel()` ended the request."""
        failure = self._core.failure
        return failure is not None and failure.hresult == E_ABORT

    def result(self, timeout: float | None = None) -> RangeArray:
        """Wait until every byte is filled.

        Args:
            timeout: Longest wait in seconds; None waits without limit.

        Returns:
            `ranges`.

        Raises:
            TransferError: The job failed, or a range is not inside the file.
            InvalidStateError: The caller suspended the job, the job or the manager ended, or the
                request was cancelled (hresult E_ABORT).
            TimeoutError: The time ran out; the request goes on.
        """
        if not self._core.wait(check_timeout(timeout)):
            raise TimeoutError(f"{self._subject()} is not done after {timeout} s")
        return self._outcome()

    def __await__(self) -> Generator[Any, None, RangeArray]:
        """Wait as `result()` does, without holding up the event loop, of asyncio or trio."""
        return self._settle().__await__()

    def __repr__(self) -> str:
        """What was asked for, and how far it is."""
        try:
            failed = "cancelled" if self.cancelled() else "failed" if self._core.failure else None
        except RuntimeError:  # a forked child
            return f"<RangeRequest of {self._file!r}>"
        state = failed or ("done" if self._core.done() else "pending")
        return f"<RangeRequest {self._core.ranges!r} of {self._file!r}, {state}>"

    @property
    def _core(self) -> _core.Request:
        """The extension's object; RuntimeError in a forked child."""
        self._file.job.manager.check_process()
        return self._handle

    async def _settle(self) -> RangeArray:
        while not self._core.settled:
            waker = make_waker()
            self._dispatcher.watch(self._core, waker.wake)
            try:
                await waker.wait()
            finally:
                self._dispatcher.unwatch(self._core, waker.wake)
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
