# SPDX-License-Identifier: MIT
"""Functions of the program that judge server certificates."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

from . import _core
from .logs import About, log_exception

__all__ = ["CertificateJudges", "Judge"]

Judge: TypeAlias = Callable[[str, bytes], bool]


class CertificateJudges:
    """The judges of a manager's jobs, called on one thread, which the first of them starts.

    Threads:
        `set` from any thread. Judges run on a thread of their own, one at a time, with no lock
        held: a transfer waits for each, so events go on meanwhile.
    """

    def __init__(self, core: _core.Manager) -> None:
        """Serve `core`."""
        self._core = core
        self._judges: dict[str, Judge] = {}  # by id of a job
        self._lock = threading.Lock()  # guards _thread
        self._thread: threading.Thread | None = None

    def set(self, job: str, judge: Judge | None) -> None:
        """Have `judge` decide for the job of that id; None: nobody."""
        if judge is None:
            self._judges.pop(job, None)
            return
        self._judges[job] = judge
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=_serve,
                    args=(self._core, self._judges),
                    name="bitscb3-certificates",
                    daemon=True,
                )
                self._thread.start()


def _serve(core: _core.Manager, judges: dict[str, Judge]) -> None:
    while (question := core.next_certificate()) is not None:
        number, job, url, certificate = question
        core.answer_certificate(number, _accepts(judges.get(job), job, url, certificate))


def _accepts(judge: Judge | None, job: str, url: str, certificate: bytes) -> bool:
    try:
        return judge is not None and bool(judge(url, certificate))
    except BaseException:  # the thread serves every job: nothing may end it
        about = About(job=job)
        log_exception("the judge of server certificates failed for job %s", job, about=about)
        return False
