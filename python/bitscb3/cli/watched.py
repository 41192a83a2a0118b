# SPDX-License-Identifier: MIT
"""A job as it is shown again and again, by `watch` and `resume`."""

from __future__ import annotations

import contextlib

from bitscb3.errors import BitsError
from bitscb3.job import Job
from bitscb3.pictures import Picture
from bitscb3.quantities import duration_text, size_text
from bitscb3.speed import Speed

from .info import paint
from .listing import amount_text, state_text
from .records import JobError, JobRecord, WatchEvent
from .screen import Part, picture_width
from .speaker import for_people, one_line

__all__ = ["Watched"]

_STYLES = {"running": "green", "failed": "red", "retrying": "yellow", "whole": "bold green"}


class Watched:
    """A job that is shown.

    Attributes:
        record: What was seen last; None: nothing yet.
        live: Whether its map is painted.
    """

    def __init__(self, live: bool) -> None:
        """Nothing was seen yet."""
        self.record: JobRecord | None = None
        self._live = live
        self._speed = Speed()
        self._picture = Picture(picture_width(4))
        self._row: str | None = None
        self._told: tuple[object, ...] = ()

    def look(self, job: Job, record: JobRecord) -> None:
        """Take in how the job is now."""
        self.record = record
        self._speed.add(record["bytes_transferred"])
        if self._live:
            with contextlib.suppress(BitsError):  # ended just now
                self._row = paint(job, self._picture)

    def event(self) -> WatchEvent | None:
        """What changed, for JSON; None: nothing."""
        record = self.record
        if record is None or not self._is_news(record, record["bytes_transferred"]):
            return None
        rate = self._rate(record)
        return WatchEvent(
            event="job",
            id=record["id"],
            name=record["name"],
            state=record["state"],
            running=record["running"],
            bytes_total=record["bytes_total"],
            bytes_transferred=record["bytes_transferred"],
            rate=rate,
            seconds_left=self._speed.seconds_left(record["bytes_total"]) if rate else None,
        )

    def line(self) -> str | None:
        """A line where something changed that is worth one."""
        record = self.record
        if record is None:
            return None
        total = record["bytes_total"]
        tenth = int(record["bytes_transferred"] * 10 / total) if total else 0
        if not self._is_news(record, tenth):
            return None
        return f"{one_line(record['name'])}  {self._figures(record)}"

    def draw(self) -> list[list[Part]]:
        """Its lines on a terminal."""
        record = self.record
        if record is None:
            return []
        state = state_text(record["state"], record["running"])
        figures = self._figures(record).removeprefix(state)
        lines = [
            [Part(record["id"][:8], "dim"), Part("  "), Part(one_line(record["name"]), "bold")],
            [Part("  "), Part(state, _STYLES.get(state, "")), Part(figures)],
        ]
        if self._row is not None:
            lines.insert(1, [Part("  "), Part(self._row, "green")])
        return lines

    def _is_news(self, record: JobRecord, amount: int) -> bool:
        state = state_text(record["state"], record["running"])
        before, self._told = self._told, (state, record["bytes_total"], amount)
        return before != self._told

    def _rate(self, record: JobRecord) -> float:
        return 0.0 if record["running"] is False else self._speed.rate

    def _figures(self, record: JobRecord) -> str:
        total = record["bytes_total"]
        words = [
            state_text(record["state"], record["running"]),
            amount_text(record["bytes_transferred"], total),
        ]
        if rate := self._rate(record):
            words.append(f"{size_text(rate)}/s")
            if left := self._speed.seconds_left(total):
                words.append(f"{duration_text(left)} left")
        if record["error"] is not None:
            words.append(_why(record["name"], record["error"]))
        return "  ".join(words)


def _why(name: str, error: JobError) -> str:
    """The error without the names of job and file, which stand beside it."""
    message = error["message"].removeprefix(f'job "{name}", ')
    return for_people(message.removeprefix(f"{error['url']}: "))
