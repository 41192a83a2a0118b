# SPDX-License-Identifier: MIT
"""`bitscb3 ranges`: which bytes of a job's files are here."""

from __future__ import annotations

import argparse

from bitscb3.file import File
from bitscb3.job import Job
from bitscb3.quantities import size_text

from .common import add_common, add_jobs, choose_job, open_manager
from .exits import DONE, WrongUseError
from .records import to_filled
from .speaker import Speaker, one_line

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "List the filled ranges of a job's files as FIRST-LAST, the last byte included, as "
        "`bitscb3 get --ranges` takes them. JSON has (offset, length) pairs."
    )
    add_jobs(parser, several=False)
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="number of the file, from 0, or its local name; default: all of them",
    )
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    with open_manager(options) as manager:
        job = choose_job(manager, options.job)
        files = job.files if options.file is None else [_choose_file(job, options.file)]
        found = [to_filled(file) for file in files]
    speaker.record(found)
    for each in found:
        if len(found) > 1:
            speaker.say(f"# {each['index']} {one_line(each['local_name'])}")
        if each["ranges"] is None:
            speaker.note(f"{one_line(each['local_name'])}: its server or kind knows no ranges")
        for offset, length in each["ranges"] or ():
            speaker.say(f"{f'{offset}-{offset + length - 1}':<30} {size_text(length)}")
            if speaker.gone:
                return DONE
    return DONE


def _choose_file(job: Job, text: str) -> File:
    files = job.files
    if text.isascii() and text.isdigit() and int(text[:9]) < len(files):
        return files[int(text[:9])]
    for file in files:
        name = file.local_name
        if text == name or text == name.replace("\\", "/").rpartition("/")[2]:
            return file
    raise WrongUseError(
        f"{job.shown_name} has no file {one_line(text)!r}; give a number from 0 to "
        f"{len(files) - 1}, or a name that `bitscb3 info` shows"
    )
