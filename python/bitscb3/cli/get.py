# SPDX-License-Identifier: MIT
"""`bitscb3 get`: download one file, and go on where an earlier attempt stopped."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import sys
import time
import warnings
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bitscb3.enums import JobState
from bitscb3.errors import (
    BG_E_INVALID_STATE,
    BitsError,
    InvalidStateError,
    JobLeasedError,
    TransferError,
    make_error,
)
from bitscb3.file import File
from bitscb3.job import Job
from bitscb3.manager import Manager
from bitscb3.pictures import Picture
from bitscb3.quantities import duration_text, size_text
from bitscb3.ranges import RangeArray
from bitscb3.urls import check_url, short_url

from . import DONE, FAILED, INTERRUPTED, WRONG_USE, say_error
from .screen import Screen, can_draw, make_screen

__all__ = ["run_get"]

_MARK = "bitscb3 get"  # how the jobs of this command begin their description
_FRAME_S = 0.1
_HEX_DIGITS = 64
_CHUNK = 1 << 20


class Order(NamedTuple):
    """What the user wants."""

    url: str
    path: Path  # absolute
    sha256: str | None


def run_get(options: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    try:
        order = _make_order(options)
    except (TypeError, ValueError) as error:
        say_error(str(error))
        return WRONG_USE
    try:
        with Manager(options.backend, options.store) as manager:
            return _get(manager, order)
    except KeyboardInterrupt:
        say_error(f"interrupted; the same command goes on with {short_url(order.url)}")
        return INTERRUPTED
    except (BitsError, OSError) as error:
        say_error(str(error))
        return FAILED


def _make_order(options: argparse.Namespace) -> Order:
    url = check_url(options.url)
    sha256: str | None = options.sha256
    if sha256 is not None:
        sha256 = sha256.lower()
        if len(sha256) != _HEX_DIGITS or any(c not in "0123456789abcdef" for c in sha256):
            raise ValueError("--sha256 takes 64 hexadecimal digits; sha256sum prints them")
    path = Path(options.output or ".").absolute()
    if path.is_dir():
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        name = name.replace("/", "_").replace("\0", "_")
        if name in ("", ".", ".."):
            raise ValueError(f"{short_url(url)} names no file; say where it goes with -o PATH")
        path /= name
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}; make it, or use another -o PATH")
    return Order(url, path, sha256)


def _get(manager: Manager, order: Order) -> int:
    began = time.monotonic()
    job = _find(manager, order) or _make(manager, order)
    file = job.files[0]
    stream = sys.stderr
    picture = Picture(max(16, min(64, shutil.get_terminal_size().columns - 2)))
    try:
        _connect(job, picture)
        job.resume()
        with make_screen(stream) as screen:
            before = job.progress.bytes_transferred
            _follow(job, picture, screen, before, plain=not can_draw(stream))
    except JobLeasedError:
        say_error(f"another process is downloading {order.path}; wait for it, or end it first")
        return FAILED
    except TransferError as error:
        return _fail(job, error)
    if order.sha256 is not None:
        found = _digest(Path(file.temporary_name))
        if found != order.sha256:
            return _reject(job, file, order, found)
    size = job.progress.bytes_transferred
    job.complete()
    took = max(time.monotonic() - began, 1e-9)
    rate = (size - before) / took
    checked = ", SHA-256 as wanted" if order.sha256 is not None else ""
    print(f"{order.path}: {size_text(size)} in {duration_text(took)}, {size_text(rate)}/s{checked}")
    return DONE


def _find(manager: Manager, order: Order) -> Job | None:
    """The job of an earlier, interrupted run of the same command."""
    for job in manager.jobs():
        with contextlib.suppress(BitsError):  # ended meanwhile
            if not job.description.startswith(_MARK):
                continue
            names = [(file.remote_name, file.local_name) for file in job.files]
            if names == [(order.url, str(order.path))]:
                return job
    return None


def _make(manager: Manager, order: Order) -> Job:
    job = manager.create_job(order.path.name[:256])
    try:
        job.description = f"{_MARK} {short_url(order.url)} -> {order.path}"[:1024]
        job.add_file(order.url, order.path)
    except BaseException:
        job.cancel()
        raise
    return job


def _connect(job: Job, picture: Picture) -> None:
    """Have the picture painted by the job's events."""

    def got(job: Job, file: File, ranges: RangeArray) -> None:
        picture.set_size(file.size)
        picture.add(ranges)

    def restarted(job: Job, file: File) -> None:
        picture.clear()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # file:// URLs report no ranges; the figures move anyway
        job.on_restarted(restarted)
        job.on_ranges(got)


def _follow(job: Job, picture: Picture, screen: Screen, before: int, plain: bool) -> None:
    """Show the job's progress until it is transferred; raises TransferError when it fails."""
    began = time.monotonic()
    while True:
        with contextlib.suppress(TimeoutError):
            state = job.wait(_FRAME_S)
            if state is JobState.TRANSFERRED:
                return
            raise make_error(
                InvalidStateError, BG_E_INVALID_STATE, f"{job.shown_name} was ended from outside"
            )
        progress = job.progress
        total, here = progress.bytes_total, progress.bytes_transferred
        rate = (here - before) / max(time.monotonic() - began, 1e-9)
        figures = size_text(here)
        if total is not None:
            figures += f" of {size_text(total)}"
        if here > before:
            figures += f"  {size_text(rate)}/s"
            if total is not None and rate > 0:
                figures += f"  {duration_text((total - here) / rate)} left"
        remark = ""
        if job.state is JobState.TRANSIENT_ERROR:
            remark = f"waiting to try again: {job.error}"
        picture.set_size(total)
        screen.update(picture.render(plain), here / total if total else None, figures, remark)


def _fail(job: Job, error: TransferError) -> int:
    kept = job.progress.bytes_transferred
    if kept:
        more = f"{size_text(kept)} are kept; the same command goes on from there"
    else:
        more = "nothing is kept"
        job.cancel()
    say_error(f"{error} {more[0].upper()}{more[1:]}.")
    return FAILED


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _reject(job: Job, file: File, order: Order, found: str) -> int:
    """Keep the bytes beside the destination, which is not touched."""
    aside = order.path.with_name(f"{order.path.name}.wrong-sha256")
    aside.unlink(missing_ok=True)
    try:
        os.link(file.temporary_name, aside)
    except OSError:  # a file system without links
        shutil.copyfile(file.temporary_name, aside)
    job.cancel()
    say_error(
        f"wrong SHA-256: {found}, not {order.sha256}. What came is left at {aside}; {order.path} "
        "was not touched. Check the digest and the URL."
    )
    return FAILED
