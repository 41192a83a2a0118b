# SPDX-License-Identifier: MIT
"""Downloads under way: followed to their end, shown, checked and completed."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import NamedTuple

from bitscb3.downloads import sha256_of
from bitscb3.enums import JobState
from bitscb3.errors import (
    BG_E_INVALID_STATE,
    BitsError,
    InvalidStateError,
    JobLeasedError,
    TransferError,
    make_error,
)
from bitscb3.job import Job
from bitscb3.manager import Manager
from bitscb3.printable import printable
from bitscb3.quantities import duration_text, size_text
from bitscb3.speed import Speed
from bitscb3.urls import short_url

from .canvas import Canvas
from .exits import WrongUseError
from .order_list import Order
from .orders import JobFinder, JobOptions, keep_aside, make_job
from .records import GetEvent, to_error
from .screen import Part, Screen, can_draw, cut, make_screen, picture_width
from .speaker import Speaker, for_people

__all__ = ["Downloading"]

_FRAME_S = 0.1
_JSON_S = 0.5  # between two events of progress
_LABEL = 24  # columns, of a name before its picture
_PERCENT = 8
_FIGURES = 52  # columns, of what stands behind a picture in a line
_TRIED_AGAIN = " The same command tries again."


class Download(NamedTuple):
    """One file on its way."""

    order: Order
    job: Job
    canvas: Canvas
    before: int  # bytes that were here when it began
    began: float


class Downloading:
    """Every download of one run of `get`.

    Attributes:
        failed: How many failed.

    Threads:
        One.
    """

    def __init__(self, manager: Manager, speaker: Speaker, options: JobOptions, count: int) -> None:
        """Download `count` files with `manager`."""
        self._manager = manager
        self._speaker = speaker
        self._options = options
        self._count = count
        self._screen = make_screen(None if speaker.quiet or speaker.as_json else sys.stderr)
        self._plain = not can_draw(sys.stderr)
        self._active: list[Download] = []
        self._speed = Speed()
        self._began = time.monotonic()
        self._ended = 0
        self._ended_bytes = 0
        self._said: tuple[int, int] = (-1, 0)  # tenth of the way, files that ended
        self._remark = ""
        self._held: list[str] = []  # results, while the screen is drawn on
        self._json_due = 0.0
        self.failed: int = 0

    def jobs(self) -> list[Job]:
        """The jobs that are not over."""
        return [each.job for each in self._active]

    def begin(self, order: Order, finder: JobFinder) -> None:
        """Go on with the job of an earlier run, or make one."""
        began = time.monotonic()
        job = None
        try:
            job = finder.find(order) or make_job(self._manager, order)
            self._options.apply(job)
            beside = 2 if self._screen.live else _FIGURES
            width = picture_width(beside if self._count == 1 else _LABEL + _PERCENT)
            canvas = Canvas(job, width, collects=self._speaker.as_json)
            if self._speaker.as_json or self._screen.live or self._count == 1:
                canvas.listen()
            before = job.progress.bytes_transferred
            job.resume()
        except JobLeasedError:
            why = f"another process is downloading {order.path}; wait for it, or end it first"
            self._fail(order, job, why)
        except (TypeError, ValueError) as error:
            raise WrongUseError(str(error)) from None
        except BitsError as error:
            self._fail(order, job, error)
        else:
            self._active.append(Download(order, job, canvas, before, began))
            self._speaker.record(_event("started", order, job))

    def follow(self) -> None:
        """Return when every download is over."""
        try:
            with self._screen:
                while self._active:
                    # A failure is seen below, in the state.
                    with contextlib.suppress(TimeoutError, BitsError):
                        self._active[0].job.wait(_FRAME_S)
                    for each in self._active.copy():
                        self._look(each)
                    self._show()
        finally:
            self._screen = Screen(None)
            for text in self._held:
                self._speaker.say(text)

    def say_sum(self) -> None:
        """Say what came of all of them."""
        took = duration_text(time.monotonic() - self._began)
        failures = f", {self.failed} failed" if self.failed else ""
        self._speaker.note(
            f"{self._count} files, {size_text(self._ended_bytes)} in {took}{failures}"
        )

    def _look(self, each: Download) -> None:
        try:
            state = each.job.state
            if state is JobState.TRANSFERRED:
                self._finish(each)
            elif state is JobState.ERROR:
                self._end(each, each.job.failure())
            elif state is JobState.SUSPENDED or state.is_final:
                what = "ended" if state.is_final else "suspended"
                text = f"{each.job.shown_name} was {what} from outside"
                self._end(each, make_error(InvalidStateError, BG_E_INVALID_STATE, text))
        except OSError as error:  # a BitsError, or the digest's
            self._end(each, error)

    def _finish(self, each: Download) -> None:
        order, job = each.order, each.job
        found = None
        if order.sha256 is not None:
            found = sha256_of(job.file(0).temporary_name)
            if found != order.sha256:
                self._reject(each, found)
                return
        size = job.progress.bytes_transferred
        job.complete()
        self._active.remove(each)
        self._ended += 1
        self._ended_bytes += size
        took = max(time.monotonic() - each.began, 1e-9)
        rate = (size - each.before) / took
        text = f"{order.path}: {size_text(size)} in {duration_text(took)}, {size_text(rate)}/s"
        if found is not None:
            text += ", SHA-256 as wanted"
        if self._screen.live and sys.stdout is not None and sys.stdout.isatty():
            self._held.append(printable(text))
        elif not self._speaker.quiet:
            self._speaker.say(printable(text))
        news = each.canvas.take_news()
        if self._speaker.as_json:
            event = _event("done", order, job)
            event.update(GetEvent(ranges=news, seconds=took, rate=rate, sha256=found))
            event.update(GetEvent(bytes_total=size, bytes_transferred=size))
            self._speaker.record(event)

    def _reject(self, each: Download, found: str) -> None:
        """Keep the bytes beside the destination, which is not touched."""
        aside = keep_aside(each.job.file(0), each.order.path)
        each.job.cancel()
        self._end(
            each,
            f"wrong SHA-256: {found}, not {each.order.sha256}. What came is left at {aside}; "
            f"{each.order.path} was not touched. Check the digest and the URL.",
        )

    def _end(self, each: Download, why: BaseException | str) -> None:
        self._active.remove(each)
        self._fail(each.order, each.job, why)

    def _fail(self, order: Order, job: Job | None, why: BaseException | str) -> None:
        self.failed += 1
        self._ended += 1
        text = str(why)
        if isinstance(why, BaseException) and job is not None:
            text += f" {self._rest_of(job, why)}"
        if self._screen.live:
            self._screen.draw([])  # the complaint is to stay below what is there
        error = to_error(why) if isinstance(why, BaseException) else None
        self._speaker.record({**_event("failed", order, job), "error": error, "message": text})
        self._speaker.complain(text)

    def _rest_of(self, job: Job, why: BaseException) -> str:
        """What is left of a job that failed, in words."""
        with contextlib.suppress(BitsError):
            if job.state.is_final:
                return ""
            if kept := job.progress.bytes_transferred:
                return f"{size_text(kept)} are kept; the same command goes on from there."
            if isinstance(why, TransferError):
                job.cancel()
                return "Nothing is kept."
        return "The job is kept; the same command goes on."

    def _show(self) -> None:
        total: int | None = self._ended_bytes
        here = self._ended_bytes
        remark = ""
        for each in self._active:
            with contextlib.suppress(BitsError):
                progress = each.job.progress
                here += progress.bytes_transferred
                size = progress.bytes_total
                total = None if total is None or size is None else total + size
                each.canvas.picture.set_size(size)
                if each.job.state is JobState.TRANSIENT_ERROR:
                    why = for_people(str(each.job.error)).removesuffix(_TRIED_AGAIN)
                    remark = f"waiting to try again (--give-up-after ends that): {why}"
        self._speed.add(here)
        if self._speaker.as_json:
            self._tell_progress()
        elif self._active:
            self._draw(here, total, remark)

    def _draw(self, here: int, total: int | None, remark: str) -> None:
        figures = size_text(here)
        if total is not None:
            figures += f" of {size_text(total)}"
        if self._speed.rate > 0:
            figures += f"  {size_text(self._speed.rate)}/s"
        if (left := self._speed.seconds_left(total)) is not None:
            figures += f"  {duration_text(left)} left"
        if self._count > 1:
            figures = f"{self._ended} of {self._count} files  {figures}"
        is_new = remark not in ("", self._remark)
        self._remark = remark or self._remark
        if self._screen.live:
            if is_new:
                self._screen.line(remark, whole=True)  # a row of the picture would cut it
            remark = remark.partition(" (")[0]
            done = f"{here / total:5.0%} " if total else "   ?  "
            last = [Part(done, "bold"), Part(f"{figures}  "), Part(remark, "yellow")]
            self._screen.draw([*map(self._row, self._active), last])
            return
        tenth = int(here * 10 / total) if total else self._said[0]
        said = (tenth, self._ended)
        if said != self._said or is_new:
            self._said = said
            picture = f"[{self._picture(self._active[0])}]  " if self._count == 1 else ""
            self._screen.line(f"{picture}{figures}")
            if is_new:
                self._screen.line(remark, whole=True)

    def _row(self, each: Download) -> list[Part]:
        picture = Part(self._picture(each), "green")
        if self._count == 1:
            return [picture]
        name = printable(each.order.path.name)
        return [Part(f"{cut(name, _LABEL - 2):<{_LABEL}}"), picture]

    def _picture(self, each: Download) -> str:
        return each.canvas.picture.render(self._plain)

    def _tell_progress(self) -> None:
        now = time.monotonic()
        if now < self._json_due:
            return
        self._json_due = now + _JSON_S
        for each in self._active:
            with contextlib.suppress(BitsError):
                here = each.job.progress.bytes_transferred
                moved = each.canvas.speed.add(here, now)
                news = each.canvas.take_news()
                event = _event("progress", each.order, each.job)
                if each.job.state is JobState.TRANSIENT_ERROR:
                    event.update(GetEvent(event="waiting", error=to_error(each.job.error)))
                elif news or moved:
                    left = each.canvas.speed.seconds_left(event.get("bytes_total"))
                    rate = each.canvas.speed.rate
                    event.update(GetEvent(ranges=news, rate=rate, seconds_left=left))
                else:
                    continue
                self._speaker.record(event)


def _event(kind: str, order: Order, job: Job | None) -> GetEvent:
    event = GetEvent(
        event=kind,
        id=None if job is None else str(job.id),
        url=short_url(order.url),
        path=str(order.path),
    )
    if job is not None:
        with contextlib.suppress(BitsError):
            progress = job.progress
            event["bytes_total"] = progress.bytes_total
            event["bytes_transferred"] = progress.bytes_transferred
    return event
