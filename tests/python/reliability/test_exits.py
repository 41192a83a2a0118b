# SPDX-License-Identifier: MIT
"""Ends of a process while files are on their way: the exit code, no word too many, and a sound store."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import exit_program
import pytest
from exit_program import CODES, WAYS, Order

from bitscb3 import Manager
from bitscb3.testing import Nginx
from support import KIB, MIB

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no fork here")

SHORT, LONG = 20, 200  # children that end in the same way, at other moments
SMALL = 40 * KIB


@pytest.fixture(scope="module")
def program() -> Iterator[subprocess.Popen[str]]:
    """A program that lets children of itself end."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", exit_program.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def nginx_slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """A server of a file that takes longer than any test, and of a small one."""
    folder = tmp_path_factory.mktemp("slow")
    (folder / "small").write_bytes(bytes(SMALL))
    with (folder / "large").open("wb") as file:
        file.truncate(64 * MIB)
    with Nginx(folder, extra_config="location /large { limit_rate 200k; }") as server:
        yield server


@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", WAYS)
def test_exit(
    way: str,
    program: subprocess.Popen[str],
    nginx_slow: Nginx,
    tmp_path: Path,
    is_long: bool,
    figure: Callable[[str, object], None],
) -> None:
    """However a process ends, it does so with the right code, without a word, and leaves its job free."""
    assert program.stdin is not None
    assert program.stdout is not None
    repeats = LONG if is_long else SHORT
    seed = random.randrange(1 << 32)
    order = Order(
        way,
        str(tmp_path / "store"),
        str(tmp_path),
        nginx_slow.url("/large"),
        nginx_slow.url("/small"),
        repeats,
        seed,
    )
    program.stdin.write(json.dumps(order._asdict()) + "\n")
    program.stdin.flush()
    codes = json.loads(program.stdout.readline())
    jobs = set()
    for number, code in enumerate(codes):
        out = (tmp_path / f"{number}.out").read_text().split()
        words = (tmp_path / f"{number}.err").read_text()
        assert code == CODES[WAYS[way]], (seed, number, code, words)
        check_words(way, out[1:], words)
        jobs.add(out[0])
    with Manager("engine", tmp_path / "store") as manager:
        adopted = manager.resume_all()
        assert {str(job.id) for job in adopted} >= jobs
        for job in adopted:
            job.cancel()
    figure(f"exits survived, {way}", repeats)


def check_words(way: str, out: list[str], words: str) -> None:
    """Fail unless a child said what its way makes it say, and no more."""
    said = {
        "at_exit_before": [bytes(10).hex()],
        "at_exit_after": ["closed"] * 3,
        "opened_at_exit": [str(SMALL)],
        "thread_downloads": [str(SMALL)],
    }
    assert out == said.get(way, []), words
    last = words.strip().splitlines()[-1:]
    if way == "uncaught":
        assert last == ["ValueError: the end"]
        assert words.count("Traceback") == 1
    elif way == "interrupted":
        assert last == ["KeyboardInterrupt"]
        assert words.count("Traceback") == 1
    elif way == "exit_in_handler":
        assert "SystemExit: 3" in words
        assert "Fatal" not in words
    elif way == "handler_waits":  # what its handler raised is logged
        assert "The manager is closed" in last[0]
    elif way == "loop_is_left":  # asyncio says which tasks were pending
        for line in words.splitlines():
            assert line.startswith(("Task was destroyed", "task: <Task pending"))
    else:
        assert words == ""
