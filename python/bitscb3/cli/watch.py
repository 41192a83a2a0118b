# SPDX-License-Identifier: MIT
"""`bitscb3 watch`: jobs as they go, those of other processes, too."""

from __future__ import annotations

import argparse
import sys
import threading
from uuid import UUID

from bitscb3.job import Job
from bitscb3.manager import Manager

from .common import add_common, add_jobs, choose_jobs, open_manager
from .exits import DONE, FAILED
from .leases import Leases
from .listing import each_record, open_leases
from .records import JobRecord, WatchEvent
from .screen import Part, Screen, make_screen
from .speaker import Speaker, one_line
from .watched import Watched

__all__ = ["add_arguments", "run"]

_FRAME_S = 0.25  # the store is written about as often
_AT_REST = ("TRANSFERRED", "ERROR", "SUSPENDED")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "Watch jobs, whichever process runs them: state, speed, time left and a map of what is "
        "here. With JOB it ends once each is whole, failed, suspended or gone; without, on Ctrl-C. "
        "Jobs of other processes are read from the store."
    )
    add_jobs(parser, needed=False)
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    with open_manager(options) as manager, open_leases(manager, options) as leases:
        chosen = {job.id for job in choose_jobs(manager, options.jobs)} if options.jobs else None
        with make_screen(None if speaker.as_json else sys.stdout, stays=True) as screen:
            return _watch(manager, leases, chosen, screen, speaker)


def _watch(
    manager: Manager, leases: Leases, chosen: set[UUID] | None, screen: Screen, speaker: Speaker
) -> int:
    seen: dict[Job, Watched] = {}
    pause = threading.Event()  # never set: a wait that Ctrl-C ends
    while True:
        there = set()
        for job, record in each_record(manager, leases):
            if chosen is None or job.id in chosen:
                there.add(job)
                seen.setdefault(job, Watched(screen.live)).look(job, record)
        for job in [job for job in seen if job not in there]:
            _tell_end(seen.pop(job).record, screen, speaker)
        for watched in seen.values():
            _tell(watched, screen, speaker)
        if screen.live:
            lines = [line for watched in seen.values() for line in watched.draw()]
            screen.draw(lines or [[Part("no jobs")]])
        if speaker.gone or screen.lost:
            return DONE
        records = [watched.record for watched in seen.values() if watched.record is not None]
        if chosen is not None and all(record["state"] in _AT_REST for record in records):
            return FAILED if any(record["state"] == "ERROR" for record in records) else DONE
        pause.wait(_FRAME_S)


def _tell(watched: Watched, screen: Screen, speaker: Speaker) -> None:
    if speaker.as_json:
        if (event := watched.event()) is not None:
            speaker.record(event)
    elif not screen.live and (line := watched.line()) is not None:
        speaker.say(line)


def _tell_end(record: JobRecord | None, screen: Screen, speaker: Speaker) -> None:
    if record is None:
        return
    event = WatchEvent(
        event="ended",
        id=record["id"],
        name=record["name"],
        state=None,
        running=None,
        bytes_total=None,
        bytes_transferred=None,
        rate=None,
        seconds_left=None,
    )
    speaker.record(event)
    text = f"{one_line(record['name'])}  ended: completed or cancelled"
    if screen.live:
        screen.line(text)
    else:
        speaker.say(text)
