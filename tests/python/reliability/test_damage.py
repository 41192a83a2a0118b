# SPDX-License-Identifier: MIT
"""Stores and temporary files that are damaged: what goes on, what is refused, and in which words."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from stored import claims_of

from bitscb3 import BitsError, Job, JobState, Manager, StoreError
from bitscb3.testing import Content, FaultServer, Resource
from command import run
from support import KIB, PATIENCE, eventually, open_manager

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="what is damaged is POSIX'")

DATA = Path(__file__).parents[2] / "data/stores"
CONTENT = Content(300 * KIB)
PIECES = [(10 * KIB, 20 * KIB), (200 * KIB, 5 * KIB)]
PAGE = 4096
RECORDED = {"part": 25 * KIB, "whole": len(CONTENT)}
DATABASE, LOG = "jobs.sqlite", "jobs.sqlite-wal"


@pytest.fixture
def server(fault_server: FaultServer) -> FaultServer:
    """A server of the files "part", "whole" and so on, all with the same content."""
    for name in ("part", "whole", "ending", "cancelled"):
        fault_server.serve(f"/{name}", Resource(CONTENT))
    return fault_server


def fill(home: Path, server: FaultServer) -> Path:
    """Make a store as a killed process leaves it, with a job that has parts and one that is whole."""
    home.mkdir(exist_ok=True)
    store, left = home / "store", home / "left"
    with Manager("engine", store) as manager:
        part = manager.create_job("part", on_demand=True)
        part.add_file(server.url("/part"), home / "part").request_ranges(PIECES).result(PATIENCE)
        whole = manager.create_job("whole")
        whole.add_file(server.url("/whole"), home / "whole")
        whole.resume()
        for job in (part, whole):
            job.wait(PATIENCE)
        eventually(lambda: {claim.job: claim.bytes for claim in claims_of(store)} == RECORDED)
        shutil.copytree(store, left)
    shutil.rmtree(store)
    left.rename(store)
    (store / f"{DATABASE}-shm").unlink()
    return store


@pytest.fixture
def store(server: FaultServer, tmp_path: Path) -> Path:
    """Such a store."""
    return fill(tmp_path, server)


def temporary_of(store: Path, name: str) -> Path:
    """The temporary file of a job."""
    return next(claim.temporary for claim in claims_of(store) if claim.job == name)


def finish(job: Job) -> None:
    """Bring a job to its end, resumed again where it says so."""
    if job.on_demand:
        job.on_demand = False
    for _ in range(2):
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        try:
            job.complete()
        except BitsError as error:
            assert "resuming the job downloads it again" in str(error.__cause__ or job.error)
        else:
            return
    raise AssertionError(f"{job.name} cannot be completed")


def finish_all(home: Path) -> set[str]:
    """Bring every job of a store to its end and look at the files; returns which there were."""
    with Manager("engine", home / "store") as manager:
        jobs = manager.jobs()
        names = {job.name for job in jobs if job.files}
        for job in jobs:
            if job.files:
                finish(job)
            else:  # the log was lost from where it got one
                job.cancel()
    for name in names:
        assert (home / name).read_bytes() == CONTENT[:], f"a wrong file: {name}"
    return names


# The store.


def text_in_place(store: Path) -> None:
    """No database at all."""
    (store / LOG).unlink()
    (store / DATABASE).write_text("nothing of the kind\n" * 1000, encoding="utf-8")


def another_programs(store: Path) -> None:
    """A database, of something else."""
    (store / LOG).unlink()
    (store / DATABASE).unlink()
    with closing(sqlite3.connect(store / DATABASE)) as database:
        database.execute("CREATE TABLE job (id)")
        database.commit()


def bring_in(store: Path) -> None:
    """Bring the log into the database, and remove it."""
    with closing(sqlite3.connect(store / DATABASE)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def half_a_database(store: Path) -> None:
    """Cut in two, with all of it in there."""
    bring_in(store)
    os.truncate(store / DATABASE, (store / DATABASE).stat().st_size // 2 // PAGE * PAGE)


def folder_in_place(name: str) -> Callable[[Path], None]:
    """A folder where a file is to be."""

    def damage(store: Path) -> None:
        (store / name).unlink(missing_ok=True)
        (store / name).mkdir()

    return damage


def link_in_place(name: str) -> Callable[[Path], None]:
    """A symbolic link where a file is to be."""

    def damage(store: Path) -> None:
        (store / name).unlink(missing_ok=True)
        (store / name).symlink_to(store.parent / "precious")

    return damage


def changed_row(table: str, column: str, value: object) -> Callable[[Path], None]:
    """A value that the engine did not write."""

    def damage(store: Path) -> None:
        with closing(sqlite3.connect(store / DATABASE)) as database:
            database.execute(f"UPDATE {table} SET {column} = ?", [value])
            database.commit()

    return damage


def old_row(table: str, column: str, value: object) -> Callable[[Path], None]:
    """The same in a store whose rows have no checksum, as those of older versions."""

    def damage(store: Path) -> None:
        changed_row(table, "checksum", None)(store)
        changed_row(table, column, value)(store)

    return damage


AWAY = r"Move it away to begin with an empty one"
REFUSED = {
    "text": (text_in_place, DATABASE, AWAY),
    "another program's": (another_programs, DATABASE, "another program's database.*" + AWAY),
    "half": (half_a_database, DATABASE, AWAY),
    "folder": (folder_in_place(DATABASE), DATABASE, "Move it away"),
    "link": (link_in_place(DATABASE), DATABASE, "Move it away"),
    "log is a folder": (folder_in_place(LOG), DATABASE, ""),
    "leases are a folder": (folder_in_place("leases"), "leases", "Move it away"),
    "leases are a link": (link_in_place("leases"), "leases", "Move it away"),
    "key is a folder": (folder_in_place("key"), "key", ""),
    "key is a link": (link_in_place("key"), "key", ""),
    "ranges": (changed_row("file", "filled", b"\x00\x80\x20"), DATABASE, AWAY),
    "validator": (changed_row("file", "etag", '"other"'), DATABASE, AWAY),
    "local name": (changed_row("file", "local", "/tmp/x"), DATABASE, AWAY),
    "ended": (changed_row("job", "intent", 1), DATABASE, AWAY),
    "no ranges": (old_row("file", "filled", b"\xff\xff"), DATABASE, AWAY),
    "state": (old_row("job", "state", 77), DATABASE, AWAY),
    "priority": (old_row("job", "priority", -3), DATABASE, AWAY),
    "intent": (old_row("job", "intent", 9), DATABASE, AWAY),
    "file of the error": (old_row("job", "error_file", 5), DATABASE, AWAY),
    "index": (old_row("file", "file_index", 7), DATABASE, AWAY),
    "id": (old_row("file", "pieces", b"\x80"), DATABASE, AWAY),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(store: Path, tmp_path: Path, name: str) -> None:
    """A store that cannot be trusted is refused, with its name and with what to do."""
    damage, file, advice = REFUSED[name]
    (tmp_path / "precious").write_bytes(b"precious")
    damage(store)
    with pytest.raises(BitsError, match=rf"(?s){store / file}.*{advice}") as caught:
        open_manager(tmp_path)
    assert not advice.endswith(AWAY) or isinstance(caught.value, StoreError)
    assert (tmp_path / "precious").read_bytes() == b"precious"
    store.rename(tmp_path / "away")
    with open_manager(tmp_path) as manager:
        assert manager.jobs() == []


def test_another_programs_database(store: Path, tmp_path: Path) -> None:
    """A database of another program is refused, and not a byte of it is changed."""
    another_programs(store)
    before = (store / DATABASE).read_bytes()
    with pytest.raises(StoreError):
        open_manager(tmp_path)
    assert (store / DATABASE).read_bytes() == before


@pytest.mark.parametrize("name", ["half", "leases are a folder"])
def test_doctor_names_it(store: Path, tmp_path: Path, name: str) -> None:
    """`doctor` says which file of a store is damaged, and that it is a problem."""
    damage, file, _ = REFUSED[name]
    damage(store)
    out = run("doctor", tmp_path)
    assert out.returncode == 1
    assert "problem" in out.stdout
    assert str(store / file) in out.stdout


def garbage(name: str) -> Callable[[Path], None]:
    """A file full of anything."""
    return lambda store: (store / name).write_bytes(random.Random(1).randbytes(40_000)) and None


RECOVERED = {
    "nothing": lambda store: None,
    "log cut in a page": lambda store: os.truncate(store / LOG, 6 * PAGE + 100),
    "log of no length": lambda store: os.truncate(store / LOG, 0),
    "log of garbage": garbage(LOG),
    "index of garbage": garbage(f"{DATABASE}-shm"),
    "leases of garbage": garbage("leases"),
    "no leases": lambda store: (store / "leases").unlink(),
    "no key": lambda store: (store / "key").unlink(),
    "no length": lambda store: [os.truncate(store / name, 0) for name in (DATABASE, LOG)],
}


@pytest.mark.parametrize("name", RECOVERED)
def test_recovered(store: Path, tmp_path: Path, name: str) -> None:
    """What SQLite and the engine can do without is made anew; the jobs that are known go on."""
    RECOVERED[name](store)
    known = finish_all(tmp_path)
    assert known == {"part", "whole"} or "log" in name or "length" in name


def damage_at_random(store: Path, dice: random.Random) -> str:
    """Do something to the database or its log; returns what."""
    there = [path for path in (store / DATABASE, store / LOG) if path.exists()]
    path = dice.choice(there)
    size = path.stat().st_size
    if not size:
        return "nothing"
    at = dice.randrange(size) // PAGE * PAGE + (0 if path.name == DATABASE else 32)
    kind = dice.choice(("zeros", "garbage", "first half", "second half", "bytes", "cut", "older"))
    with path.open("r+b") as file:
        if kind == "cut":
            file.truncate(dice.randrange(size))
        elif kind == "bytes":
            for _ in range(dice.randrange(1, 9)):
                file.seek(dice.randrange(size))
                file.write(dice.randbytes(1))
        elif kind == "older":  # a page of another place, as of a write that went astray
            file.seek(dice.randrange(size) // PAGE * PAGE)
            page = file.read(PAGE)
            file.seek(at)
            file.write(page)
        else:
            half = PAGE // 2
            start, length = {"first half": (0, half), "second half": (half, half)}.get(
                kind, (0, PAGE)
            )
            file.seek(at + start)
            file.write(bytes(length) if kind == "zeros" else dice.randbytes(length))
    return f"{kind} at {at} of {path.name}"


@pytest.mark.timeout(3600)
def test_damaged_at_random(
    server: FaultServer, tmp_path: Path, is_long: bool, figure: Callable[[str, object], None]
) -> None:
    """Whatever happens to a database and its log: it is refused, or its jobs end with right files."""
    refused = sound = 0
    seed = random.randrange(1 << 32)
    home = tmp_path / "home"
    for number in range(2000 if is_long else 100):
        dice = random.Random(seed + number)
        if not home.exists():
            store = fill(home, server)
            if dice.random() < 0.5:  # all of it in the database
                bring_in(store)
            kept = {path: path.read_bytes() for path in store.iterdir()}
        for path in store.iterdir():
            path.unlink()
        for path, data in kept.items():
            path.write_bytes(data)
        done = [damage_at_random(store, dice) for _ in range(dice.choice((1, 1, 2, 5)))]
        try:
            finish_all(home)
            sound += 1
            shutil.rmtree(home)
        except BitsError as error:
            assert str(store) in str(error), f"seed {seed + number}: {done}"
            refused += 1
        except BaseException:
            print(f"seed {seed + number}: {done}")
            raise
    figure("damaged stores refused, and come to a right end", f"{refused}, {sound}")


# Temporary files.


def other_file(temporary: Path, data: bytes) -> None:
    """Another file of the name."""
    temporary.with_name("other").write_bytes(data)
    temporary.with_name("other").replace(temporary)


def emptied(temporary: Path) -> None:
    """The same file with nothing in it."""
    os.truncate(temporary, 0)


def linked(temporary: Path) -> None:
    """A symbolic link to something of the user's."""
    precious = temporary.with_name("precious")
    precious.write_bytes(b"precious" * 100_000)
    temporary.unlink()
    temporary.symlink_to(precious)


def foldered(temporary: Path) -> None:
    """A folder with something in it."""
    temporary.unlink()
    temporary.mkdir()
    (temporary / "mine").touch()


TEMPORARY: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": emptied,
    "cut": lambda path: os.truncate(path, 25 * KIB),
    "cut by a byte": lambda path: os.truncate(path, path.stat().st_size - 1),
    "longer": lambda path: os.truncate(path, 400 * KIB),
    "link": linked,
    "folder": foldered,
    "other": lambda path: other_file(path, bytes(path.stat().st_size)),
    "other, longer": lambda path: other_file(path, bytes(400 * KIB)),
}


@pytest.mark.parametrize("does", ["resume part", "resume whole", "complete whole"])
@pytest.mark.parametrize("damage", TEMPORARY)
def test_temporary_file(store: Path, tmp_path: Path, damage: str, does: str) -> None:
    """A temporary file that is not what it was is fetched again, and nothing else is touched."""
    name = does.split()[1]
    temporary = temporary_of(store, name)
    if damage.startswith("other") and not is_born(store):
        pytest.skip("this file system does not tell when a file was made")
    TEMPORARY[damage](temporary)
    with open_manager(tmp_path) as manager:
        job = next(job for job in manager.jobs() if job.name == name)
        if does == "complete whole":
            try:
                job.complete()
            except BitsError as error:
                assert damage != "longer", error
                assert job.state is JobState.ERROR
                assert str(temporary) in str(job.error)
                assert "resuming the job downloads it again" in str(job.error)
                finish(job)
        else:
            finish(job)
    assert (tmp_path / name).read_bytes() == CONTENT[:]
    if damage == "link":
        assert (tmp_path / "precious").read_bytes() == b"precious" * 100_000
    if damage == "folder":
        assert (temporary / "mine").exists()
    if damage.startswith("other"):
        assert temporary.exists()


def test_cancel_leaves_other_files(store: Path, tmp_path: Path) -> None:
    """What stands in place of a temporary file stays, where files tell when they were made."""
    temporary = temporary_of(store, "part")
    known = is_born(store)
    TEMPORARY["other"](temporary)
    with open_manager(tmp_path) as manager:
        next(job for job in manager.jobs() if job.name == "part").cancel()
    assert temporary.exists() == known


def is_born(store: Path) -> bool:
    """Whether the store knows when its temporary files were made."""
    with closing(sqlite3.connect(store / DATABASE)) as database:
        return bool(database.execute("SELECT min(born) FROM file").fetchone()[0])


def test_empty_file_on_demand(fault_server: FaultServer, tmp_path: Path) -> None:
    """An empty file of an on-demand job, of which nothing was ever written, is completed, too."""
    url = fault_server.serve("/empty", Resource(b""))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("empty", on_demand=True)
        job.add_file(url, tmp_path / "empty")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "empty").read_bytes() == b""


# Older stores.


def revive(version: int, home: Path, server: FaultServer) -> None:
    """Make the store of an older version that is kept as a text, with its temporary files."""
    words = {"@SERVER@": server.url(""), "@FOLDER@": str(home), "@OWNER@": str(os.geteuid())}
    text = (DATA / f"v{version}.sql").read_text(encoding="utf-8")
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    (home / "store").mkdir(mode=0o700)
    now = int((time.time() + 11_644_473_600) * 10_000_000)  # FILETIME
    with closing(sqlite3.connect(home / "store" / DATABASE)) as database:
        database.executescript(text)
        database.execute("UPDATE job SET modified = ?", [now])
        database.commit()
    for claim in claims_of(home / "store"):
        with claim.temporary.open("wb") as file:
            claim.temporary.chmod(0o600)
            for offset, length in claim.filled:
                file.seek(offset)
                file.write(CONTENT[offset : offset + length])


@pytest.mark.parametrize("version", [1, 2, 3])
def test_store_of_an_older_version(server: FaultServer, tmp_path: Path, version: int) -> None:
    """A store of an older version goes on where it was, and fetches nothing again."""
    revive(version, tmp_path, server)
    with open_manager(tmp_path) as manager:
        assert {job.name for job in manager.jobs()} == {"part", "whole"}
        assert (tmp_path / "ending").read_bytes() == CONTENT[:]
        assert not (tmp_path / "cancelled").exists()
    assert finish_all(tmp_path) == {"part", "whole"}
    assert {record.path for record in server.requests} == {"/part"}
    asked = [span.resolve(len(CONTENT)) for record in server.requests for span in record.ranges]
    for offset, length in PIECES:
        assert not any(part.start < offset + length and offset < part.stop for part in asked)
    assert not list(tmp_path.glob("BIT*"))
