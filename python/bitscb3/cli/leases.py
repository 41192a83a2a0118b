# SPDX-License-Identifier: MIT
"""Whether a process runs a job of the embedded BITS: a look at the lock it holds.

Source: cpp/engine/lease.cpp and lease_posix.cpp have the place and the kind of the lock; fcntl(2).
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from uuid import UUID

from bitscb3.closing import Closing

__all__ = ["Leases"]

_FLOCK = "hhqqi0q"  # struct flock of 64-bit Linux: type, whence, start, length, process
_FILE = "leases"


class Leases(Closing):
    """The locks of a store. Looking takes none, so nobody is disturbed."""

    def __init__(self, store: Path | None) -> None:
        """Look at `store`; None: a service that runs every job itself."""
        self._file = None
        if store is not None and sys.platform == "linux" and sys.maxsize > 2**32:
            try:
                self._file = (store / _FILE).open("rb")
            except OSError:
                self._file = None

    def is_running(self, id: UUID) -> bool | None:
        """Whether some manager, also of this process, runs the job; None: it cannot be told."""
        if self._file is None or sys.platform != "linux":
            return None
        import fcntl

        place = int.from_bytes(id.bytes[8:], sys.byteorder) >> 2
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, 0, place, 1, 0)
        try:
            answer = fcntl.fcntl(self._file, fcntl.F_OFD_GETLK, asked)
        except OSError:
            return None
        return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
