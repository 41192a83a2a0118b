# SPDX-License-Identifier: MIT
"""`python -m benchmarks`: import time, peak memory over 4 GiB, and one large file beside curl.

Each figure comes from a process of its own; wall and CPU are seconds, memory is MiB.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bitscb3.testing import Nginx, write_file, write_sparse

RUNS = 5
LARGE = 1 << 30  # bytes
SPARSE = 4 << 30  # bytes

OURS = """
import sys
from bitscb3 import Manager
url, path, store = sys.argv[1:]
with Manager("engine", store) as manager, manager.create_job("bench") as job:
    job.add_file(url, path)
"""


def measure(command: list[str]) -> tuple[float, float, float]:
    """Wall and CPU seconds and peak MiB of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    wrapped = ["import resource,subprocess,sys;", "subprocess.run(sys.argv[1:],check=True);"]
    wrapped.append("print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    out = subprocess.run(
        [sys.executable, "-c", "".join(wrapped), *command],
        check=True,
        capture_output=True,
        text=True,
    )
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, int(out.stdout.split()[-1]) / 1024


def main() -> None:
    """Print the table."""
    shared = Path("/dev/shm")
    base = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else None))
    try:
        _table(base)
    finally:
        shutil.rmtree(base)


def _table(base: Path) -> None:
    imports = [measure([sys.executable, "-c", "import bitscb3"])[0] for _ in range(RUNS)]
    bare = [measure([sys.executable, "-c", "pass"])[0] for _ in range(RUNS)]
    cost = statistics.median(imports) - statistics.median(bare)
    print(f"import bitscb3                 {cost * 1000:6.0f} ms")
    write_file(base / "large", LARGE)
    write_sparse(base / "sparse", SPARSE)
    with Nginx(base) as nginx:
        ours, curl = [], []
        for run in range(RUNS):
            out = base / f"out{run}"
            ours.append(measure(_ours(nginx.url("/large"), out, base / f"store{run}")))
            out.unlink()
            if shutil.which("curl"):
                curl.append(measure(["curl", "-s", "-o", str(out), nginx.url("/large")]))
                out.unlink()
        for name, runs in (("1 GiB, bitscb3", ours), ("1 GiB, curl", curl)):
            if runs:
                wall, cpu, peak = (statistics.median(column) for column in zip(*runs, strict=True))
                print(f"{name:30} {wall:6.2f} s wall {cpu:6.2f} s CPU {peak:6.0f} MiB")
        wall, cpu, peak = measure(_ours(nginx.url("/sparse"), base / "out", base / "store"))
        print(f"{'4 GiB sparse, bitscb3':30} {wall:6.2f} s wall {cpu:6.2f} s CPU {peak:6.0f} MiB")


def _ours(url: str, path: Path, store: Path) -> list[str]:
    return [sys.executable, "-c", OURS, url, str(path), str(store)]


if __name__ == "__main__":
    main()
