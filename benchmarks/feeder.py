# SPDX-License-Identifier: MIT
"""A BITS service that is played: a native thread calls the callback of a job as fast as it can."""

from __future__ import annotations

import ctypes
from pathlib import Path

from bitscb3 import Job

__all__ = ["Feeder", "write_eventfd"]

_library: ctypes.CDLL | None = None


def load(path: Path) -> None:
    """Use the library that `benchmarks.native` built."""
    global _library
    _library = ctypes.CDLL(str(path))
    _library.feeder_open.restype = ctypes.c_void_p
    _library.feeder_open.argtypes = [ctypes.c_void_p]
    _library.feeder_close.argtypes = [ctypes.c_void_p]
    _library.feeder_feed.restype = ctypes.c_int64
    _library.feeder_feed.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32]
    _library.feeder_ring.restype = ctypes.c_int64
    _library.feeder_ring.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    _library.write_eventfd.restype = ctypes.c_int64
    _library.write_eventfd.argtypes = [ctypes.c_int, ctypes.c_uint32]


def library() -> ctypes.CDLL:
    """The library."""
    assert _library is not None, "load() it first"
    return _library


class Feeder:
    """Calls the callback that `job` has registered, until it is closed."""

    def __init__(self, job: Job) -> None:
        """`job` has a handler or a queue, and at least one file."""
        self._handle = library().feeder_open(job.com_pointer)
        assert self._handle, "the job has no callback, or no file"

    def close(self) -> None:
        """Let the job go."""
        library().feeder_close(self._handle)

    def feed(self, calls: int, count: int) -> float:
        """`calls` calls with `count` new ranges each, files in turn; returns the seconds spent."""
        return float(library().feeder_feed(self._handle, calls, count)) / 1e9

    def ring(self, pause_us: int) -> int:
        """One call after a pause and before another one; returns when it began, monotonic ns."""
        return int(library().feeder_ring(self._handle, pause_us))


def write_eventfd(descriptor: int, pause_us: int) -> int:
    """Make an eventfd readable as `Feeder.ring` calls; returns when, monotonic ns."""
    return int(library().write_eventfd(descriptor, pause_us))
