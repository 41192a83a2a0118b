# SPDX-License-Identifier: MIT
"""A first look at an installed package: nothing but pytest and the package is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bitscb3 import EOF, JobState, Manager, Range, RangeArray, __version__
from bitscb3.testing import Content, FaultServer, Resource

SIZE = 300_000


def test_download(tmp_path: Path) -> None:
    """A job downloads a file, tells its ranges, and puts it in place when it is completed."""
    content = Content(SIZE, seed=1)
    told: list[Range] = []
    with FaultServer() as server, Manager("engine", tmp_path / "store") as manager:
        url = server.serve("/file", Resource(content))
        with manager.create_job("minimal") as job:
            job.add_file(url, tmp_path / "file")

            @job.on_ranges
            def got(job: object, file: object, ranges: RangeArray) -> None:
                told.extend(ranges)

        assert job.state is JobState.ACKNOWLEDGED
    assert sum(piece.length for piece in told) == SIZE
    assert (tmp_path / "file").read_bytes() == content[:]


def test_on_demand(tmp_path: Path) -> None:
    """An on-demand job brings the ranges asked for, and nothing else."""
    content = Content(SIZE, seed=2)
    with FaultServer() as server, Manager("engine", tmp_path / "store") as manager:
        url = server.serve("/file", Resource(content))
        file = manager.create_job("minimal", on_demand=True).add_file(url, tmp_path / "file")
        file.request_ranges([(1_000, 500), (SIZE - 100, EOF)]).result(20)
        assert list(file.filled_ranges()) == [(1_000, 500), (SIZE - 100, 100)]
        assert file.read(1_000, 500) == content[1_000:1_500]


def test_command() -> None:
    """`python -m bitscb3 --version` tells the version."""
    out = subprocess.run(
        [sys.executable, "-m", "bitscb3", "--version"], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == f"bitscb3 {__version__}"


def test_import_is_light() -> None:
    """Importing the package imports neither asyncio nor numpy nor rich."""
    code = (
        "import bitscb3, sys; print(*(n for n in ('asyncio','numpy','rich') if n in sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ""
