# SPDX-License-Identifier: MIT
"""What is done again and again leaves nothing: no byte, no descriptor, no thread, no row, no file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import growth_program
import pytest
from growth import Held, can_tell, grown, rows
from growth_program import KINDS, SMALL, VERSIONS, Order

from bitscb3.testing import Nginx
from support import KIB, MIB

pytestmark = pytest.mark.skipif(not can_tell(), reason="needs Linux with the GNU C library")

SHORT, LONG = 1_500, 10_000  # cycles of what is quick

# What all cycles together may add, by the slope after the warm-up: noise of threads that end, of
# caches and of the collector; SQLite's write-ahead log grows to 4 MB. A leak of a hundred bytes in
# each of a thousand cycles is more.
MOST = Held(
    heap=160 * KIB, blocks=1000, memory=2 * MIB, descriptors=1, threads=1, store=6 * MIB, files=1
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """A server of a small file, a slow one, and one that changes."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "small").write_bytes(bytes(SMALL))
    (folder / "slow").write_bytes(bytes(2 * MIB))
    (folder / "changing").write_bytes(bytes(VERSIONS))
    with Nginx(folder, extra_config="location /slow { limit_rate 1; }") as nginx:
        yield nginx


@pytest.fixture(scope="module")
def program() -> Iterator[subprocess.Popen[str]]:
    """A program that does things again and again."""
    with subprocess.Popen(
        [sys.executable, growth_program.__file__],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_growth(
    kind: str,
    program: subprocess.Popen[str],
    server: Nginx,
    tmp_path: Path,
    is_long: bool,
    figure: Callable[[str, object], None],
) -> None:
    """Who does the same thing again and again holds no more after many times than after few."""
    assert program.stdin is not None
    assert program.stdout is not None
    store, folder = tmp_path / "store", tmp_path / "here"
    folder.mkdir()
    order = Order(
        kind, LONG if is_long else SHORT, str(store), str(folder), str(server.root), server.url("")
    )
    program.stdin.write(json.dumps(order._asdict()) + "\n")
    program.stdin.flush()
    answer = json.loads(program.stdout.readline())
    done = answer["done"]
    growths = {name: grown(done, [one[name] for one in answer["held"]]) for name in MOST._fields}
    adds = {name: growth.slope * done[-1] for name, growth in growths.items()}
    figure(
        f"growth in {done[-1]} cycles, {kind}",
        f"{adds['heap']:+.0f} bytes of the heap, {adds['blocks']:+.0f} of Python's blocks, "
        f"{adds['memory']:+.0f} bytes of memory, {adds['descriptors']:+.0f} descriptors, "
        f"{adds['threads']:+.0f} threads, {adds['store']:+.0f} bytes of the store "
        f"({answer['seconds']:.1f} s)",
    )
    too_much = {name: growths[name] for name, most in MOST._asdict().items() if adds[name] > most}
    assert not too_much, adds
    assert rows(store) == 0
    assert list(folder.iterdir()) == []
