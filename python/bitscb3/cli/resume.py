# SPDX-License-Identifier: MIT
"""`bitscb3 resume`: go on with jobs that were left behind."""

from __future__ import annotations

import argparse
import contextlib
import functools
import sys

from bitscb3.enums import JobState
from bitscb3.errors import BitsError
from bitscb3.job import Job
from bitscb3.manager import Manager

from .common import (
    add_common,
    add_give_up,
    add_jobs,
    choose_jobs,
    living_jobs,
    open_manager,
    with_store,
)
from .exits import DONE, FAILED, WrongUseError
from .life import act
from .listing import open_leases
from .parsing import to_size
from .records import Action, to_error, to_record
from .screen import make_screen
from .speaker import Speaker, one_line
from .watched import Watched

__all__ = ["add_arguments", "run"]

_FRAME_S = 0.1
_GOING = (
    JobState.QUEUED,
    JobState.CONNECTING,
    JobState.TRANSFERRING,
    JobState.TRANSIENT_ERROR,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "Resume jobs that are parked, suspended or failed. The embedded BITS runs in this process, "
        "so the command goes on until they are whole; the system's goes on by itself, and the "
        "command ends at once, unless --complete is given."
    )
    add_jobs(parser, needed=False)
    parser.add_argument(
        "--all", action="store_true", help="every job that no other process runs, in place of JOB"
    )
    parser.add_argument(
        "--complete", action="store_true", help="put the files in place once they are whole"
    )
    parser.add_argument(
        "--limit-rate", metavar="RATE", type=to_size, help="bytes per second: 500k, 2M"
    )
    add_give_up(parser)
    parser.add_argument("--ca", metavar="FILE", help="PEM file of the authorities to trust")
    parser.add_argument("-q", "--quiet", action="store_true", help="say only what goes wrong")
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    if options.all == bool(options.jobs):
        raise WrongUseError("give jobs to resume, or --all; `bitscb3 list` shows them")
    with open_manager(options) as manager:
        if options.limit_rate is not None:
            manager.rate_limit = options.limit_rate
        if options.all:
            with open_leases(manager, options) as leases:
                jobs = [
                    job
                    for job in living_jobs(manager)
                    if job.progress.files_total and not leases.is_running(job.id)
                ]
        else:
            jobs = choose_jobs(manager, options.jobs)
        try:
            actions = _resume(manager, options, jobs, speaker)
        except KeyboardInterrupt:
            words = [str(job.id)[:13] for job in jobs]
            words = ["--all"] if options.all else words
            again = ["resume", *(["--complete"] if options.complete else []), *words]
            speaker.complain(f"interrupted; {with_store(options, *again)} goes on")
            raise
    speaker.record(actions)
    return FAILED if any(action["error"] is not None for action in actions) else DONE


def _resume(
    manager: Manager, options: argparse.Namespace, jobs: list[Job], speaker: Speaker
) -> list[Action]:
    waits = manager.backend == "engine" or options.complete
    actions: list[Action] = []
    going = []
    for job in jobs:
        start = functools.partial(_start, patience=options.give_up_after)
        action = act(job, start, None if waits or options.quiet else "resumed", speaker)
        if action["error"] is not None or not waits:
            actions.append(action)
        else:
            going.append(job)
    with make_screen(None if speaker.quiet or speaker.as_json else sys.stderr) as screen:
        watched = {job: Watched(screen.live) for job in going}
        while going:
            with contextlib.suppress(TimeoutError, BitsError):
                going[0].wait(_FRAME_S)
            for job in going.copy():
                with contextlib.suppress(BitsError):
                    if job.state in _GOING:
                        watched[job].look(job, to_record(job, None))
                        continue
                going.remove(job)
            if screen.live:
                screen.draw([line for job in going for line in watched[job].draw()])
            else:
                for job in going:
                    if (line := watched[job].line()) is not None:
                        screen.line(line)
    return actions + [_end(job, options, speaker) for job in watched]


def _start(job: Job, patience: int | None) -> None:
    if patience is not None:
        job.no_progress_timeout = patience
    if job.state is not JobState.TRANSFERRED:
        job.resume()


def _end(job: Job, options: argparse.Namespace, speaker: Speaker) -> Action:
    state = job.state
    name = one_line(job.name)
    if state is JobState.TRANSFERRED and options.complete:
        return act(job, Job.complete, "completed", speaker)
    error = job.failure() if state is JobState.ERROR else None
    if error is not None:
        speaker.complain(error)
    elif state is JobState.TRANSFERRED:
        command = with_store(options, "complete", str(job.id)[:13])
        if not speaker.quiet:
            speaker.say(f"{name}: whole; {command} puts it in place")
    elif not speaker.quiet:
        speaker.say(f"{name}: {state.name.lower()}")
    return Action(id=str(job.id), name=job.name, state=state.name, error=to_error(error))
