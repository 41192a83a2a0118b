# SPDX-License-Identifier: MIT
"""Programs in C and C++ that know the contract's headers only, run against nginx."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bitscb3.testing import Nginx, write_file

BUILD = Path(__file__).parents[2] / "build"
SIZE = 20_000_000
PRESETS = ["dev", "asan", "tsan"]


def program(preset: str, name: str) -> Path:
    """A program of the C++ tests; skips the test when it is not built."""
    path = BUILD / preset / "tests/cpp" / name
    if not path.exists():
        pytest.skip(f"{preset} is not built: cmake --build --preset {preset}")
    return path


def run(path: Path, *arguments: object) -> None:
    """Run it; it has to succeed."""
    done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("preset", PRESETS)
def test_c_client(preset: str, www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """It calls the callback's slots by index and runs a download through the C entry."""
    content = write_file(www / "f", SIZE)
    out = tmp_path / "out"
    run(program(preset, "c_client"), tmp_path / "store", nginx.url("/f"), out)
    assert out.read_bytes() == content[:]


@pytest.mark.parametrize("preset", PRESETS)
def test_windows_client(preset: str, www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A program in the style of Windows creates, monitors and completes a job here."""
    content = write_file(www / "f", SIZE)
    out = tmp_path / "out"
    run(program(preset, "windows_client"), tmp_path / "store", nginx.url("/f"), out)
    assert out.read_bytes() == content[:]
