# SPDX-License-Identifier: MIT
"""A program that lives of downloads and may die at any moment. It says what it does, line by line.

It adopts every job of its store, makes new ones while there are numbers left, several at a time,
and ends each in the way its number tells. Arguments: store, folder of the files, address of the
server, first new number, number to stop before.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bitscb3 import EOF, Job, JobState, Manager, TransferError

SIZES = (0, 1, 5_000, 200_000, (1 << 20) + 5, 3 << 20, 9 << 20)  # of the files of the server
KINDS = ("whole", "demand", "cancel", "later", "partial", "fail")  # by the number of a job
WIDTH = 4  # jobs at a time
PATIENCE = 20.0

_saying = threading.Lock()


def kind_of(number: int) -> str:
    """How a job ends."""
    return KINDS[number % len(KINDS)]


def files_of(number: int) -> list[int]:
    """Which of the server's files a job has, in its order; they are given by index in SIZES."""
    return [(number * 5 + place) % len(SIZES) for place in range(2 + number % 3)]


def say(*words: object) -> None:
    """One line, written at once."""
    with _saying:
        sys.stdout.write(" ".join(map(str, words)) + "\n")
        sys.stdout.flush()


def make(manager: Manager, folder: Path, server: str, number: int) -> Job:
    """A new job, resumed."""
    say("making", number)
    kind = kind_of(number)
    job = manager.create_job(str(number), on_demand=kind == "demand")
    job.minimum_retry_delay = 5
    for place, index in enumerate(files_of(number)):
        job.add_file(f"{server}/{index}?{number}-{place}", folder / f"{number}-{place}")
    if kind == "fail":
        job.add_file(f"{server}/none?{number}", folder / f"{number}-none")
    job.resume()
    say("resumed", number)
    return job


def live(manager: Manager, folder: Path, server: str, number: int, found: Job | None) -> None:
    """Bring a job to its end."""
    if found is not None:
        state = found.state
        say("found", number, state.name)
        if len(found.files) < len(files_of(number)) + (kind_of(number) == "fail"):
            say("cancelling", number)  # the process was killed while it made the job
            found.cancel()
            return
    job = found or make(manager, folder, server, number)
    over = threading.Event()
    job.on_transferred(lambda job: over.set())
    job.on_error(lambda job, error: over.set())
    if found is not None and state in (JobState.TRANSFERRED, JobState.ERROR):
        say("told" if over.wait(PATIENCE) else "untold", number)  # of what was before this life
    if bring_to_end(job, number, over, is_new=found is None):
        say("ended", number)


def bring_to_end(job: Job, number: int, over: threading.Event, *, is_new: bool) -> bool:
    """Run a job and end it; whether it was ended."""
    kind = kind_of(number)
    if not is_new and job.state not in (JobState.TRANSFERRED, JobState.ERROR):
        job.resume()
    if kind in ("cancel", "partial"):
        landed = threading.Event()
        job.on_file(lambda job, file: landed.set())
        if not any(file.progress.completed for file in job.files):
            landed.wait(PATIENCE)
    elif kind == "demand":
        ask(job, number)
    if kind not in ("cancel", "partial"):
        with contextlib.suppress(TransferError):
            job.wait(PATIENCE)
        if not over.wait(PATIENCE):
            say("untold", number)
    if is_new and kind in ("later", "fail"):
        return False  # another life finds it, and is told
    if kind in ("cancel", "fail"):
        say("cancelling", number)
        job.cancel()
    else:
        say("completing", number)
        job.complete(partial=kind == "partial")
    return True


def ask(job: Job, number: int) -> None:
    """Ask for scattered ranges of each file, and then for all of it."""
    for file, index in zip(job.files, files_of(number), strict=True):
        size = SIZES[index]
        if size > 9:
            starts = range(0, size // 2, size // 5)
            file.request_ranges([(start, size // 9) for start in starts][::-1]).result(PATIENCE)
        if size > 0:
            file.request_ranges([(0, EOF)])


def main() -> None:
    """Run until every job has ended."""
    store, folder, server = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    first, stop = int(sys.argv[4]), int(sys.argv[5])
    with Manager("engine", store) as manager:
        say("opened")
        run = partial(live, manager, folder, server)
        with ThreadPoolExecutor(WIDTH) as pool:
            lives = [pool.submit(run, int(job.name), job) for job in manager.jobs()]
            lives += [pool.submit(run, number, None) for number in range(first, stop)]
            for each in lives:
                try:
                    each.result()
                except Exception as error:
                    say("wrong", repr(error))
        if stop > first:  # it is to be killed
            threading.Event().wait()
    say("done")


if __name__ == "__main__":
    main()
