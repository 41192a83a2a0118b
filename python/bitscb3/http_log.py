# SPDX-License-Identifier: MIT
"""The thread that carries libcurl's lines from the embedded BITS to the log."""

from __future__ import annotations

import contextlib
import threading

from . import _core
from .logs import DEBUG, HTTP, About, log

__all__ = ["HttpLog"]


class HttpLog:
    """What libcurl says of the requests of a manager, on the logger "bitscb3.http".

    The thread starts with the first `turn(True)`, and ends when the manager is closed and every
    line was logged.

    Threads:
        Any. Handlers of the logger run on the thread "bitscb3-log".
    """

    def __init__(self, core: _core.Manager) -> None:
        """Nothing is collected at first."""
        self._core = core
        self._lock = threading.Lock()  # guards what follows
        self._thread: threading.Thread | None = None
        self.on: bool = False

    def turn(self, on: bool) -> None:
        """Collect what is said of the requests that begin from now on, or of none.

        Raises:
            BitsError: The system's BITS tells nothing.
        """
        with self._lock:
            self._core.set_log(on)
            self.on = on
            if on and self._thread is None:
                self._thread = threading.Thread(
                    target=_serve, args=(self._core,), name="bitscb3-log", daemon=True
                )
                self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait until every line was logged, at most `timeout` seconds; not on the thread itself."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)


def _serve(core: _core.Manager) -> None:
    while (taken := core.next_log()) is not None:
        dropped, lines = taken
        with contextlib.suppress(Exception):  # of a handler: nothing may end the thread
            if dropped:
                log(HTTP, DEBUG, "%d lines were dropped: they came faster than logged", dropped)
        for job, name, file, url, transfer, line, text in lines:
            about = About(None, job, name, file, url, transfer=transfer, line=line)
            with contextlib.suppress(Exception):
                log(HTTP, DEBUG, "[%d] %s %s", transfer, line, text, about=about)
