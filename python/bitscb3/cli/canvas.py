# SPDX-License-Identifier: MIT
"""A job of one file as it fills: its picture, its speed, and the ranges that came last."""

from __future__ import annotations

import warnings
from collections import deque

from bitscb3.file import File
from bitscb3.job import Job
from bitscb3.pictures import Picture
from bitscb3.ranges import RangeArray
from bitscb3.speed import Speed

__all__ = ["Canvas"]


class Canvas:
    """What is told of a job's ranges.

    Threads:
        `take_news` and `speed` one at a time; the dispatcher paints meanwhile.
    """

    def __init__(self, job: Job, width: int, *, collects: bool) -> None:
        """Nothing is painted; `collects`: `take_news` is called."""
        self._job = job
        self._collects = collects
        self._news: deque[tuple[int, int]] = deque()
        self.picture: Picture = Picture(width)
        self.speed: Speed = Speed()

    def listen(self) -> None:
        """Have the picture painted by the job's events."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some files report no ranges; the figures move anyway
            self._job.on_restarted(self._restarted)
            self._job.on_ranges(self._got)

    def take_news(self) -> list[tuple[int, int]]:
        """The (offset, length) ranges that came since the last call, merged."""
        merged: list[tuple[int, int]] = []
        for offset, length in sorted(self._news.popleft() for _ in range(len(self._news))):
            if merged and sum(merged[-1]) == offset:
                offset, length = merged[-1][0], merged.pop()[1] + length
            merged.append((offset, length))
        return merged

    def _got(self, job: Job, file: File, ranges: RangeArray) -> None:
        self.picture.set_size(file.size)
        self.picture.add(ranges)
        if self._collects:
            self._news.extend((offset, length) for offset, length in ranges)

    def _restarted(self, job: Job, file: File) -> None:
        self.picture.clear()
