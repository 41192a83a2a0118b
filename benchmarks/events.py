# SPDX-License-Identifier: MIT
"""The way of an event: from the slot into the queue, to an array, to a handler."""

from __future__ import annotations

import sys
from typing import Any

from .measure import output_of, program
from .native import Native
from .result import Result

_SLOT = "FileRangesTransferred"
_KNOWN_THREADS = "moodycamel with a token"


def run(native: Native, result: Result) -> dict[str, Any]:
    """Measure; returns the nanoseconds of every queue."""
    print("… the queue", file=sys.stderr, flush=True)
    push = native.run("bench_push")
    for state, what in (("busy", "reader busy"), ("polling", "reader polling")):
        single, bulk = push[state]["1"], push[state]["64"]
        best = min((ns for name, ns in single.items() if name != _SLOT), default=None)
        ratio = None if best is None else single[_SLOT] / best
        result.add(1, f"slot with 1 range, {what}, / the fastest queue", ratio, 1.3)
        moody = [ns for name, ns in bulk.items() if name.startswith("moodycamel")]
        ratio = bulk[_SLOT] / min(moody) if moody else None
        result.add(1, f"slot with 64 ranges, {what}, / moodycamel in bulk", ratio, 1.3)

    print("… events to Python", file=sys.stderr, flush=True)
    library = str(native.feeder)
    tap: Any = output_of(program("events", "tap", library))
    rate = tap["single_per_s"] / 1e6
    result.add(2, "drained to NumPy, million ranges/s", rate, 30, "", at_least=True)
    handlers: Any = output_of(program("events", "handlers", library))
    rate = handlers["many_files"]["events_per_s"] / 1e3
    what = "handler calls with one range each, thousand/s"
    result.add(2, what, rate, 500, "", at_least=True)
    rate = handlers["one_file"]["events_per_s"] / 1e3
    what = "events of one file through a handler, thousand/s"
    result.add(2, what, rate, 500, "", at_least=True)
    latency: Any = output_of(program("events", "latency", library))
    ratio = latency["handler_us"] / latency["eventfd_us"]
    result.add(3, "slot to handler, reader asleep, / eventfd", ratio, 3)
    return {"push_ns": push, "tap": tap, "handlers": handlers, "latency": latency}
