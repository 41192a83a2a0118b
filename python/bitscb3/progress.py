# SPDX-License-Identifier: MIT
"""How far jobs are, told in steady ticks: to a function, to a bar of rich or tqdm, or in words."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TextIO, TypeAlias

from .closing import Closing
from .printable import printable
from .quantities import duration_text, size_text
from .speed import Speed
from .waking import at_most

if TYPE_CHECKING:
    from .enums import JobState
    from .job import Job

__all__ = ["Progress", "ProgressLike", "Reporter", "Ticker", "afollow", "follow", "make_reporter"]

ProgressLike: TypeAlias = "bool | Bar | Callable[[Progress], object]"
"""What `progress=` takes: see `make_reporter`."""

_TICK_S = 0.1
_LINE_S = 2.0  # between lines of words, where nothing can be drawn


class Progress(NamedTuple):
    """How far a job is, at one tick. Bytes and files are of the whole job, all files together."""

    state: JobState
    bytes_total: int | None  # None: the size of some file is not known yet
    bytes_transferred: int  # on disk, those of earlier runs among them
    bytes_received: int  # on the wire since this process took the job up, what was discarded too
    files_total: int
    files_transferred: int
    seconds: float  # since the wait began
    rate: float  # bytes that reached the disk per second, of the last 5 s
    seconds_left: float | None  # at that rate; None: not known

    @property
    def fraction(self) -> float | None:
        """The part that is here, 0.0 to 1.0; None while the total is not known."""
        if self.bytes_total is None:
            return None
        return self.bytes_transferred / self.bytes_total if self.bytes_total else 1.0

    def __str__(self) -> str:
        """The figures in words: "12.3 MiB of 64.0 MiB  5.1 MiB/s  10.1 s left"."""
        words = size_text(self.bytes_transferred)
        if self.bytes_total is not None:
            words += f" of {size_text(self.bytes_total)}"
        if self.files_total > 1:
            words += f"  {self.files_transferred} of {self.files_total} files"
        if self.rate > 0:
            words += f"  {size_text(self.rate)}/s"
            if self.seconds_left is not None:
                words += f"  {duration_text(self.seconds_left)} left"
        return words


class Bar(Protocol):
    """A `rich.progress.Progress` or a tqdm bar; both have this method, and more."""

    def update(self, *arguments: Any, **options: Any) -> object:
        """Move on."""
        ...


class Ticker:
    """Looks at a job again and again and knows its rate.

    Threads:
        One at a time.
    """

    def __init__(self, job: Job) -> None:
        """Begin to count now."""
        self._job = job
        self._began = time.monotonic()
        self._speed = Speed()
        self._speed.add(job.progress.bytes_transferred, self._began)

    def look(self) -> Progress:
        """How far the job is now."""
        job = self._job
        state, here, received = job.state, job.progress, job.bytes_received
        now = time.monotonic()
        self._speed.add(here.bytes_transferred, now)
        return Progress(
            state,
            here.bytes_total,
            here.bytes_transferred,
            received,
            here.files_total,
            here.files_transferred,
            now - self._began,
            self._speed.rate,
            self._speed.seconds_left(here.bytes_total),
        )


class Reporter(Protocol):
    """Who is told: `report` at each tick, and a last time when the wait is over."""

    def __enter__(self) -> Reporter:
        """Begin to show."""
        ...

    def report(self, progress: Progress) -> None:
        """Show how far it is. What it raises ends the wait, not the job."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show no more."""
        ...


def follow(job: Job, limit: float | None, reporter: Reporter) -> JobState:
    """Wait as `job.wait(limit)` does, and tell `reporter` at each tick."""
    ticks = _Ticks(job, limit, reporter)
    state: JobState | None = None
    while state is None:
        with contextlib.suppress(TimeoutError):
            state = job.wait(ticks.length())
        ticks.tick(is_last=state is not None)
    return state


async def afollow(job: Job, limit: float | None, reporter: Reporter) -> JobState:
    """As `follow`, without holding up the event loop."""

    async def ended() -> JobState:
        return await job

    ticks = _Ticks(job, limit, reporter)
    state: JobState | None = None
    while state is None:
        with contextlib.suppress(TimeoutError):
            state = await at_most(ticks.length(), ended)
        ticks.tick(is_last=state is not None)
    return state


class _Ticks:
    """The ticks of one wait."""

    def __init__(self, job: Job, limit: float | None, reporter: Reporter) -> None:
        self._job = job
        self._limit = limit
        self._reporter = reporter
        self._ticker = Ticker(job)
        self._end = math.inf if limit is None else time.monotonic() + limit

    def length(self) -> float:
        """Seconds until the next one."""
        return min(_TICK_S, max(0.0, self._end - time.monotonic()))

    def tick(self, is_last: bool) -> None:
        """Tell how far it is; raises TimeoutError when the time ran out before the last one."""
        if not is_last and time.monotonic() >= self._end:
            raise self._job.timed_out(self._limit)
        self._reporter.report(self._ticker.look())


def make_reporter(progress: Any, title: str) -> Reporter:
    """Who shows what `progress` stands for.

    Args:
        progress: None or False: nobody. True: a bar of rich on a terminal where rich is installed,
            else of tqdm where that is, else lines of words; all on the standard error stream. A
            `rich.progress.Progress`: a task in it. A tqdm bar, or the class tqdm: that bar, or one
            of its kind. Any other callable is called with a `Progress`.
        title: What the bar is for.

    Raises:
        TypeError: Nothing of those.
    """
    if progress is None or progress is False:
        return _Nobody()
    title = printable(title)  # a file's name, which somebody else may have chosen
    if progress is True:
        return _make_bar(title, sys.stderr)
    if isinstance(progress, type) and hasattr(progress, "update"):
        return _TqdmBar(progress(**_TQDM_UNITS, desc=title), closes=True)
    if hasattr(progress, "add_task") and hasattr(progress, "update"):
        return _RichTask(progress, _without_markup(title))
    if hasattr(progress, "update") and hasattr(progress, "refresh"):
        return _TqdmBar(progress, closes=False)
    if callable(progress):
        return _Function(progress)
    raise TypeError(
        f"progress is {progress!r}; give True, a rich.progress.Progress, a tqdm bar, or a function "
        "of one bitscb3.Progress"
    )


def _without_markup(title: str) -> str:
    """`title` for a bar of the program's, whose columns usually read markup."""
    try:
        from rich.markup import escape
    except ImportError:  # something like rich's
        return title
    return escape(title)


_TQDM_UNITS: dict[str, Any] = {"unit": "B", "unit_scale": True, "unit_divisor": 1024}


def _make_bar(title: str, stream: TextIO | None) -> Reporter:
    if stream is None:  # a program without a console, on Windows
        return _Nobody()
    if stream.isatty():
        try:
            return _make_rich(title, stream)
        except ImportError:
            pass
        try:
            from tqdm import tqdm
        except ImportError:
            pass
        else:
            return _TqdmBar(tqdm(**_TQDM_UNITS, desc=title, file=stream), closes=True)
    return _Lines(title, stream)


def _make_rich(title: str, stream: TextIO) -> Reporter:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as RichProgress

    bars = RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(file=stream),
    )
    return _RichTask(bars, title, closes=True)


class _Nobody(Closing):
    def report(self, progress: Progress) -> None:
        """Nobody looks."""

    def close(self) -> None:
        """The wait is over."""


class _Function(_Nobody):
    def __init__(self, function: Callable[[Progress], object]) -> None:
        self._function = function

    def report(self, progress: Progress) -> None:
        self._function(progress)


class _Lines(_Nobody):
    """A line now and then, and the last one."""

    def __init__(self, title: str, stream: TextIO) -> None:
        self._title = title
        self._stream = stream
        self._next = _LINE_S
        self._last: Progress | None = None
        self._told: Progress | None = None

    def report(self, progress: Progress) -> None:
        self._last = progress
        if progress.seconds >= self._next:
            self._next = progress.seconds + _LINE_S
            self._tell(progress)

    def close(self) -> None:
        if self._last is not None and self._last is not self._told:
            self._tell(self._last)

    def _tell(self, progress: Progress) -> None:
        self._told = progress
        print(f"{self._title}: {progress}", file=self._stream, flush=True)


class _TqdmBar(_Nobody):
    def __init__(self, bar: Any, closes: bool) -> None:
        self._bar = bar
        self._closes = closes
        self._told = 0

    def report(self, progress: Progress) -> None:
        if progress.bytes_total is not None and self._bar.total != progress.bytes_total:
            self._bar.total = progress.bytes_total
            self._bar.refresh()
        self._bar.update(progress.bytes_transferred - self._told)
        self._told = progress.bytes_transferred

    def close(self) -> None:
        if self._closes:
            self._bar.close()


class _RichTask(_Nobody):
    def __init__(self, bars: Any, title: str, closes: bool = False) -> None:
        self._bars = bars
        self._closes = closes
        self._task = bars.add_task(title, total=None)

    def __enter__(self) -> _RichTask:
        if self._closes:
            self._bars.start()
        return self

    def report(self, progress: Progress) -> None:
        self._bars.update(
            self._task, total=progress.bytes_total, completed=progress.bytes_transferred
        )

    def close(self) -> None:
        if self._closes:
            self._bars.stop()
