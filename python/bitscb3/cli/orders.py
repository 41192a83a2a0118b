# SPDX-License-Identifier: MIT
"""The jobs that fulfil orders: found where an earlier run left them, or made; and digests."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bitscb3.enums import Priority
from bitscb3.errors import BitsError
from bitscb3.file import File
from bitscb3.http_options import ProxySettings
from bitscb3.job import Job
from bitscb3.manager import Manager
from bitscb3.urls import short_url

from .order_list import Order

__all__ = ["MARK", "JobFinder", "JobOptions", "keep_aside", "make_job", "unfinished"]

MARK = "bitscb3 get"  # how the jobs of this command begin their description


class JobOptions(NamedTuple):
    """How the jobs transfer; None: as they are."""

    priority: Priority | None = None
    headers: dict[str, str] | None = None
    proxy: ProxySettings | None = None
    patience: int | None = None  # seconds without a byte

    def apply(self, job: Job) -> None:
        """Set them, also of a job that was found: a login may have changed meanwhile."""
        if self.priority is not None:
            job.priority = self.priority
        if self.headers is not None:
            job.http.headers = self.headers
        if self.proxy is not None:
            job.http.proxy = self.proxy
        if self.patience is not None:
            job.no_progress_timeout = self.patience


class JobFinder:
    """The jobs that earlier, interrupted runs of this command left."""

    def __init__(self, manager: Manager) -> None:
        """Look at every job once."""
        self._jobs: dict[Order, Job] = {}
        for job in manager.jobs():
            with contextlib.suppress(BitsError):  # ended meanwhile
                if job.description.startswith(MARK) and not job.state.is_final:
                    self._jobs.setdefault(_order_of(job), job)

    def find(self, order: Order) -> Job | None:
        """The job for the order; its digest does not matter."""
        return self._jobs.get(order._replace(sha256=None))


def _order_of(job: Job) -> Order:
    files = job.files
    if len(files) != 1:
        return Order("", Path())
    file = files[0]
    return Order(file.remote_name, Path(file.local_name), None, tuple(file.ranges))


def make_job(manager: Manager, order: Order) -> Job:
    """A job of one file; a later run finds it."""
    job = manager.create_job(order.path.name[:256])
    try:
        job.description = f"{MARK} {short_url(order.url)} -> {order.path}"[:1024]
        job.add_file(order.url, order.path, order.ranges or None)
    except BaseException:
        job.cancel()
        raise
    return job


def keep_aside(file: File, path: Path) -> Path:
    """Keep what came beside its destination `path`, which is not touched; returns where."""
    aside = path.with_name(f"{path.name}.wrong-sha256")
    aside.unlink(missing_ok=True)
    try:
        os.link(file.temporary_name, aside)
    except OSError:  # a file system without links
        with Path(file.temporary_name).open("rb") as source, aside.open("xb") as copy:
            shutil.copyfileobj(source, copy)
    return aside


def unfinished(jobs: Sequence[Job]) -> list[Job]:
    """Those that can go on later."""
    found = []
    for job in jobs:
        with contextlib.suppress(BitsError):
            if not job.state.is_final:
                found.append(job)
    return found
