# SPDX-License-Identifier: MIT
"""What the tests on Windows share."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from bitscb3.testing import Content

PROGRAMS = Path(__file__).parent / "programs"


class Download(NamedTuple):
    """A file on a server, where it is to go, and its bytes."""

    url: str
    path: Path
    content: Content

    def is_there(self) -> bool:
        """Whether the local file has the bytes of the remote one."""
        return self.path.read_bytes() == self.content[:]


def is_wine() -> bool:
    """Whether this is Wine and not Windows."""
    return hasattr(ctypes.windll.ntdll, "wine_get_version")


def run(program: str, *arguments: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one of programs/ in a process of its own, to its end.

    Its standard output and error are pipes: under Wine a regular file is fatal.
    """
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", str(PROGRAMS / program), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
