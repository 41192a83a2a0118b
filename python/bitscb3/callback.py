# SPDX-License-Identifier: MIT
"""The callback interface, as a class to derive from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import TransferError
    from .file import File
    from .job import Job
    from .ranges import RangeArray


class Callback3:
    """The five methods of IBackgroundCopyCallback3, and `file_restarted`.

    Override any and set `job.callback` to an instance; the events of the methods overridden are
    turned on. An exception in a method is logged, kept on `job.handler_errors`, and stops nothing.

    Threads:
        Called on the manager's dispatcher thread, one call at a time, in order. Any method of any
        job may be called from inside, `complete()` and `request.result()` too.
    """

    def job_transferred(self, job: Job) -> None:
        """Every file of the job is here; `job.complete()` puts them in place."""

    def job_error(self, job: Job, error: TransferError) -> None:
        """The job stopped in the state ERROR; `job.resume()` tries again."""

    def job_modification(self, job: Job) -> None:
        """Something about the job changed: bytes arrived, a property was set, the state changed.

        Merged: one call may stand for many changes.
        """

    def file_transferred(self, job: Job, file: File) -> None:
        """Every byte of the file is here, and was reported before."""

    def file_ranges_transferred(self, job: Job, file: File, ranges: RangeArray) -> None:
        """The bytes of `ranges` are here: sorted, merged, none reported before.

        What was filled before the callback was set is reported first.
        """

    def file_restarted(self, job: Job, file: File) -> None:
        """The file changed on the server: what was reported of it is void, and counts anew."""
