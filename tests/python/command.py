# SPDX-License-Identifier: MIT
"""The command `bitscb3` as a process: run to its end, left running, or on a terminal."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support import PATIENCE

BITSCB3 = [sys.executable, "-m", "bitscb3"]


def environment(**more: str) -> dict[str, str]:
    """The variables of a run that depends on nothing outside."""
    fixed = {"NO_COLOR": "1", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    return {**os.environ, **fixed, **more}


def bitscb3(
    *arguments: object, cwd: Path, input: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; `more` are variables."""
    return subprocess.run(
        [*BITSCB3, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        env=environment(**more),
        timeout=3 * PATIENCE,
        input=input,
        check=False,
    )


def run(command: str, tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `command` in `tmp_path` with the store there."""
    return bitscb3(command, "--store", tmp_path / "store", *arguments, cwd=tmp_path)


def get(tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `bitscb3 get` in `tmp_path` with a store there."""
    return run("get", tmp_path, *arguments)


def ask(command: str, tmp_path: Path, *arguments: object) -> Any:
    """What `command --json` says on standard output, which is one line."""
    out = run(command, tmp_path, "--json", *arguments)
    assert out.returncode in (0, 1), out.stderr
    (line,) = out.stdout.splitlines()
    return json.loads(line)


@contextlib.contextmanager
def running(*arguments: object, cwd: Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """The command while it runs; it is killed should the test forget it."""
    options.setdefault("env", environment())
    with subprocess.Popen(
        [*BITSCB3, *map(str, arguments)], cwd=cwd, encoding="utf-8", **options
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def on_terminal(*arguments: object, cwd: Path, **more: str) -> tuple[int, str]:
    """Run the command with all of it on a terminal; the exit code and everything shown."""
    master, slave = pty.openpty()
    variables = environment(**{"TERM": "xterm", **more})
    with running(
        *arguments, cwd=cwd, env=variables, stdin=slave, stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                chunk = os.read(master, 4096)
            except OSError as error:  # the other end is closed
                assert error.errno == errno.EIO
                break
            if not chunk:
                break
            shown += chunk
        code = process.wait(PATIENCE)
    os.close(master)
    return code, shown.decode()
