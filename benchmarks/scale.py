# SPDX-License-Identifier: MIT
"""What does not grow: stored jobs, scattered ranges, file size; and a program that does nothing."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bitscb3.testing import Nginx, write_sparse

from .measure import cost, output_of, program
from .native import Native
from .result import Result
from .work import Work

GIB = 1 << 30
_WAIT_S = 14
_TRACE_S = 10
_STARTS = 10


def stored_jobs(folder: Path, result: Result) -> dict[str, Any]:
    """10,000 jobs of 10 files in a store."""
    print("… stored jobs", file=sys.stderr, flush=True)
    store = folder / "jobs"
    cost(program("stored", "make", str(store)))
    found: Any = output_of(program("stored", "open", str(store)))
    shutil.rmtree(store)
    result.add(
        7, "open a store of 10,000 jobs and list them", found["open_s"] + found["list_s"], 2, "s"
    )
    result.add(7, "memory of a stored job", found["stored_bytes"] / 1024, 2, "KiB")
    return {"stored": found}


def range_sets(native: Native, result: Result) -> dict[str, Any]:
    """Inserts into large sets of ranges."""
    found: Any = native.run("bench_range_set")
    scattered = found["scattered"]
    result.add(7, "insert among 100,000 ranges", scattered["100000"], 500, "ns")
    result.add(7, "insert among 1,000,000 ranges", scattered["1000000"], 1500, "ns")
    result.add(7, "append in order", found["in order, apart"]["1000000"], 50, "ns")
    return {"range_set_ns": found}


def file_size(folder: Path, sizes: tuple[int, ...], runs: int, result: Result) -> dict[str, Any]:
    """CPU for a byte of files of different sizes (in GiB), sparse at the server."""
    print("… files of different sizes", file=sys.stderr, flush=True)
    served, out, spec = folder / "sparse", folder / "out", folder / "spec.json"
    served.mkdir()
    costs: dict[str, float] = {}
    with Nginx(served) as nginx:
        for size in sizes:
            write_sparse(served / str(size), size * GIB)
            Work([nginx.url(f"/{size}")], str(out)).save(spec)
            times = []
            for _ in range(runs):
                out.mkdir()
                times.append(cost(program("with_bitscb3", "large", str(spec)))["cpu"] / size)
                shutil.rmtree(out)
                shutil.rmtree(f"{out}.store")
            costs[str(size)] = statistics.median(times)
    shutil.rmtree(served)
    least, most = costs[str(sizes[0])], costs[str(sizes[-1])]
    what = f"CPU for a byte of {sizes[-1]} GiB / of {sizes[0]} GiB"
    result.add(7, what, most / least, 1.15)
    return {"cpu_s_per_gib": costs}


def idle(folder: Path, result: Result) -> dict[str, Any]:
    """System calls of a program in which nothing transfers, and what an import costs."""
    print("… idle", file=sys.stderr, flush=True)
    starts = [cost([sys.executable, "-c", "import bitscb3"])["wall"] for _ in range(_STARTS)]
    bare = [cost([sys.executable, "-c", "pass"])["wall"] for _ in range(_STARTS)]
    imports = statistics.median(starts) - statistics.median(bare)
    result.add(8, "import bitscb3", imports * 1000, 60, "ms")
    if shutil.which("strace") is None:
        result.skipped.append("idle wake-ups: strace is not installed")
        return {"import_s": imports}
    home = folder / "idle"
    home.mkdir()
    waiting = subprocess.Popen(
        program("idle", str(home), str(_WAIT_S)), stdout=subprocess.PIPE, text=True
    )
    assert waiting.stdout is not None
    waiting.stdout.readline()
    trace = home / "trace"
    follow = ["strace", "-f", "-o", str(trace), "-p", str(waiting.pid)]
    limited = ["timeout", "-s", "INT", str(_TRACE_S), *follow]
    subprocess.run(limited, capture_output=True, check=False)
    # Calls under way when the trace began and ended are told, too.
    lines = trace.read_text(encoding="utf-8").splitlines()
    still = ("<unfinished ...>", "<detached ...>")
    calls = [line for line in lines if not line.endswith(still)]
    waiting.wait()
    waiting.stdout.close()
    shutil.rmtree(home)
    result.add(8, f"system calls in {_TRACE_S} s of nothing", len(calls), 0, "")
    return {"import_s": imports, "idle_calls": calls}
