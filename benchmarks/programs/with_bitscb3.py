# SPDX-License-Identifier: MIT
"""The tasks with bitscb3."""

from __future__ import annotations

from pathlib import Path

from benchmarks.work import Work, run
from bitscb3 import File, Job, JobState, Manager, Priority, RangeArray

FILES_PER_JOB = 200


def store_of(work: Work) -> Path:
    """A store on the same file system as the files."""
    return Path(f"{work.folder}.store")


def large(work: Work) -> None:
    """One file, as a foreground job."""
    [url] = work.urls
    with (
        Manager("engine", store_of(work)) as manager,
        manager.create_job("bench", priority=Priority.FOREGROUND) as job,
    ):
        job.add_file(url, work.target(url))


def files(work: Work) -> None:
    """Many small files, as foreground jobs of 200."""
    with Manager("engine", store_of(work)) as manager:
        jobs = []
        for start in range(0, len(work.urls), FILES_PER_JOB):
            job = manager.create_job("bench", priority=Priority.FOREGROUND)
            urls = work.urls[start : start + FILES_PER_JOB]
            job.add_files((url, work.target(url)) for url in urls)
            job.resume()
            jobs.append(job)
        for job in jobs:
            assert job.wait() is JobState.TRANSFERRED
            job.complete()


def ranges(work: Work) -> None:
    """Ranges on demand, each reported to a handler."""
    [url] = work.urls
    arrived = 0
    with Manager("engine", store_of(work)) as manager:
        job = manager.create_job("bench", priority=Priority.FOREGROUND, on_demand=True)
        file = job.add_file(url, work.target(url))

        @job.on_ranges
        def count(job: Job, file: File, ranges: RangeArray) -> None:
            nonlocal arrived
            arrived += ranges.bytes

        file.request_ranges(work.ranges).result()
        job.wait()
    assert arrived == sum(length for _, length in work.ranges)


if __name__ == "__main__":
    run({"large": large, "files": files, "ranges": ranges})
