# SPDX-License-Identifier: MIT
"""The benchmarks run; what they find is no test's business."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not (ROOT / "benchmarks").exists(), reason="the sources are not here"
)


@pytest.mark.timeout(300)
def test_downloads(tmp_path: Path) -> None:
    """A quick run of the downloads tells of every contender that is installed, and can be drawn."""
    found = tmp_path / "found.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--parts", "downloads"]
    command += ["--memory", str(tmp_path), "--disk", str(tmp_path), "--json", str(found)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(found.read_text(encoding="utf-8"))
    assert all(case["rows"][0]["name"] == "bitscb3" for case in result["cases"])
    assert "| curl" in done.stdout
    picture = tmp_path / "found.svg"
    command = [sys.executable, "-m", "benchmarks.plot", str(found), str(picture)]
    subprocess.run(command, cwd=ROOT, check=True)
    ElementTree.parse(picture)


def test_wrong_use() -> None:
    """A count of runs under one is wrong use, and one line says so."""
    command = [sys.executable, "-m", "benchmarks", "--runs", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--runs is at least 1" in done.stderr
