# SPDX-License-Identifier: MIT
"""Managers that are shared by who asks for the same one."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping

from bitscb3.arguments import check_path
from bitscb3.manager import Manager
from bitscb3.settings import Settings
from bitscb3.shared_manager import default_manager

__all__ = ["shared_manager"]

_lock = threading.Lock()
_managers: weakref.WeakValueDictionary[object, Manager] = weakref.WeakValueDictionary()


def shared_manager(
    store: str | os.PathLike[str] | None = None,
    ca_file: str | os.PathLike[str] | None = None,
    settings: Mapping[str, int] | None = None,
) -> Manager:
    """The manager of this process with these arguments; without any, `default_manager()`.

    It is closed when nobody holds it any more.

    Args:
        store: As for `Manager`.
        ca_file: As for `Manager`.
        settings: Fields of `Settings` by name.

    Raises:
        As `Manager`.

    Threads:
        Any.
    """
    if store is None and ca_file is None and settings is None:
        return default_manager()
    folder = None if store is None else check_path(store, "store")
    authorities = None if ca_file is None else check_path(ca_file, "ca_file")
    numbers = None if settings is None else Settings(**settings)
    key = (folder, authorities, numbers)
    with _lock:
        manager = _managers.get(key)
        if manager is None or manager.closed:
            manager = _managers[key] = Manager(store=folder, ca_file=authorities, settings=numbers)
        return manager


def _forget() -> None:
    """In a forked child: the parent's managers, and a lock some thread there may hold."""
    global _lock, _managers
    _lock = threading.Lock()
    _managers = weakref.WeakValueDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
