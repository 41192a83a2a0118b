# SPDX-License-Identifier: MIT
"""The tasks with fsspec's HTTP file system."""

from __future__ import annotations

import os

import fsspec

from benchmarks.work import Work, run


def ranges(work: Work) -> None:
    """Ranges of one file, written to their places once all are here."""
    [url] = work.urls
    count = len(work.ranges)
    starts = [offset for offset, _ in work.ranges]
    ends = [offset + length for offset, length in work.ranges]
    bodies = fsspec.filesystem("http").cat_ranges([url] * count, starts, ends)
    out = os.open(work.target(url), os.O_WRONLY | os.O_CREAT)
    for (offset, length), body in zip(work.ranges, bodies, strict=True):
        assert os.pwrite(out, body, offset) == length
    os.close(out)


if __name__ == "__main__":
    run({"ranges": ranges})
