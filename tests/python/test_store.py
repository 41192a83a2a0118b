# SPDX-License-Identifier: MIT
"""The job store as a file: older and later ones, keys, and who may read it."""

from __future__ import annotations

import re
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bitscb3 import JobState, StoreError
from bitscb3.testing import Content, FaultServer, Resource, stall_after
from support import KIB, MIB, PATIENCE, eventually, locked, open_manager

SCHEMA = Path(__file__).parents[2] / "cpp/engine/schema.cpp"


def make_older(store: Path, version: int) -> None:
    """Make a store of an older version of one of today."""
    steps = re.findall(r'R"sql\((.*?)\)sql"', SCHEMA.read_text(encoding="utf-8"), re.DOTALL)
    added = re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", "".join(steps[version:]))
    with closing(sqlite3.connect(store / "jobs.sqlite")) as database:
        for table, column in added:
            database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        database.execute(f"PRAGMA user_version = {version}")
        database.commit()
    if version == 1:
        (store / "key").unlink()


@pytest.mark.skipif(not SCHEMA.exists(), reason="the sources are not here")
@pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 35), reason="cannot drop columns")
@pytest.mark.parametrize("version", [1, 2, 3])
def test_older_store(fault_server: FaultServer, tmp_path: Path, version: int) -> None:
    """A store of an older version is brought up to date, with every job and filled range."""
    content = Content(MIB)
    url = fault_server.serve("/f", Resource(content))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("old", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        file.request_ranges([(0, 50 * KIB)]).result(10)
        filled = list(file.filled_ranges())
    make_older(tmp_path / "store", version)
    with open_manager(tmp_path) as manager:
        (job,) = manager.jobs()
        assert job.name == "old"
        assert list(job.files[0].filled_ranges()) == filled
        assert job.http.headers == {}
        assert job.rate_limit is None
        job.on_demand = False
        job.resume()
        assert job.wait(10) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "a").read_bytes() == content[:]


def test_resume_is_recorded(fault_server: FaultServer, tmp_path: Path) -> None:
    """When resume() returns, the store has the job as resumed, with files added a moment before."""
    url = fault_server.serve("/f", stall_after(KIB, threading.Event())(Resource(Content(MIB))))
    with open_manager(tmp_path) as manager, open_manager(tmp_path) as other:
        job = manager.create_job("a")
        seen = eventually(other.jobs)[0]  # recorded without a file
        for name in ("a", "b"):
            job.add_file(url, tmp_path / name)
            job.resume()
            assert [file.local_name for file in seen.files][-1] == str(tmp_path / name)
            assert seen.state is JobState.QUEUED
            job.suspend()
            eventually(lambda: seen.state is JobState.SUSPENDED)


def test_a_file_waits_for_the_store(fault_server: FaultServer, tmp_path: Path) -> None:
    """While the store cannot be written, no temporary file is made that it does not know."""
    release = threading.Event()
    first = fault_server.serve("/a", stall_after(KIB, release)(Resource(Content(MIB))))
    second = fault_server.serve("/b", Resource(Content(MIB)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(first, tmp_path / "a")
        job.resume()
        eventually(lambda: file.filled_ranges())
        with locked(tmp_path / "store/jobs.sqlite"):
            job.add_file(second, tmp_path / "b")
            release.set()
            eventually(lambda: file.filled_ranges().bytes == MIB)
            assert len(list(tmp_path.glob("BIT*"))) == 1
            assert {record.path for record in fault_server.requests} == {"/a"}
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()


def test_later_store(tmp_path: Path) -> None:
    """A store of a later version is refused with a message that says so, and left alone."""
    with open_manager(tmp_path) as manager:
        manager.create_job("a").add_file("http://127.0.0.1:9/a", tmp_path / "a")
    path = tmp_path / "store/jobs.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 1000")
        database.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="a later version of bitscb3"):
        open_manager(tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("job", "state", 77),
        ("job", "state", -1),
        ("job", "type", 1),
        ("job", "priority", 9),
        ("job", "intent", 3),
        ("job", "error_context", 1 << 40),
        ("job", "error_file", 1),
        ("file", "file_index", 1),
        ("file", "range_support", 3),
        ("file", "filled", bytes([0, 5, 0, 5])),  # ranges that touch
        ("file", "pieces", bytes([0, 0x85, 0])),  # a number longer than it needs
    ],
)
def test_impossible_values(tmp_path: Path, table: str, column: str, value: int | bytes) -> None:
    """A store with a value that cannot be is refused, also where no checksum tells."""
    with open_manager(tmp_path) as manager:
        manager.create_job("bad").add_file("http://127.0.0.1:9/a", tmp_path / "bad")
    with closing(sqlite3.connect(tmp_path / "store/jobs.sqlite")) as database:
        statement = f"UPDATE {table} SET {column} = ?, checksum = NULL"
        assert database.execute(statement, (value,)).rowcount == 1
        database.commit()
    with pytest.raises(StoreError, match="cannot be read"):
        open_manager(tmp_path)


def test_modes(tmp_path: Path) -> None:
    """The store and all in it can be read by its owner only."""
    with open_manager(tmp_path) as manager:
        manager.create_job("a")
        store = tmp_path / "store"
        assert stat.S_IMODE(store.stat().st_mode) == 0o700
        names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.iterdir()}
    assert {"jobs.sqlite", "key", "leases"} <= set(names)
    assert set(names.values()) == {0o600}


def test_lost_key(fault_server: FaultServer, tmp_path: Path) -> None:
    """When the key is gone, jobs are there without their headers and logins."""
    url = fault_server.serve("/f", Resource(Content(KIB)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.http.headers = {"X-Secret": "sesame"}
    (tmp_path / "store/key").unlink()
    with open_manager(tmp_path) as manager:
        (job,) = manager.jobs()
        assert job.http.headers == {}
        job.resume()
        job.wait(10)
        job.complete()
    assert "x-secret" not in fault_server.requests[0].headers


def test_damaged_key(tmp_path: Path) -> None:
    """A damaged key is refused with a message that names it and says what to do."""
    with open_manager(tmp_path):
        pass
    (tmp_path / "store/key").write_bytes(b"short")
    with pytest.raises(StoreError, match=r"store/key, is damaged\. Remove it"):
        open_manager(tmp_path)


def test_two_managers_keep_their_locks(tmp_path: Path) -> None:
    """A second manager on a store takes no lock of the first away: other processes see both."""
    code = (
        "import sys, bitscb3\n"
        "with bitscb3.Manager('engine', sys.argv[1]) as manager:\n"
        "    job = manager.create_job('other')\n"
        "    job.add_file('http://127.0.0.1:9/a', sys.argv[2])\n"
        "    job.resume()\n"
        "    print(*sorted(job.name for job in manager.jobs()))\n"
    )

    def run_other(number: int) -> str:
        command = [sys.executable, "-c", code, str(tmp_path / "store"), str(tmp_path / str(number))]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    with open_manager(tmp_path) as first, open_manager(tmp_path) as second:
        assert run_other(1) == "other"
        for manager in (first, second):
            assert [job.name for job in manager.jobs()] == ["other"]
        job = first.create_job("mine")
        job.add_file("http://127.0.0.1:9/b", tmp_path / "b")
        job.resume()
        assert run_other(2) == "mine other other"
        assert len(first.jobs()) == len(second.jobs()) == 3
