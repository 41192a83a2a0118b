# SPDX-License-Identifier: MIT
"""What notebooks show of a manager: its jobs in a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from bitscb3.quantities import size_text

from .snapshot import GONE, printable
from .svg import bar_of_part, fit

if TYPE_CHECKING:
    from bitscb3.job import Job
    from bitscb3.manager import Manager

__all__ = ["manager_html"]

_MOST_JOBS: Final = 50
_NAME: Final = 300  # pixels
_HEADS: Final = ("job", "state", "files", "here", "")


def manager_html(manager: Manager) -> str:
    """The service, and a row for each of its first jobs."""
    try:
        jobs = manager.jobs()
        title = f"{manager.service}, {len(jobs):,} job{'s'[: len(jobs) != 1]}"
    except GONE as error:  # closed, or of another process
        return f"<p>{escape(printable(str(error)))}</p>"
    rows = [row for row in map(_row, jobs[:_MOST_JOBS]) if row]
    more = len(jobs) - _MOST_JOBS
    head = "".join(f"<th>{text}</th>" for text in _HEADS)
    return (
        f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>" + (f"<p>{more:,} more</p>" if more > 0 else "")
    )


def _row(job: Job) -> str:
    """A row; empty for a job that ended meanwhile."""
    try:
        name, state = printable(job.name), job.state.name
        total, here, count, done = job.progress
    except GONE:
        return ""
    amount = size_text(here) if total is None else f"{size_text(here)} of {size_text(total)}"
    part = 0.0 if not total else here / total
    texts = (fit(name, _NAME), state, f"{done:,} of {count:,}", amount)
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    return f"<tr>{cells}<td>{bar_of_part(part)}</td></tr>"
