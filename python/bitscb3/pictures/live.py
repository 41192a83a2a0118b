# SPDX-License-Identifier: MIT
"""A picture that follows its job: in place in a notebook and in a terminal."""

from __future__ import annotations

import atexit
import contextvars
import os
import shutil
import sys
import threading
import time
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

from bitscb3.enums import JobState
from bitscb3.file import File

from .picture import RangePicture

if TYPE_CHECKING:
    from bitscb3.job import Job

__all__ = ["LivePicture", "live"]

_SHORTEST_S: Final = 0.25  # between two pictures
_SHARE: Final = 10  # drawing takes at most one part in so many of a core
_ENDS: Final = (
    JobState.TRANSFERRED,
    JobState.ERROR,
    JobState.ACKNOWLEDGED,
    JobState.CANCELLED,
)


class Display(Protocol):
    """Where the pictures are shown; only the thread of one LivePicture calls it after the first."""

    def show(self, picture: RangePicture, last: bool) -> None:
        """Show `picture` in place of the one before."""


class LivePicture:
    """A picture of a job or file that is drawn anew as bytes arrive, until the job ends.

    It ends by itself, with one last picture, when the job is transferred, stopped with an error,
    completed or cancelled, or its manager is closed; `stop()` and leaving its context end it, too.
    A job that is suspended or idle may go on, and keeps it.

        with job.watch():
            job.wait()

    Threads:
        One of its own, "bitscb3-live", until the end. Every method may be called from any thread.
    """

    def __init__(self, subject: Job | File, display: Display, interval: float) -> None:
        """Made by `live`."""
        self._subject = subject
        self._job = subject.job if isinstance(subject, File) else subject
        self._display = display
        self._interval = interval
        self._stopping = threading.Event()
        self._seen: object = None
        self._thread = threading.Thread(
            target=contextvars.copy_context().run,  # IPython keeps there which cell is answered
            args=(self._run,),
            name="bitscb3-live",
            daemon=True,
        )
        self._draw(last=False)
        atexit.register(self.stop)  # a daemon may not write while the interpreter goes down
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still follows its job."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Show it as it is now, and follow no more; returns once its thread has ended."""
        self._stopping.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> LivePicture:
        """The picture, which was shown already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def __repr__(self) -> str:
        """What it follows, and whether it still does."""
        return f"<LivePicture of {self._subject!r}, {'live' if self.running else 'ended'}>"

    def _ipython_display_(self) -> None:
        """Show nothing as the value of a cell: it is on show already."""

    def _run(self) -> None:
        try:
            pause = self._interval
            while not (self._stopping.wait(pause) or self._has_ended()):
                began = time.monotonic()
                self._draw(last=False)
                pause = max(self._interval, _SHARE * (time.monotonic() - began))
            self._draw(last=True)
        except Exception:  # the display is gone
            from bitscb3.logs import log_exception

            log_exception("the live picture of %r ended", self._subject)
        finally:
            atexit.unregister(self.stop)

    def _draw(self, last: bool) -> None:
        """Draw, unless nothing has changed since."""
        try:
            seen = (self._job.state, self._job.progress, self._subject.progress)
        except (OSError, RuntimeError):  # the job is gone: the picture says so
            seen = None
        if last or seen is None or seen != self._seen:
            self._seen = seen
            self._display.show(self._subject.plot(), last)

    def _has_ended(self) -> bool:
        try:
            return self._job.manager.closed or self._job.state in _ENDS
        except (OSError, RuntimeError):
            return True


def live(
    subject: Job | File, *, interval: float = _SHORTEST_S, stream: TextIO | None = None
) -> LivePicture:
    """Show a picture of a job or a file, and draw it anew as bytes arrive, until the job ends.

    In a notebook the output of the cell changes in place, while other cells run. In a terminal the
    lines do, so print nothing meanwhile; to a file or a pipe the first and the last picture are
    written.

    Args:
        subject: A job, or a file of one.
        interval: Shortest time between two pictures, in seconds, at least 0.25.
        stream: Where characters are written, when this is no notebook; None: sys.stdout.

    Returns:
        The picture, already shown; keep it to `stop()` it early.
    """
    if not interval >= _SHORTEST_S:
        raise ValueError(f"interval is {interval!r}; give {_SHORTEST_S} seconds or more")
    display: Display
    if stream is None and _is_notebook():
        display = _Notebook()
    else:
        target = sys.stdout if stream is None else stream
        in_place = target.isatty() and os.name == "posix" and os.environ.get("TERM") != "dumb"
        display = _Terminal(target) if in_place else _Lines(target)
    return LivePicture(subject, display, interval)


class _Notebook:
    """The output of a cell."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, picture: RangePicture, last: bool) -> None:
        display = import_module("IPython.display").display
        # Made here, not by IPython's formatters, which belong to the main thread.
        bundle = {"text/plain": str(picture), "text/html": picture.html}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class _Terminal:
    """Lines that change in place."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rows = 0

    def show(self, picture: RangePicture, last: bool) -> None:
        size = shutil.get_terminal_size()
        lines = _text(picture, self._stream).splitlines()
        if not last:  # what has scrolled away cannot be changed
            lines = lines[: max(size.lines - 1, 1)]
        up = f"\x1b[{self._rows}F\x1b[J" if self._rows else ""
        text = "".join(f"{line[: size.columns - 1]}\n" for line in lines)
        self._stream.write(up + text)
        self._stream.flush()
        self._rows = len(lines)


class _Lines:
    """The first picture and the last."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_first = True

    def show(self, picture: RangePicture, last: bool) -> None:
        if self._is_first or last:
            self._stream.write(_text(picture, self._stream) + "\n")
            self._stream.flush()
        self._is_first = False


def _text(picture: RangePicture, stream: TextIO) -> str:
    from .text_map import can_draw

    return picture.text(plain=not can_draw(stream))


def _is_notebook() -> bool:
    """Whether IPython runs this, and its outputs can be changed: not so in a terminal."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell is not None and not type(shell).__module__.startswith("IPython.terminal")
