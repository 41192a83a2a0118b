# SPDX-License-Identifier: MIT
"""Power that fails: whatever the disk lacks of what was not synced, the store claims no more than it has."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lives import Lives
from power import Disk, build_shim

from bitscb3.testing import FaultServer

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="needs Linux and a C compiler"
)

# Writes argv[1] / "kept" with every sync it takes and "lost" without one, and a rename of each kind.
WRITE = """
import os, sys
for name in ("kept", "lost", "half"):
    file = os.open(os.path.join(sys.argv[1], name), os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(file, b"x" * 10_000, 0)
    os.ftruncate(file, 9_000)
    if name != "lost":
        os.fsync(file)
    os.pwrite(file, b"y" * 5_000, 0)
    if name == "kept":
        os.fsync(file)
folder = os.open(sys.argv[1], os.O_RDONLY)
os.fsync(folder)
os.rename(os.path.join(sys.argv[1], "kept"), os.path.join(sys.argv[1], "renamed"))
open(os.path.join(sys.argv[1], "unnamed"), "wb").close()
if sys.argv[2:]:
    os.fsync(folder)
os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shim that notes what a process writes."""
    return build_shim(tmp_path_factory.mktemp("shim"))


class Never(random.Random):
    """Nothing that was not synced is there."""

    def choice(self, seq: object) -> float:  # type: ignore[override]
        """The chance."""
        return 0.0


@pytest.mark.parametrize("synced", [False, True])
def test_the_disk(shim: Path, tmp_path: Path, synced: bool) -> None:
    """Of what a process wrote, this disk keeps what was synced and loses the rest."""
    root = tmp_path / "disk"
    root.mkdir()
    (root / "before").write_bytes(b"old")
    disk = Disk(root, shim)
    disk.plug_in()
    words = [sys.executable, "-c", WRITE, str(root), *(["synced"] if synced else [])]
    subprocess.run(words, env=disk.environment, check=False)
    written = (root / "renamed").stat().st_ino
    disk.cut(Never())
    kept = "renamed" if synced else "kept"
    names = {"before", kept, "lost", "half"} | ({"unnamed"} if synced else set())
    assert {path.name for path in root.iterdir()} == names
    assert (root / "before").read_bytes() == b"old"
    assert (root / kept).read_bytes() == b"y" * 5_000 + b"x" * 4_000
    assert (root / kept).stat().st_ino == written
    assert (root / "half").read_bytes() == b"x" * 9_000
    assert (root / "lost").read_bytes() == b""


def live(lives: Lives, disk: Disk, cuts: int) -> None:
    """Cut the power so often."""
    lives.environment = disk.environment
    lives.after_kill = lambda: disk.cut(lives.dice)
    for _ in range(cuts):
        disk.plug_in()
        lives.run()


@pytest.mark.timeout(3600)
def test_power_fails(
    shim: Path,
    fault_server: FaultServer,
    tmp_path: Path,
    is_long: bool,
    figure: Callable[[str, object], None],
) -> None:
    """However often the power fails, a store is sound and claims nothing that the disk lacks."""
    root = tmp_path / "disk"
    lives = Lives(root, fault_server, random.randrange(1 << 32))
    disk = Disk(root, shim)
    with lives.named():
        live(lives, disk, 300 if is_long else 20)
        lives.environment = None
        lives.run(is_last=True)
        lives.check_end()
    figure("power cuts survived", lives.kills)
    figure("pages that were not synced and got lost", disk.writes_undone)
    figure("power cuts while the journal had a complete() or cancel()", lives.kills_while_ending)
    figure("recorded bytes compared after power cuts", lives.bytes_checked)


@pytest.mark.parametrize(
    ("lies", "found"),
    [
        ("BIT", pytest.raises(AssertionError, match=r"lacks bytes|is not whole")),
        ("jobs.sqlite", pytest.raises((AssertionError, OSError, sqlite3.DatabaseError))),
    ],
    ids=["files", "database"],
)
def test_a_disk_that_lies(
    shim: Path, fault_server: FaultServer, tmp_path: Path, lies: str, found: pytest.RaisesExc
) -> None:
    """What a disk only said to have synced is missed: of the files and of the database."""
    root = tmp_path / "disk"
    with found:
        live(Lives(root, fault_server, 1), Disk(root, shim, lies=lies), 50)
