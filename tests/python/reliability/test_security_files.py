# SPDX-License-Identifier: MIT
"""Security: the store and the files of a job among other users, planted files and links."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bitscb3 import BitsError, Job, JobState, Manager, Settings, StoreError
from bitscb3.testing import Content, FaultServer, Resource, stall_after
from command import run
from contract import Bits
from support import PATIENCE, eventually, open_manager
from test_checklist_http import job_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="access lists guard files there")
ONCE = Settings(no_progress_timeout_s=0)  # the first error is final
STRANGER = 65534  # nobody
AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)
STORE_FILES = ("jobs.sqlite", "leases", "key")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Another file mode mask."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode_of(path: Path) -> int:
    """Who may do what."""
    return stat.S_IMODE(path.lstat().st_mode)


def make_store(tmp_path: Path) -> Path:
    """A store with a job whose headers are sealed."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("kept")
        job.http.headers = {"X-Api-Key": "v0rpal-blade"}
        job.add_file("http://127.0.0.1:1/f", tmp_path / "out")
    return tmp_path / "store"


def refuses(tmp_path: Path) -> str:
    """What a manager says that does not open the store."""
    with pytest.raises(BitsError) as caught:
        open_manager(tmp_path).close()
    return str(caught.value)


@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_modes_whatever_the_mask(mask: int, fault_server: FaultServer, tmp_path: Path) -> None:
    """Store, key and temporary files are this user's alone; the finished file is as any new one."""
    url = fault_server.serve("/f", Resource(Content(10_000)))
    with umask(mask), open_manager(tmp_path) as manager:
        job = manager.create_job("modes")
        job.http.headers = {"X-Api-Key": "v0rpal-blade"}
        file = job.add_file(url, tmp_path / "out")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        store = tmp_path / "store"
        assert mode_of(store) == 0o700
        files = {path.name: mode_of(path) for path in store.iterdir()}
        assert set(files) >= {*STORE_FILES, "jobs.sqlite-wal", "jobs.sqlite-shm"}
        assert set(files.values()) == {0o600}
        assert mode_of(Path(file.temporary_name)) == 0o600
        job.complete()
        assert mode_of(tmp_path / "out") == 0o666 & ~mask


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o770])
def test_a_writable_store_is_mended(mode: int, tmp_path: Path) -> None:
    """A store folder of this user that others may write to loses that before it is used."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store").chmod(mode)
    make_store(tmp_path)
    assert mode_of(tmp_path / "store") == mode & ~0o022


def test_readable_files_of_a_store_are_mended(tmp_path: Path) -> None:
    """A store whose files others may read, as a restored copy may have, loses that."""
    store = make_store(tmp_path)
    for name in ("jobs.sqlite", "key"):
        (store / name).chmod(0o644)
    with open_manager(tmp_path) as manager:
        assert manager.jobs()[0].http.headers == {"X-Api-Key": "v0rpal-blade"}
    assert {mode_of(store / name) for name in ("jobs.sqlite", "key")} == {0o600}


def test_a_shared_folder_is_no_store(tmp_path: Path) -> None:
    """A folder like /tmp is refused as a store, and left as it is."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store").chmod(0o1777)
    assert "name a folder inside it" in refuses(tmp_path)
    assert mode_of(tmp_path / "store") == 0o1777
    assert list((tmp_path / "store").iterdir()) == []


@AS_ROOT
def test_another_users_folder_is_no_store(tmp_path: Path) -> None:
    """Root does not open another user's store: that user could have root rename and remove."""
    make_store(tmp_path)
    os.chown(tmp_path / "store", STRANGER, STRANGER)
    assert "belongs to another user" in refuses(tmp_path)
    told = run("list", tmp_path)
    assert told.returncode != 0
    assert "belongs to another user" in told.stderr


@AS_ROOT
@pytest.mark.parametrize("name", [*STORE_FILES, "jobs.sqlite-wal", "jobs.sqlite-shm"])
def test_another_users_file_in_a_store(name: str, tmp_path: Path) -> None:
    """A file in the store that another user owns is refused."""
    path = make_store(tmp_path) / name
    path.touch()
    os.chown(path, STRANGER, STRANGER)
    refuses(tmp_path)


@pytest.mark.parametrize("name", [*STORE_FILES, "jobs.sqlite-wal"])
@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "folder", "dangling link"])
def test_planted_files_in_a_store(kind: str, name: str, tmp_path: Path) -> None:
    """A link, a file of two names, a pipe or a folder in place of a store's file is refused."""
    store = make_store(tmp_path)
    path = store / name
    victim = tmp_path / "victim"
    victim.write_bytes(path.read_bytes() if path.exists() else b"")
    before = victim.read_bytes()
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(victim)
    elif kind == "second name":
        os.link(victim, path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "made by the link")
    refuses(tmp_path)
    assert victim.read_bytes() == before
    assert not (tmp_path / "made by the link").exists()


def test_a_link_to_a_store(tmp_path: Path) -> None:
    """A link of this user's to a store, or above it, is followed."""
    real = make_store(tmp_path)
    real.rename(tmp_path / "real")
    real.symlink_to(tmp_path / "real")
    with open_manager(tmp_path) as manager:
        assert [job.name for job in manager.jobs()] == ["kept"]
    (tmp_path / "above").symlink_to(tmp_path)
    with Manager("engine", tmp_path / "above" / "real") as manager:
        assert [job.name for job in manager.jobs()] == ["kept"]


@AS_ROOT
def test_another_users_link_to_a_store(tmp_path: Path) -> None:
    """A link of another user's to one of this user's folders is refused."""
    make_store(tmp_path).rename(tmp_path / "real")
    (tmp_path / "store").symlink_to(tmp_path / "real")
    os.chown(tmp_path / "store", STRANGER, STRANGER, follow_symlinks=False)
    assert "link of another user's" in refuses(tmp_path)


# -- a store that somebody else wrote -------------------------------------------------------------


def rewrite(store: Path, sql: str, *values: object) -> None:
    """Change the database of a store as another program could, which need not keep checksums."""
    with sqlite3.connect(store / "jobs.sqlite") as database:
        assert database.execute(sql, values).rowcount == 1
        for table in ("job", "file"):
            database.execute(f"UPDATE {table} SET checksum = NULL")
    database.close()


@pytest.mark.parametrize("intent", [1, 2], ids=["complete", "cancel"])
def test_a_store_cannot_name_files_to_remove(intent: int, tmp_path: Path) -> None:
    """Opening a store from elsewhere removes and renames no file but temporary ones of BITS."""
    store = make_store(tmp_path)
    victim = tmp_path / "thesis.doc"
    victim.write_text("years")
    aim = tmp_path / "profile"
    aim.write_text("mine")
    rewrite(store, "UPDATE job SET intent = ?", intent)
    rewrite(
        store,
        "UPDATE file SET temporary = ?, local = ?, size = 5, filled = x'0005'",
        str(victim),
        str(aim),
    )
    with pytest.raises(StoreError, match="temporary name"):
        open_manager(tmp_path)
    assert victim.read_text() == "years"
    assert aim.read_text() == "mine"


@pytest.mark.parametrize(
    "name", ["BIT1234567.tmp", "BIT123456789.tmp", "XIT12345678.tmp", "BIT1234567g.tmp", "../x.tmp"]
)
def test_other_names_of_temporary_files(name: str, tmp_path: Path) -> None:
    """A store is refused where a temporary file has another name than BITS gives."""
    store = make_store(tmp_path)
    with open_manager(tmp_path) as manager:
        assert len(manager.jobs()) == 1
    rewrite(store, "UPDATE file SET temporary = ?", str(tmp_path / name))
    with pytest.raises(StoreError, match="temporary name"):
        open_manager(tmp_path)


ODD_VALUES = {
    "job": {
        "state": (-1, 9, 1 << 40, "QUEUED", None),
        "type": (-1, 3, 1 << 62),
        "priority": (-1, 4, 99),
        "intent": (-1, 3, 255),
        "error_file": (1, 1 << 31, -1),
        "notification_class": (b"", b"short", b"x" * 17),
        "http": (b"\1", b"\0" * 5000, "text"),
        "command_program": (b"\1" * 5, b"x" * 100_000),
    },
    "file": {
        "file_index": (1, -1, 1 << 33),
        "size": (-5, -(1 << 63), "many"),
        "range_support": (-1, 3, 300),
        "filled": (b"\xff", b"\xff" * 30, b"\x80" * 9, "text"),
        "requested": (b"\xff" * 30,),
        "pieces": (b"\x05", b"\xff" * 30),
        "temporary": ("", "/", "BIT12345678.tmp", b"\xff\xfe"),
        "local": ("", "/", "relative", b"\xff\xfe"),
        "remote": ("", "file", b"\1\2", "ftp://host/x", "http://"),
        "headers": (b"\1" * 40,),
        "home": ("nonsense", b"\xff"),
    },
}


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, row in ODD_VALUES.items() for column in row]
)
def test_odd_values_in_a_store(table: str, column: str, tmp_path: Path) -> None:
    """A row with what the package never writes harms nothing: the store is refused, or its job fails."""
    store = make_store(tmp_path)
    with sqlite3.connect(store / "jobs.sqlite") as database:
        before = database.execute(f"SELECT {column} FROM {table}").fetchone()[0]
    database.close()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for value in ODD_VALUES[table][column]:
        with suppress(sqlite3.IntegrityError):  # NOT NULL
            rewrite(store, f"UPDATE {table} SET {column} = ?", value)
        with suppress(StoreError), open_manager(tmp_path, ONCE) as manager:
            for job in manager.jobs():
                with suppress(BitsError, OSError):
                    job.plot()
                    repr(job.files)
                    job.no_progress_timeout = 0
                    job.resume()
                    job.wait(PATIENCE)
                assert job.http.headers in ({}, {"X-Api-Key": "v0rpal-blade"})
        with sqlite3.connect(store / "jobs.sqlite") as database:
            database.execute(f"UPDATE {table} SET {column} = ?", (before,))
            database.execute("UPDATE job SET state = 2, intent = 0, error_file = NULL")
            for each in ("job", "file"):
                database.execute(f"UPDATE {each} SET checksum = NULL")
        database.close()
    assert victim.read_text() == "mine"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER evil AFTER UPDATE ON job BEGIN DELETE FROM file; END",
        "CREATE TRIGGER evil AFTER INSERT ON job BEGIN DELETE FROM file; END",
        "CREATE TRIGGER evil AFTER DELETE ON file BEGIN DELETE FROM job; END",
    ],
)
def test_planted_triggers(sql: str, tmp_path: Path) -> None:
    """A trigger in the database of a store does not run."""
    store = make_store(tmp_path)
    with sqlite3.connect(store / "jobs.sqlite") as database:
        database.execute(sql)
    database.close()
    with open_manager(tmp_path) as manager:
        manager.jobs()[0].description = "written again"
        manager.create_job("another").add_file("http://127.0.0.1:1/f", tmp_path / "other")
        manager.jobs()[1].cancel()
    with open_manager(tmp_path) as manager:
        jobs = [(job.description, len(job.files)) for job in manager.jobs()]
        assert ("written again", 1) in jobs


def test_a_command_line_cannot_be_planted(tmp_path: Path) -> None:
    """A command line put into the database without the key is none."""
    store = make_store(tmp_path)
    sealed = b"\1" * 64
    rewrite(store, "UPDATE job SET command_program = ?, command_parameters = ?", sealed, sealed)
    with open_manager(tmp_path, Settings(command_lines=1)) as manager:
        assert manager.jobs()[0].notify_command_line is None


def test_command_lines_are_off(tmp_path: Path) -> None:
    """A program cannot be set to run unless who opened the manager allows it; stored ones wait."""
    with open_manager(tmp_path) as manager, pytest.raises(BitsError, match="command_lines=1"):
        manager.create_job("refused").notify_command_line = ("/bin/true", "")
    with open_manager(tmp_path, Settings(command_lines=1)) as manager:
        job = manager.create_job("allowed")
        job.add_file(f"file://{__file__}", tmp_path / "out")
        job.notify_command_line = ("/usr/bin/touch", f"touch {tmp_path / 'ran'}")
    with open_manager(tmp_path) as manager:
        job = next(job for job in manager.jobs() if job.name == "allowed")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert not (tmp_path / "ran").exists()


def test_without_its_key(fault_server: FaultServer, tmp_path: Path) -> None:
    """With another key a job has no headers, and one whose URL was sealed fails and asks nobody."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("sealed")
        job.http.headers = {"X-Api-Key": "v0rpal-blade"}
        job.add_file(fault_server.serve("/f", Resource(Content(10))) + "?key=1", tmp_path / "out")
    (tmp_path / "store" / "key").unlink()
    with open_manager(tmp_path, ONCE) as manager:
        (job,) = manager.jobs()
        assert job.http.headers == {}
        job.resume()
        with pytest.raises(BitsError, match="URL is lost"):
            job.wait(PATIENCE)
        job.cancel()
    assert fault_server.requests == []


def test_a_damaged_key(tmp_path: Path) -> None:
    """A key that was cut is told, and not replaced."""
    store = make_store(tmp_path)
    (store / "key").write_bytes(b"short")
    assert "is damaged" in refuses(tmp_path)
    assert (store / "key").read_bytes() == b"short"


def test_sealed_values_cannot_be_exchanged(tmp_path: Path) -> None:
    """What is sealed for one job, or one purpose, is nothing to another."""
    store = make_store(tmp_path)
    with open_manager(tmp_path) as manager:
        manager.create_job("thief").add_file("http://127.0.0.1:1/f", tmp_path / "other")
    rewrite(
        store,
        "UPDATE job SET http = (SELECT http FROM job WHERE name = 'kept') WHERE name = 'thief'",
    )
    with open_manager(tmp_path) as manager:
        headers = {job.name: job.http.headers for job in manager.jobs()}
    assert headers == {"kept": {"X-Api-Key": "v0rpal-blade"}, "thief": {}}


# -- the files of a job ---------------------------------------------------------------------------


def suspended_job(manager: Manager, server: FaultServer, out: Path, release: object) -> Job:
    """A job half of whose file is here, recorded, and closed."""
    url = server.serve("/half", Resource(Content(100_000)), stall_after(50_000, release))  # type: ignore[arg-type]
    job = manager.create_job("half")
    job.add_file(url, out)
    job.resume()
    eventually(lambda: job.progress.bytes_transferred >= 50_000)
    return job


@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "socket"])
def test_planted_temporary_files(
    kind: str, fault_server: FaultServer, tmp_path: Path, release: object
) -> None:
    """What was put in place of a temporary file is neither written to nor published."""
    out, victim = tmp_path / "out", tmp_path / "victim"
    with open_manager(tmp_path, ONCE) as manager:
        job = suspended_job(manager, fault_server, out, release)
        temporary = Path(job.files[0].temporary_name)
        job.suspend()
    victim.write_bytes(temporary.read_bytes())
    before = victim.read_bytes()
    temporary.unlink()
    if kind == "link":
        temporary.symlink_to(victim)
    elif kind == "second name":
        os.link(victim, temporary)
    elif kind == "pipe":
        os.mkfifo(temporary)
    else:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(temporary))
    fault_server.serve("/half", Resource(Content(100_000)))
    with open_manager(tmp_path, ONCE) as manager:
        (job,) = manager.jobs()
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED  # by a file of its own
        job.complete()
    assert out.read_bytes() == Content(100_000)[:]
    assert victim.read_bytes() == before


@AS_ROOT
def test_another_users_temporary_file(
    fault_server: FaultServer, tmp_path: Path, release: object
) -> None:
    """A temporary file that belongs to another user is not written to."""
    with open_manager(tmp_path, ONCE) as manager:
        job = suspended_job(manager, fault_server, tmp_path / "out", release)
        temporary = Path(job.files[0].temporary_name)
        job.suspend()
    os.chown(temporary, STRANGER, STRANGER)
    before = temporary.read_bytes()
    with open_manager(tmp_path, ONCE) as manager:
        (job,) = manager.jobs()
        job.resume()
        with pytest.raises(BitsError, match="trust"):
            job.wait(PATIENCE)
    assert temporary.read_bytes() == before


@pytest.mark.parametrize("direct", [False, True], ids=["temporary", "HIGH_PERFORMANCE"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "second name"])
def test_links_at_the_destination(
    kind: str, direct: bool, fault_server: FaultServer, tmp_path: Path
) -> None:
    """What a link at the destination leads to stays as it is; the link is replaced or refused."""
    out, victim = tmp_path / "out", tmp_path / "victim"
    content = Content(1000)
    url = fault_server.serve("/f", Resource(content))
    if kind != "dangling link":
        victim.write_text("mine")
    with open_manager(tmp_path, ONCE) as manager:
        job = manager.create_job("links")
        job.high_performance = direct
        job.add_file(url, out)
        if kind == "second name":
            os.link(victim, out)
        else:
            out.symlink_to(victim)
        job.resume()
        if direct:
            with pytest.raises(BitsError):
                job.wait(PATIENCE)
            job.cancel()
        else:
            assert job.wait(PATIENCE) is JobState.TRANSFERRED
            job.complete()
            assert not out.is_symlink()
            assert out.read_bytes() == content[:]
    assert victim.exists() == (kind != "dangling link")
    assert not victim.exists() or victim.read_text() == "mine"


@pytest.mark.parametrize("kind", ["pipe", "socket", "link to a device", "folder"])
def test_destinations_that_are_no_files(kind: str, tmp_path: Path) -> None:
    """A device, a pipe, a socket or a folder is no destination, also for programs in C."""
    out = tmp_path / "out"
    if kind == "pipe":
        os.mkfifo(out)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(out))
    elif kind == "folder":
        out.mkdir()
    else:
        out.symlink_to("/dev/null")
    with open_manager(tmp_path) as manager, pytest.raises(ValueError, match=r"regular|folder"):
        manager.create_job("no file").add_file("http://127.0.0.1:1/f", out)
    with Bits(tmp_path) as bits, pytest.raises((AssertionError, OSError)):
        job_for(bits, "http://127.0.0.1:1/f", out)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@AS_ROOT
def test_the_mode_of_another_users_file(fault_server: FaultServer, tmp_path: Path) -> None:
    """A file planted at the destination by another user decides nothing about who may write."""
    out = tmp_path / "out"
    out.touch()
    out.chmod(0o666)
    os.chown(out, STRANGER, STRANGER)
    with umask(0o077), open_manager(tmp_path) as manager, manager.create_job("mode") as job:
        job.add_file(fault_server.serve("/f", Resource(Content(10))), out)
    assert mode_of(out) == 0o600
    assert out.stat().st_uid == os.geteuid()


@AS_ROOT
def test_in_a_folder_of_everybody(tmp_path: Path, fault_server: FaultServer) -> None:
    """In a folder like /tmp another user can neither foresee, open nor take away a download."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    for folder in (tmp_path, *tmp_path.parents[:-1]):
        if folder.stat().st_uid == 0 and not mode_of(folder) & 0o001:
            folder.chmod(mode_of(folder) | 0o011)
    url = fault_server.serve("/f", Resource(Content(1000)))
    attack = (
        "import os,sys\n"
        f"os.setuid({STRANGER})\n"
        "for act in (lambda p: open(p,'rb'), lambda p: open(p,'ab'), os.unlink,"
        " lambda p: os.rename(p, p + 'x'), lambda p: os.symlink('/etc/passwd', p)):\n"
        "    try:\n        act(sys.argv[1])\n"
        "    except OSError: continue\n"
        "    sys.exit('it could')\n"
    )
    with open_manager(tmp_path) as manager:
        job = manager.create_job("shared")
        file = job.add_file(url, shared / "out")
        job.resume()
        job.wait(PATIENCE)
        done = subprocess.run(
            [sys.executable, "-c", attack, file.temporary_name], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        job.complete()
    assert (shared / "out").read_bytes() == Content(1000)[:]


def test_file_urls_read_regular_files_only(tmp_path: Path) -> None:
    """file:// reads no device, pipe, socket or folder."""
    os.mkfifo(tmp_path / "pipe")
    with open_manager(tmp_path, ONCE) as manager:
        for number, path in enumerate(
            ["/dev/zero", str(tmp_path / "pipe"), "/proc", str(tmp_path)]
        ):
            job = manager.create_job("device")
            job.add_file(f"file://{path}", tmp_path / f"out{number}")
            job.resume()
            with pytest.raises(BitsError, match="not a regular file"):
                job.wait(PATIENCE)


def test_descriptors_are_not_inherited(
    fault_server: FaultServer, tmp_path: Path, release: object
) -> None:
    """A program started meanwhile gets no open file of the store, no temporary file, no socket."""
    program = "import os; print(*(os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')))"
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc here")
    with open_manager(tmp_path) as manager:
        job = suspended_job(manager, fault_server, tmp_path / "out", release)
        child = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            close_fds=False,
        )
        with suppress(BitsError):
            job.cancel()
    ours = [word for word in child.stdout.split() if str(tmp_path) in word]
    assert not ours


def test_figures(figure: Callable[[str, object], None]) -> None:
    """The kinds of planted files that are refused are counted."""
    figure("security: planted store files refused (kinds × names)", f"5 × {len(STORE_FILES) + 1}")
