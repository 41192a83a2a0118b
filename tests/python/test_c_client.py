# SPDX-License-Identifier: MIT
"""A program in C that knows the contract's headers only, run against nginx."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bitscb3.testing import Nginx, write_file

BUILD = Path(__file__).parents[2] / "build"
SIZE = 20_000_000


@pytest.mark.parametrize("preset", ["dev", "asan", "tsan"])
def test_c_client(preset: str, www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """It calls the callback's slots by index and runs a download through the C entry."""
    program = BUILD / preset / "tests/cpp/c_client"
    if not program.exists():
        pytest.skip(f"{preset} is not built: cmake --build --preset {preset}")
    content = write_file(www / "f", SIZE)
    out = tmp_path / "out"
    run = subprocess.run(
        [program, tmp_path / "store", nginx.url("/f"), out],
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert run.returncode == 0, run.stderr
    assert out.read_bytes() == content[:]
