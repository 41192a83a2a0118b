# SPDX-License-Identifier: MIT
"""Other processes of a program: forked, spawned, executed, and the interpreters inside of one."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import fork_program
import pytest

from bitscb3 import Job, JobState, Manager
from bitscb3.testing import Content, Nginx, write_file
from support import KIB, MIB, PATIENCE, open_manager

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no fork here")

SHORT, LONG = 12, 300  # forks


@pytest.fixture
def slow(www: Path) -> Iterator[Nginx]:
    """A server of a file that takes a moment, and of a small one."""
    write_file(www / "small", 40 * KIB)
    write_file(www / "large", 1 * MIB)
    with Nginx(www, extra_config="location /large { limit_rate 300k; }") as nginx:
        yield nginx


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a program in Python to its end."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        check=False,
    )


@pytest.mark.timeout(600)
def test_fork_amid_everything(
    slow: Nginx, tmp_path: Path, is_long: bool, figure: Callable[[str, object], None]
) -> None:
    """A child forked amid calls of many threads is refused by all objects, and may open its own manager."""
    forks = LONG if is_long else SHORT
    out = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", fork_program.__file__, tmp_path / "store"),
            *(tmp_path, slow.url("/large"), slow.url("/small"), str(forks)),
        ],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert (out.returncode, out.stderr) == (0, "")
    found = json.loads(out.stdout)
    assert found["wrong"] == []
    assert found["codes"] == [7] * forks
    for number in range(4):
        assert (tmp_path / f"parent {number}").read_bytes() == Content(1 * MIB)[:]
    for number in range(forks):
        assert (tmp_path / f"child {number}").read_bytes() == Content(40 * KIB)[:]
    figure("forks survived", forks)


def test_fork_in_a_handler(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A handler may fork: the child is refused by the parent's job and ends, and the job goes on."""
    content = write_file(www / "a", 300 * KIB)
    codes: list[int] = []

    def fork(job: Job, *_: object) -> None:
        process = os.fork()
        if process == 0:
            try:
                job.cancel()
            except RuntimeError as error:
                os._exit(7 if "fork" in str(error) else 1)
            os._exit(2)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))

    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.on_ranges(fork)
        job.on_transferred(fork)
        job.add_file(nginx.url("/a"), tmp_path / "a")
    assert len(codes) >= 2
    assert set(codes) == {7}
    assert (tmp_path / "a").read_bytes() == content[:]


def test_lease_is_not_inherited(slow: Nginx, tmp_path: Path) -> None:
    """The jobs of a process that was killed are free although a child that it forked lives on."""
    code = """
import os, signal, sys, bitscb3
manager = bitscb3.Manager("engine", sys.argv[1])
job = manager.create_job("left")
job.add_file(sys.argv[2], sys.argv[1] + "/a")
job.resume()
if os.fork() == 0:
    sys.stdin.read()  # until the test ends
    os._exit(0)
print(job.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, tmp_path, slow.url("/large")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        identity = process.stdout.readline().strip()
        assert process.wait(PATIENCE) == -signal.SIGKILL
        with Manager("engine", tmp_path) as manager:
            job = manager.job(identity)
            job.resume()
            job.cancel()


def test_child_on_the_store_of_its_parent(tmp_path: Path) -> None:
    """What a forked child records in the store stays, whatever its parent does with it meanwhile."""
    code = """
import os, sys, bitscb3
def record(manager, name):
    job = manager.create_job(name)
    job.add_file("http://127.0.0.1:9/a", f"{sys.argv[1]}/{name}")
    job.resume()
manager = bitscb3.Manager("engine", sys.argv[1])
record(manager, "of the parent")
(to_parent, from_child), (to_child, from_parent) = os.pipe(), os.pipe()
process = os.fork()
if process == 0:
    own = bitscb3.Manager("engine", sys.argv[1])
    record(own, "before")
    os.write(from_child, b"x")
    os.read(to_child, 1)
    record(own, "after")
    own.close()
    os._exit(0)
os.read(to_parent, 1)
manager.close()  # nobody else has the store open, as far as this process can tell
bitscb3.Manager("engine", sys.argv[1]).close()
os.write(from_parent, b"x")
assert os.waitpid(process, 0)[1] == 0
with bitscb3.Manager("engine", sys.argv[1]) as manager:
    print(*sorted(job.name for job in manager.jobs()), sep=",")
"""
    out = run(code, tmp_path)
    assert (out.returncode, out.stderr) == (0, "")
    assert out.stdout == "after,before,of the parent\n"


def download_in_child(store: Path, url: str, path: Path) -> int:
    """What a process of a pool does: a manager of its own on the same store."""
    with Manager("engine", store) as manager, manager.create_job(path.name) as job:
        job.add_file(url, path)
    return path.stat().st_size


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_pool_of_processes(method: str, slow: Nginx, tmp_path: Path) -> None:
    """Processes of a pool, however they are started, work on their parent's store while it does."""
    context = multiprocessing.get_context(method)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("parent")
        job.add_file(slow.url("/large"), tmp_path / "parent")
        job.resume()
        paths = [tmp_path / f"child {number}" for number in range(4)]
        with concurrent.futures.ProcessPoolExecutor(2, context) as pool:
            found = [
                pool.submit(download_in_child, tmp_path / "store", slow.url("/small"), path)
                for path in paths
            ]
            assert [one.result(PATIENCE) for one in found] == [40 * KIB] * len(paths)
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
        assert manager.jobs() == []
    assert (tmp_path / "parent").read_bytes() == Content(1 * MIB)[:]


def test_descriptors_are_not_inherited(slow: Nginx, tmp_path: Path) -> None:
    """A program that is executed has no descriptor of ours, also where descriptors are left open."""
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc here")
    before = descriptors("self")
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(slow.url("/large"), tmp_path / "a")
        arrived = threading.Event()
        job.on_ranges(lambda job, file, ranges: arrived.set())
        job.resume()
        assert arrived.wait(PATIENCE)
        with pytest.raises(TimeoutError):
            job.wait(0.01)  # which makes the pipe for signals
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as process:
            theirs = descriptors(str(process.pid))
            ours = (
                descriptors("self") - before - {str(Path(f"/proc/{process.pid}/fd/0").readlink())}
            )
            connections = tcp_sockets()
            assert process.stdin is not None
            process.stdin.close()
        job.cancel()
    assert ours & connections
    assert any(name.endswith("jobs.sqlite") for name in ours)
    # A pair of sockets by which libcurl wakes itself is left open by its older versions.
    assert {name for name in theirs & ours if not name.startswith("socket:")} == set()
    assert theirs & ours & connections == set()


def tcp_sockets() -> set[str]:
    """What descriptors of TCP connections of this system lead to."""
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    return {f"socket:[{line.split()[9]}]" for line in lines}


def descriptors(process: str) -> set[str]:
    """What the open descriptors of a process lead to; those of the same kind and name are one."""
    names = set()
    for one in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            names.add(str(one.readlink()))
    return names


INTERPRETER = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
inner = '''
import sys
sys.path[:] = %r
try:
    import bitscb3
except ImportError as error:
    print("refused:", error, flush=True)
else:
    print("imported", flush=True)
'''
if sys.argv[1] == "main first":
    import bitscb3
for _ in range(3):
    one = interpreters.create()
    interpreters.run_string(one, inner % (sys.path,))
    interpreters.destroy(one)
import bitscb3
with bitscb3.Manager("engine", sys.argv[2]) as manager:
    manager.create_job("a").cancel()
print("main works")
"""


@pytest.mark.parametrize("order", ["main first", "inner first"])
def test_subinterpreters_are_refused(order: str, tmp_path: Path) -> None:
    """A sub-interpreter cannot import the package and is told why; the main one can, before and after."""
    out = run(INTERPRETER, order, tmp_path)
    assert (out.returncode, out.stderr) == (0, "")
    *inner, last = out.stdout.splitlines()
    assert last == "main works"
    assert len(inner) == 3
    for line in inner:
        assert line.startswith("refused:")
        assert "interpreter" in line
