# SPDX-License-Identifier: MIT
"""How a command ends."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["DONE", "FAILED", "INTERRUPTED", "WRONG_USE", "WrongUseError", "heed_signals"]

DONE = 0
FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130


class WrongUseError(Exception):
    """The command was called wrongly; the text says what is wrong and what to do."""


@contextlib.contextmanager
def heed_signals() -> Iterator[None]:
    """Have SIGTERM, and SIGHUP of a terminal that is lost, end the command as Ctrl-C does.

    What is ignored from outside, as under nohup, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what follows is the orderly end
    raise KeyboardInterrupt
