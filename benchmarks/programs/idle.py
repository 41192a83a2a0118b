# SPDX-License-Identifier: MIT
"""Waits while nothing transfers: `python -m benchmarks.programs.idle FOLDER SECONDS`.

It holds an on-demand job with a handler and a stored job, its main thread waits in `drain()`.
It prints "idle" once it is, and its own thread ids stay as they are.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from bitscb3 import File, Job, Manager, RangeArray, RangeQueue

SETTLING_S = 0.5


def main() -> None:
    """Wait."""
    folder, seconds = sys.argv[1:]
    with Manager("engine", Path(folder) / "store") as manager:
        job = manager.create_job("idle", on_demand=True)
        job.add_file("http://127.0.0.1:9/a", Path(folder) / "a")

        @job.on_ranges
        def ignore(job: Job, file: File, ranges: RangeArray) -> None: ...

        queue = RangeQueue()
        queue.attach(job)
        time.sleep(SETTLING_S)  # the committer's last batch
        print("idle", flush=True)
        queue.drain(timeout=float(seconds))
        print("over", flush=True)


if __name__ == "__main__":
    main()
