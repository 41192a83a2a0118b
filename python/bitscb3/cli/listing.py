# SPDX-License-Identifier: MIT
"""`bitscb3 list`: the jobs there are."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator

from bitscb3.errors import InvalidStateError, JobNotFoundError
from bitscb3.job import Job
from bitscb3.manager import Manager
from bitscb3.printable import printable
from bitscb3.quantities import size_text

from .common import add_common, living_jobs, open_manager, store_folder
from .exits import DONE
from .leases import Leases
from .records import JobRecord, to_record
from .screen import columns, cut
from .speaker import Speaker

__all__ = [
    "add_arguments",
    "amount_text",
    "each_record",
    "jobs_text",
    "open_leases",
    "run",
    "state_text",
]

_HEAD = ("ID", "STATE", "HERE", "NAME")
_ID = 13  # characters of an id: long enough to be its own
_STATES = {"ERROR": "failed", "TRANSFERRED": "whole", "TRANSIENT_ERROR": "retrying"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "List the jobs: of this user, of every process. States: running (a process is at it), "
        "parked (nobody is: `bitscb3 resume` goes on), suspended, retrying, failed, and whole "
        "(`bitscb3 complete` puts the files in place)."
    )
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    with open_manager(options) as manager, open_leases(manager, options) as leases:
        records = [record for _, record in each_record(manager, leases)]
    records.sort(key=lambda record: record["creation"] or "")
    speaker.record(records)
    if not records:
        speaker.note("no jobs")
        return DONE
    rows = [_HEAD, *map(_row, records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    widest = columns() - 1 if sys.stdout is not None and sys.stdout.isatty() else 1 << 20
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        speaker.say(cut("  ".join([*cells, row[-1]]), widest))
        if speaker.gone:
            break
    return DONE


def open_leases(manager: Manager, options: argparse.Namespace) -> Leases:
    """Who runs the jobs of the manager."""
    return Leases(store_folder(options) if manager.backend == "engine" else None)


def each_record(manager: Manager, leases: Leases) -> Iterator[tuple[Job, JobRecord]]:
    """Every job with what there is to say of it, but those that end just now."""
    for job in living_jobs(manager):
        with contextlib.suppress(JobNotFoundError, InvalidStateError):
            yield job, to_record(job, leases.is_running(job.id))


def state_text(state: str, running: bool | None) -> str:
    """The state, for people.

    The store says only how a job of another process was left, so its lease counts as well.
    """
    if state in ("QUEUED", "CONNECTING", "TRANSFERRING", "TRANSIENT_ERROR"):
        if running is False:
            return "parked"
        if running and state != "TRANSIENT_ERROR":
            return "running"
    return _STATES.get(state, state.lower())


def jobs_text(count: int) -> str:
    """A number of jobs, for people."""
    return "1 job" if count == 1 else f"{count} jobs"


def amount_text(here: int, total: int | None) -> str:
    """How much is here, for people."""
    if total is None:
        return f"{size_text(here)} of ?"
    percent = int(here * 100 / total) if total else 100
    return f"{percent}% of {size_text(total)}"


def _row(record: JobRecord) -> tuple[str, ...]:
    return (
        record["id"][:_ID],
        state_text(record["state"], record["running"]),
        amount_text(record["bytes_transferred"], record["bytes_total"]),
        printable(record["name"]),
    )
