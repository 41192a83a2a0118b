# SPDX-License-Identifier: MIT
"""A store with very many jobs: `python -m benchmarks.programs.stored make|open STORE`.

`open` prints JSON: seconds to open the manager, to list every job by name, and bytes of memory that
each job costs while it is only stored, and while the program holds it.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

from bitscb3 import Manager

JOBS = 10_000
FILES = 10


def make(store: Path) -> None:
    """Fill a store."""
    folder = store.parent
    with Manager("engine", store) as manager:
        for number in range(JOBS):
            job = manager.create_job(f"job {number}")
            job.add_files(
                (f"http://127.0.0.1:9/{number}/{i}", folder / f"{number}-{i}") for i in range(FILES)
            )


def memory() -> int:
    """Bytes of this process that are its own."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def open_(store: Path) -> dict[str, float]:
    """Look at a store."""
    before = memory()
    began = time.perf_counter()
    with Manager("engine", store) as manager:
        opened = time.perf_counter()
        stored = memory() - before
        listing = time.perf_counter()
        jobs = manager.jobs()
        names = {job.name for job in jobs}
        listed = time.perf_counter()
        assert len(names) == JOBS
        held = memory() - before
        del jobs
        left = memory() - before
    return {
        "open_s": opened - began,
        "list_s": listed - listing,
        "stored_bytes": stored / JOBS,
        "held_bytes": held / JOBS,
        "let_go_bytes": left / JOBS,
    }


if __name__ == "__main__":
    task, path = sys.argv[1:]
    if task == "make":
        make(Path(path))
    else:
        print(json.dumps(open_(Path(path))))
