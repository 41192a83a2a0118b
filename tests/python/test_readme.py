# SPDX-License-Identifier: MIT
"""The README's main program, run as it stands there but for the address, and killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bitscb3 import Manager
from bitscb3.testing import Nginx, write_file
from support import MIB, PATIENCE, Later, covered, eventually

README = Path(__file__).parents[2] / "README.md"
SIZE = 8 * MIB
RATE = MIB  # bytes per second of a response, for who wants to kill the program half-way


def first_program(url: str) -> str:
    """The code of "A program that can be killed", for `url`."""
    text = README.read_text("utf-8")
    found = re.search(r"## A program that can be killed\n+```python\n(.*?)```", text, re.DOTALL)
    assert found
    code = found[1].replace("https://example.org/big.iso", url)
    assert url in code
    return code


def start(code: str, folder: Path) -> subprocess.Popen[str]:
    """Run `code` in `folder`, with the user's state folder there too."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-u", "-c", code],
        cwd=folder,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
        stdout=subprocess.PIPE,
        text=True,
    )


def told(line: str) -> list[tuple[int, int]]:
    """The ranges of one line of the program's output."""
    return [(int(a), int(b)) for a, b in re.findall(r"\((\d+), (\d+)\)", line)]


@pytest.mark.parametrize("opened", ["Manager()", "Manager(queue_capacity=2)"])
def test_first_program(opened: str, www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """It is told the whole file, each byte once and before the file's end, also by a tiny queue."""
    content = write_file(www / "big", SIZE)
    code = first_program(nginx.url("/big")).replace("Manager()", opened)
    code = code.replace(
        "    job.resume()", "    job.on_file(lambda *_: print('file'))\n    job.resume()"
    )
    assert opened in code
    assert "on_file" in code
    with start(code, tmp_path) as program:
        out, _ = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0
    *ranges, end = out.splitlines()
    assert end == "file"
    assert covered(piece for line in ranges for piece in told(line)) == [(0, SIZE)]
    assert (tmp_path / "big.iso").read_bytes() == content[:]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_first_program_killed(www: Path, tmp_path: Path) -> None:
    """Killed half-way and started again, it fetches no recorded byte a second time."""
    content = write_file(www / "big", SIZE)
    (www / "mark").write_bytes(b"")
    with Nginx(www, rate=RATE) as nginx:
        code = first_program(nginx.url("/big"))
        with Manager("engine", tmp_path / "state/bitscb3") as manager:
            with start(code, tmp_path) as program:
                (job,) = eventually(manager.jobs)
                eventually(lambda: job.progress.bytes_transferred > MIB)
                program.send_signal(signal.SIGKILL)
            later = Later(nginx)
            kept = list(job.files[0].filled_ranges())
        with start(code, tmp_path) as program:
            out, _ = program.communicate(timeout=PATIENCE)
        assert program.returncode == 0
        assert later.asked_again(kept, SIZE) == 0
    assert sum(length for _, length in kept) > MIB
    assert covered(piece for line in out.splitlines() for piece in told(line)) == [(0, SIZE)]
    assert (tmp_path / "big.iso").read_bytes() == content[:]
