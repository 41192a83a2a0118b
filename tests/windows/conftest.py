# SPDX-License-Identifier: MIT
"""Fixtures for tests on Windows, against the system's BITS: the real one, or Wine's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bitscb3 import Manager
from bitscb3.testing import Content, FaultServer, Resource
from support import Download, is_wine

if sys.platform != "win32":
    collect_ignore_glob = ["test_*.py"]

_MARKS = {
    "wine": (lambda: not is_wine(), "what Wine's BITS does otherwise than Windows'"),
    "windows": (is_wine, "Wine's BITS has no byte ranges and tells less"),
}


def pytest_configure(config: pytest.Config) -> None:
    """Declare the two kinds of service."""
    for mark, (_, reason) in _MARKS.items():
        config.addinivalue_line("markers", f"{mark}: only there; {reason}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what the other kind of service is needed for."""
    for item in items:
        for mark, (is_elsewhere, reason) in _MARKS.items():
            if item.get_closest_marker(mark) and is_elsewhere():
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def manager() -> Iterator[Manager]:
    """The system's BITS; jobs that are new afterwards are cancelled, and no others."""
    with Manager(backend="bits") as manager:
        before = {job.id for job in manager.jobs()}
        yield manager
    with Manager(backend="bits") as manager:
        for job in manager.jobs():
            if job.id not in before:
                job.cancel()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """An HTTP server that knows ranges."""
    with FaultServer() as server:
        yield server


@pytest.fixture
def download(server: FaultServer, tmp_path: Path) -> Download:
    """A file of 300,000 bytes on the server, and where it is to go."""
    content = Content(300_000)
    return Download(server.serve("/file.bin", Resource(content)), tmp_path / "file.bin", content)
