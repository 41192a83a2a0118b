# SPDX-License-Identifier: MIT
"""`bitscb3 suspend`, `cancel` and `complete`: one call for each job."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable

from bitscb3.errors import BitsError, JobLeasedError, JobNotFoundError
from bitscb3.job import Job

from .common import add_common, add_jobs, choose_jobs, open_manager
from .exits import DONE, FAILED
from .records import Action, to_error
from .speaker import Speaker, one_line

__all__ = ["act", "add_arguments", "leased_text", "run"]

_DESCRIPTIONS = {
    "suspend": "Suspend jobs: what is here is kept, and nothing goes on before `bitscb3 resume`.",
    "cancel": "Cancel jobs: they are gone, and what is here of them is deleted.",
    "complete": "Complete jobs: put files that are whole under their names, and end the job.",
}
_DONE = {"suspend": "suspended", "cancel": "cancelled", "complete": "completed"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the commands take."""
    name = parser.prog.split()[-1]
    parser.description = (
        f"{_DESCRIPTIONS[name]} A job that another process runs on the embedded BITS is that "
        "process's alone: end the process first."
    )
    add_jobs(parser)
    if name == "complete":
        parser.add_argument(
            "--partial",
            action="store_true",
            help="keep the files that are whole and give up the others",
        )
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    calls: dict[str, Callable[[Job], None]] = {
        "suspend": Job.suspend,
        "cancel": Job.cancel,
        "complete": lambda job: job.complete(partial=options.partial),
    }
    with open_manager(options) as manager:
        actions = [
            act(job, calls[options.command], _done_text(options, job), speaker)
            for job in choose_jobs(manager, options.jobs)
        ]
    speaker.record(actions)
    return FAILED if any(action["error"] is not None for action in actions) else DONE


def act(job: Job, call: Callable[[Job], None], done: str | None, speaker: Speaker) -> Action:
    """Make one call and say what came of it: `done`, unless None, or why not."""
    name = str(job.id)
    try:
        name = job.name
        call(job)
    except BitsError as error:
        shown = f'job "{one_line(name)}"'
        if isinstance(error, JobLeasedError):
            text = leased_text(shown)
        elif isinstance(error, JobNotFoundError):
            text = f"{shown} ended meanwhile"
        else:
            text = str(error)
        speaker.complain(text)
        return Action(id=str(job.id), name=name, state=None, error=to_error(error))
    if done is not None:
        speaker.say(f"{one_line(name)}: {done}")
    return Action(id=str(job.id), name=name, state=job.state.name, error=None)


def _done_text(options: argparse.Namespace, job: Job) -> str:
    text = _DONE[options.command]
    if getattr(options, "partial", False):
        with contextlib.suppress(BitsError):  # it ends just now
            progress = job.progress
            given_up = progress.files_total - progress.files_transferred
            text += f", {given_up} of {progress.files_total} files given up" if given_up else ""
    return text


def leased_text(shown: str) -> str:
    """Why a job cannot be had now."""
    return (
        f"{shown} is run by another process, and only that one can change it; end it (Ctrl-C keeps "
        "what is here) and try again"
    )
