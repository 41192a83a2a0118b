# SPDX-License-Identifier: MIT
"""`bitscb3 info`: all about one job."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import sys
from collections.abc import Iterator

from bitscb3.errors import RangesNotSupportedError
from bitscb3.job import Job
from bitscb3.pictures import Picture
from bitscb3.quantities import size_text

from .common import add_common, add_jobs, choose_job, open_manager
from .exits import DONE
from .listing import amount_text, open_leases, state_text
from .records import JobDetails, to_details
from .screen import can_draw, picture_width
from .speaker import Speaker, for_people, one_line

__all__ = ["add_arguments", "paint", "run"]

_MOST_FILES = 50  # shown to people


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = "Show a job: state, amount, times, error, and its files with their ranges."
    add_jobs(parser, several=False)
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    with open_manager(options) as manager, open_leases(manager, options) as leases:
        job = choose_job(manager, options.job)
        details = to_details(job, leases.is_running(job.id))
        speaker.record(details)
        if not speaker.as_json:
            for line in _lines(job, details):
                speaker.say(line)
    return DONE


def _user(owner: str) -> str:
    """The owner, with the name of a user id."""
    if sys.platform != "win32":
        import pwd

        with contextlib.suppress(KeyError, ValueError, OverflowError):  # nobody here has it
            return f"{owner} ({pwd.getpwuid(int(owner)).pw_name})"
    return owner


def paint(job: Job, picture: Picture) -> str | None:
    """The filled ranges of the job's one file; None: of another number of files, or none known."""
    files = job.files
    if len(files) != 1:
        return None
    try:
        filled = files[0].filled_ranges()
    except RangesNotSupportedError:
        return None
    picture.clear()
    picture.set_size(files[0].size)
    picture.add(filled)
    return picture.render(not can_draw(sys.stdout))


def _local(time: str | None) -> str | None:
    """A point in time by the clock of this place, to the second."""
    if time is None:
        return None
    return f"{datetime.datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M:%S %z}"


def _lines(job: Job, details: JobDetails) -> Iterator[str]:
    amount = amount_text(details["bytes_transferred"], details["bytes_total"])
    files = f"{details['files_transferred']} of {details['files_total']} files"
    pairs: list[tuple[str, object]] = [
        ("id", details["id"]),
        ("name", details["name"]),
        ("description", details["description"]),
        ("state", state_text(details["state"], details["running"])),
        ("here", f"{amount}, {files}"),
        ("priority", f"{details['priority'].lower()}{', on demand' * details['on_demand']}"),
        ("made", _local(details["creation"])),
        ("changed", _local(details["modification"])),
        ("transferred", _local(details["transfer_completion"])),
        ("errors", details["error_count"] or None),
        ("error", details["error"] and details["error"]["message"]),
        ("owner", _user(details["owner"])),
    ]
    for name, value in pairs:
        if value not in (None, ""):
            yield f"{name:<12} {for_people(str(value))}"
    for file in details["files"][:_MOST_FILES]:
        yield ""
        yield f"{one_line(file['url'])} -> {one_line(file['local_name'])}"
        pieces = f", {len(file['ranges'])} pieces" if file["ranges"] else ""
        yield f"  {amount_text(file['bytes_transferred'], file['bytes_total'])}{pieces}"
        if file["temporary_name"] and not file["completed"]:
            yield f"  until it is whole at {one_line(file['temporary_name'])}"
        picture = Picture(picture_width(4))
        try:
            filled = job.file(file["index"]).filled_ranges()
        except RangesNotSupportedError:
            continue
        picture.set_size(file["bytes_total"])
        picture.add(filled)
        yield f"  {picture.render(not can_draw(sys.stdout))}"
    if len(details["files"]) > _MOST_FILES:
        rest = details["files"][_MOST_FILES:]
        here = size_text(sum(file["bytes_transferred"] for file in rest))
        yield f"\n… and {len(rest)} more files with {here}; --json shows them all"
