# SPDX-License-Identifier: MIT
"""`bitscb3 gc`: what was left behind, and its removal."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bitscb3.errors import BitsError
from bitscb3.job import Job
from bitscb3.left_behind import DOWNLOADED, OPENED
from bitscb3.manager import Manager
from bitscb3.quantities import duration_text, size_text

from .common import add_common, open_manager, with_store
from .exits import DONE, FAILED
from .leases import Leases
from .life import act
from .listing import each_record, jobs_text, open_leases, state_text
from .orders import MARK
from .parsing import to_age
from .records import Forgotten, JobRecord, age_of
from .speaker import Speaker, one_line

__all__ = ["add_arguments", "run"]

_DAY_S = 86400
_OURS = (MARK, DOWNLOADED, OPENED)
_TEMPORARY = re.compile(r"BIT[0-9a-f]{8}\.tmp", re.IGNORECASE)  # cpp/engine/disk_file.cpp


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "Show jobs that nobody runs and nobody has touched for long; with --yes cancel them, which "
        "deletes what is here of them. Whole jobs are shown and kept, and so are temporary files "
        "that no job of this store has: another store may."
    )
    parser.add_argument(
        "--older-than",
        metavar="AGE",
        type=to_age,
        default=7 * _DAY_S,
        help="untouched for so long: 30min, 12h, 7d, 2w; default: 7d",
    )
    parser.add_argument("--yes", action="store_true", help="remove them, rather than show them")
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    with open_manager(options) as manager, open_leases(manager, options) as leases:
        found, failed = _jobs(manager, leases, options, speaker)
        found += list(_files(manager))
    speaker.record(found)
    for each in found:
        verb = "removed" if each["removed"] else each["kind"]
        amount = size_text(each["bytes"])
        speaker.say(f"{verb:<8} {amount:>10}  {one_line(each['name'])}: {each['reason']}")
    left = [each for each in found if each["kind"] == "job" and _is_garbage(each)]
    if not found:
        speaker.note("nothing was left behind")
    elif left and not options.yes:
        size = size_text(sum(each["bytes"] for each in left))
        age = ("--older-than", f"{options.older_than}s")
        words = ["gc", "--yes", *(age if options.older_than != 7 * _DAY_S else ())]
        speaker.note(f"{with_store(options, *words)} removes {jobs_text(len(left))} with {size}")
    return FAILED if failed else DONE


def _is_garbage(each: Forgotten) -> bool:
    return not each["removed"] and not each["reason"].startswith("whole")


def _jobs(
    manager: Manager, leases: Leases, options: argparse.Namespace, speaker: Speaker
) -> tuple[list[Forgotten], bool]:
    found = []
    failed = False
    for job, record in list(each_record(manager, leases)):
        age = _age_of(job)
        if record["running"] or age is None or age < options.older_than:
            continue
        if manager.backend == "bits" and not record["description"].startswith(_OURS):
            continue  # another program's, such as Windows' own
        reason = _reason(record, age)
        removed = False
        if options.yes and not reason.startswith("whole"):
            # The service refuses where another process has begun to run it meanwhile.
            removed = act(job, Job.cancel, None, speaker)["error"] is None
            failed = failed or not removed
        found.append(
            Forgotten(
                kind="job",
                id=record["id"],
                name=record["name"],
                bytes=record["bytes_transferred"],
                seconds=age,
                reason=reason,
                removed=removed,
            )
        )
    return found, failed


def _age_of(job: Job) -> float | None:
    """Seconds since the job or a temporary file of its was changed; None: it cannot be told."""
    age = age_of(job)
    if age is None:
        return None
    now = time.time()
    with contextlib.suppress(BitsError):
        for file in job.files:
            with contextlib.suppress(OSError):
                if name := file.temporary_name:
                    age = min(age, now - Path(name).stat().st_mtime)
    return max(age, 0.0)


def _reason(record: JobRecord, age: float) -> str:
    since = f"{age / _DAY_S:.0f} d" if age >= 2 * _DAY_S else duration_text(age)
    if record["description"].startswith(OPENED):
        return f"cached by open(), not touched for {since}"
    state = state_text(record["state"], record["running"])
    if state == "whole":
        return f"whole for {since}; `bitscb3 complete {record['id'][:13]}` puts it in place"
    return f"{state}, not touched for {since}"


def _files(manager: Manager) -> Iterator[Forgotten]:
    """Temporary files beside those of the jobs that no job of the store has."""
    known: set[str] = set()
    folders: set[str] = set()
    for job in manager.jobs():
        with contextlib.suppress(BitsError):
            for file in job.files:
                known.add(os.path.normcase(file.temporary_name))
                folders.add(os.path.dirname(file.local_name))  # noqa: PTH120 (the text counts)
    yield from _unknown(sorted(folders), known)


def _unknown(folders: Iterable[str], known: set[str]) -> Iterator[Forgotten]:
    for folder in folders:
        try:
            names = [path for path in Path(folder).iterdir() if _TEMPORARY.fullmatch(path.name)]
        except OSError:
            continue
        for path in sorted(names):
            if os.path.normcase(path) in known:
                continue
            try:
                status = path.lstat()
            except OSError:
                continue
            yield Forgotten(
                kind="file",
                id=None,
                name=str(path),
                bytes=status.st_size,
                seconds=max(time.time() - status.st_mtime, 0.0),
                reason="no job of this store has it; left alone, as another store's may",
                removed=False,
            )
