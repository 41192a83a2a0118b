# SPDX-License-Identifier: MIT
"""Runs one command and prints what it cost as JSON: `python -I -S launch.py COMMAND…`.

A process of its own, and a small one: the peak memory of a child is never less than its parent's at
the moment it was started.
"""

import json
import os
import sys
import time


def main() -> int:
    """Run it; its output is thrown away, and its errors are passed on."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
    began = time.monotonic()
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - began
    figures = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
    }
    print(json.dumps(figures))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
