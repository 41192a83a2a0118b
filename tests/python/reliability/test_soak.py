# SPDX-License-Identifier: MIT
"""Mixed work for seconds, or for an hour: nothing fails, and nothing grows."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import soak_program
from growth import Held, can_tell, grown, rows
from soak_program import CUT, LARGE, SMALL, VERSIONS, Order

from bitscb3.testing import FaultServer, Nginx, Resource, cut_after
from support import KIB, MIB, PATIENCE

pytestmark = pytest.mark.skipif(not can_tell(), reason="needs Linux with the GNU C library")

SECONDS = 12.0
LONG_SECONDS = 3600.0

# What the last quarter may hold more than the first one after the warm-up. A leak of a hundred
# bytes in each piece of work passes none of them in an hour.
MOST = Held(
    heap=1 * MIB, blocks=4000, memory=6 * MIB, descriptors=4, threads=2, store=4 * MIB, files=2
)


@contextmanager
def served(folder: Path) -> Iterator[Nginx]:
    """A real server: a small file, a large one, and one that takes its time."""
    (folder / "small").write_bytes(SMALL[:])
    for name in ("large", "slow"):
        (folder / name).write_bytes(LARGE[:])
    with Nginx(folder, extra_config="location /slow { limit_rate 10k; }") as nginx:
        yield nginx


@contextmanager
def changing(server: FaultServer, path: str) -> Iterator[None]:
    """A file of which the server has another version ten times a second, and never sends the whole."""
    ended = threading.Event()

    def change() -> None:
        for version in itertools.count():
            content = VERSIONS[version % len(VERSIONS)]
            server.serve(path, Resource(content, version), cut_after(80 * KIB))
            if ended.wait(0.1):
                return

    thread = threading.Thread(target=change, name="changing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.timeout(LONG_SECONDS + 600)
def test_soak(
    www: Path,
    fault_server: FaultServer,
    tmp_path: Path,
    is_long: bool,
    figure: Callable[[str, object], None],
) -> None:
    """Mixed work against servers that fail goes on, and holds no more at the end than at the beginning."""
    seconds = LONG_SECONDS if is_long else SECONDS
    store, folder = tmp_path / "store", tmp_path / "here"
    folder.mkdir()
    fault_server.serve("/cut", Resource(CUT), cut_after(120 * KIB))
    rounds = tmp_path / "rounds"
    with (
        served(www) as nginx,
        changing(fault_server, "/changing"),
        rounds.open("w", encoding="utf-8") as stdout,
    ):
        seed = random.randrange(1 << 32)
        order = Order(str(store), str(folder), seconds, seed, nginx.url(""), fault_server.url(""))
        out = subprocess.run(
            [sys.executable, soak_program.__file__, json.dumps(order._asdict())],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=seconds + 20 * PATIENCE,
            check=False,
        )
    assert out.returncode == 0, f"seed {seed}: {out.stderr}"
    assert out.stderr == ""
    *lines, last = map(json.loads, rounds.read_text("utf-8").splitlines())
    figure("soak: seconds", round(lines[-1]["seconds"]))
    figure("soak: done", last["done"])
    figure("soak: engine", last["stats"])
    times = [line["seconds"] for line in lines]
    for name, most in MOST._asdict().items():
        growth = grown(times, [line[name] for line in lines])
        figure(
            f"soak: {name}",
            f"{growth.first:.0f} in the first quarter, {growth.last:.0f} in the last; "
            f"{growth.slope * 3600:+.0f} an hour",
        )
        assert growth.last - growth.first <= most, (seed, name, growth)
    assert rows(store) == 0
    assert [path for path in folder.rglob("*") if path.is_file()] == []
