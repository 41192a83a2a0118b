# SPDX-License-Identifier: MIT
"""Typical uses of `download` and `open`; checked by type checkers, never run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from typing_extensions import assert_type

import bitscb3
from bitscb3 import Download, IntegrityError, Job, JobState, Manager, Priority, Progress, RemoteFile


def tell(progress: Progress) -> None:
    """A function for `progress=`."""
    assert_type(progress.state, JobState)
    assert_type(progress.bytes_total, int | None)
    assert_type(progress.rate, float)
    assert_type(progress.seconds_left, float | None)
    assert_type(progress.fraction, float | None)


def fetch(url: str, manager: Manager) -> list[Path]:
    """Whole files."""
    assert_type(bitscb3.download(url), Path)
    bitscb3.download(
        url,
        Path("a"),
        sha256="0" * 64,
        progress=tell,
        headers={"X-Token": "t"},
        priority=Priority.HIGH,
        rate_limit=1 << 20,
        timeout=10.0,
        manager=manager,
    )
    bitscb3.download(url, "a", progress=True)
    try:
        return bitscb3.download_all(
            [(url, "a"), Download(url, "b", sha256="0" * 64)], progress=tell
        )
    except IntegrityError as error:
        assert_type(error.found, str)
        assert_type(error.wanted, str)
        raise


async def afetch(url: str) -> Path:
    """The same for asyncio."""
    assert_type(await bitscb3.adownload_all([(url, "a")]), list[Path])
    return await bitscb3.adownload(url, "a", progress=tell)


def read(url: str) -> bytes:
    """A file object."""
    with bitscb3.open(url, read_ahead=1 << 20, cache="cache") as file:
        assert_type(file, RemoteFile)
        assert_type(file.size, int)
        with zipfile.ZipFile(file) as archive:
            print(archive.namelist())
        text = io.TextIOWrapper(file, "utf-8")
        print(text.readline())
        return file.read(10)


def wait(job: Job) -> JobState:
    """Progress of a job."""
    assert_type(bitscb3.default_manager(), Manager)
    return job.wait(10, progress=tell)
