# SPDX-License-Identifier: MIT
"""Jobs that an earlier call, or process, left in the store for the same files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from .errors import BitsError

if TYPE_CHECKING:
    from .job import Job
    from .manager import Manager

__all__ = ["DOWNLOADED", "OPENED", "find_left_behind"]

# How the descriptions of jobs begin that this package makes by itself.
DOWNLOADED: Final = "bitscb3 download"
OPENED: Final = "bitscb3 open"


def find_left_behind(manager: Manager, mark: str, names: Iterable[tuple[str, str]]) -> Job | None:
    """The job whose description begins with `mark` and that has these files, in any order.

    Args:
        manager: Whose store is looked through.
        mark: What the caller lets the descriptions of its jobs begin with.
        names: n pairs of URL and absolute path.
    """
    wanted = sorted(names)
    for job in manager.jobs():
        with contextlib.suppress(BitsError):  # ended meanwhile
            if not job.description.startswith(mark):
                continue
            if job.progress.files_total != len(wanted):
                continue
            if sorted((file.remote_name, file.local_name) for file in job.files) == wanted:
                return job
    return None
