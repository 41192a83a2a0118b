# SPDX-License-Identifier: MIT
"""Calls into the extension on behalf of a job or a file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from .errors import BitsError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Calls"]

Core = TypeVar("Core")


class Calls(Generic[Core]):
    """Gives the extension's object to call, and names its owner in what goes wrong.

        with self.calls as core:
            core.resume()

    Threads:
        Any, several at a time: it has no state of its own.
    """

    __slots__ = ("_check_process", "_core", "_describe")

    def __init__(
        self, core: Core, check_process: Callable[[], None], describe: Callable[[Core], str]
    ) -> None:
        """Call `core`; `check_process` refuses in a forked child, `describe` names the owner."""
        self._core = core
        self._check_process = check_process
        self._describe = describe

    def __enter__(self) -> Core:
        """The extension's object; RuntimeError in a forked child."""
        self._check_process()
        return self._core

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Name the owner."""
        if isinstance(error, BitsError):
            with contextlib.suppress(BitsError):
                error.about(self._describe(self._core))
