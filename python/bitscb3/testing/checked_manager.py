# SPDX-License-Identifier: MIT
"""A manager for tests: what a handler raises fails the test."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bitscb3.manager import Manager

if TYPE_CHECKING:
    from types import TracebackType

    from bitscb3 import _core
    from bitscb3.job import Job

__all__ = ["CheckedManager"]


class CheckedManager(Manager):
    """A `Manager` that keeps its jobs, and whose context ends with what their handlers raised.

    Handlers run on a thread of their own, where what they raise is logged and nothing more: a test
    would pass. The arguments are those of `Manager`.

    Raises:
        AssertionError: A handler raised; its error is the cause. On leaving the context, unless
            that is left with an exception.
    """

    def check_handlers(self) -> None:
        """Raise AssertionError when a handler of a job raised."""
        errors = [error for job in self._kept for error in job.handler_errors]
        if errors:
            count = "a handler" if len(errors) == 1 else f"{len(errors)} calls of handlers"
            raise AssertionError(f"{count} raised, first {errors[0]!r}") from errors[0]

    def __enter__(self) -> CheckedManager:
        """The manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, and check."""
        super().__exit__(kind, error, trace)
        if error is None:
            self.check_handlers()

    def _wrap(self, core: _core.Job) -> Job:
        job = super()._wrap(core)
        self._kept.add(job)
        return job

    @cached_property
    def _kept(self) -> set[Job]:
        """The jobs: a manager itself forgets those nobody holds, and what their handlers raised."""
        return set()
