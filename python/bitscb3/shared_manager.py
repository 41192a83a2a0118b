# SPDX-License-Identifier: MIT
"""The manager of programs that need only one."""

from __future__ import annotations

import os
import threading

from .manager import Manager

__all__ = ["default_manager"]

_lock = threading.Lock()
_manager: Manager | None = None


def default_manager() -> Manager:
    """The manager that `download()` and `open()` use where none is given.

    One for the process, `Manager()`, opened when it is first asked for and closed at exit. Once it
    was closed, and in a forked child, the next call opens another one.

    Raises:
        As `Manager`.

    Threads:
        Any.
    """
    global _manager
    with _lock:
        if _manager is None or _manager.closed:
            _manager = Manager()
        return _manager


def _forget() -> None:
    """In a forked child: the parent's manager, and a lock some thread there may hold."""
    global _lock, _manager
    _lock = threading.Lock()
    _manager = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
