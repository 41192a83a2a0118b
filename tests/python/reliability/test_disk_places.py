# SPDX-License-Identifier: MIT
"""Disks that are full, read-only or not there, and limits of a process: what a download then does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import disk_program
import pytest
from disk import (
    ACCESS_DENIED,
    CONTENT,
    DISK_FULL,
    HALF,
    NOBODY,
    ONE,
    PATH_NOT_FOUND,
    SHARING_VIOLATION,
    SIZE,
    TOO_LARGE,
    TOO_MANY_OPEN,
    WRITE_PROTECT,
    Program,
    complete,
    digest,
    expect_error,
    fill,
    finish,
    run_to_half,
)

from bitscb3.testing import FaultServer, Resource
from command import ask
from support import KIB, MIB, eventually, mounted, small_disk

TALLY = "states of a disk"
pytestmark = [
    pytest.mark.usefixtures("tally"),
    pytest.mark.skipif(sys.platform != "linux", reason="file systems as Linux has them"),
]

# Full.


def test_full_at_the_first_write(
    program: Program, fault_server: FaultServer, store: Path, tmp_path: Path
) -> None:
    """Where there is no room at all the job fails with ERROR_DISK_FULL, and goes on with room."""
    url = fault_server.serve("/a", Resource(CONTENT))
    with small_disk(tmp_path / "small", "4m") as folder:
        filler = fill(folder)
        program(disk_program.open_store, store, **ONE)
        program(disk_program.begin, [(url, folder / "a")])
        expect_error(program(disk_program.wait_for, "ERROR"), DISK_FULL)
        filler.unlink()
        finish(program, fault_server, folder)
        program(disk_program.close_store)


def test_full_half_way(
    program: Program, fault_server: FaultServer, store: Path, tmp_path: Path
) -> None:
    """What was written before the disk was full is not fetched again."""
    url = fault_server.serve("/a", Resource(CONTENT))
    with small_disk(tmp_path / "small", "4m") as folder:
        filler = fill(folder, leave=MIB)
        program(disk_program.open_store, store, **ONE)
        program(disk_program.begin, [(url, folder / "a")])
        look = program(disk_program.wait_for, "ERROR")
        expect_error(look, DISK_FULL)
        assert look.transferred >= MIB // 2
        eventually(lambda: program(disk_program.stored, store) == look.filled)
        filler.unlink()
        look = finish(program, fault_server, folder, look.filled[0])
        program(disk_program.close_store)


def test_out_of_inodes(
    program: Program, fault_server: FaultServer, store: Path, tmp_path: Path
) -> None:
    """Where no file can be made for want of inodes, that is a full disk, too."""
    url = fault_server.serve("/a", Resource(CONTENT))
    with small_disk(tmp_path / "small", "8m,nr_inodes=20") as folder:
        made = []
        with contextlib.suppress(OSError):
            while True:
                path = folder / f"inode{len(made)}"
                path.touch()
                made.append(path)
        program(disk_program.open_store, store, **ONE)
        program(disk_program.begin, [(url, folder / "a")])
        expect_error(program(disk_program.wait_for, "ERROR"), DISK_FULL)
        made[0].unlink()
        finish(program, fault_server, folder)
        program(disk_program.close_store)


def test_store_full_at_the_start(
    program: Program, fault_server: FaultServer, folder: Path, tmp_path: Path
) -> None:
    """Opening a store, or resuming a job, where there is no room for it is ERROR_DISK_FULL."""
    url = fault_server.serve("/a", Resource(CONTENT))
    with small_disk(tmp_path / "small", "1m") as disk:
        store = disk / "store"
        filler = fill(disk)
        assert program(disk_program.open_store, store, **ONE) == DISK_FULL
        filler.unlink()
        assert program(disk_program.open_store, store, **ONE) == 0
        filler = fill(disk)
        files = [(f"{url}?{'x' * 4000}{n}", folder / f"{n}") for n in range(20)]
        assert program(disk_program.begin, files) == DISK_FULL
        filler.unlink()
        program(disk_program.call, "resume")
        program(disk_program.wait_for, "TRANSFERRED")
        assert program(disk_program.call, "complete") == 0
        program(disk_program.close_store)
    assert {digest(folder / f"{n}") for n in range(20)} == {CONTENT.sha256()}


def test_store_full_half_way(
    program: Program,
    fault_server: FaultServer,
    folder: Path,
    tmp_path: Path,
    release: threading.Event,
) -> None:
    """While the store has no room a job goes on; only what ends it needs the store, and waits."""
    with small_disk(tmp_path / "small", "1m") as disk:
        store = disk / "store"
        run_to_half(program, fault_server, store, folder, release)
        filler = fill(disk)
        release.set()
        look = program(disk_program.wait_for, "TRANSFERRED", "ERROR")
        assert look.state == "TRANSFERRED"
        assert program(disk_program.call, "complete") == DISK_FULL
        assert program(disk_program.look).state == "TRANSFERRED"
        filler.unlink()
        complete(program, folder)
        program(disk_program.close_store)


# Read-only, and not for everybody.


def test_read_only_half_way(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    tmp_path: Path,
    release: threading.Event,
) -> None:
    """A file system that became read-only is ERROR_WRITE_PROTECT until it can be written again."""
    with small_disk(tmp_path / "small", "8m") as folder:
        kept = run_to_half(program, fault_server, store, folder, release)
        program(disk_program.call, "suspend")
        release.set()
        eventually(lambda: remount(folder, "ro"))
        assert program(disk_program.call, "resume") == 0
        expect_error(program(disk_program.wait_for, "ERROR"), WRITE_PROTECT)
        assert remount(folder, "rw")
        finish(program, fault_server, folder, kept)
        program(disk_program.close_store)


def test_read_only_at_complete(
    program: Program, fault_server: FaultServer, store: Path, tmp_path: Path
) -> None:
    """Complete on a read-only file system says so; the job stays whole."""
    url = fault_server.serve("/a", Resource(CONTENT))
    with small_disk(tmp_path / "small", "8m") as folder:
        program(disk_program.open_store, store, **ONE)
        program(disk_program.begin, [(url, folder / "a")])
        program(disk_program.wait_for, "TRANSFERRED")
        eventually(lambda: remount(folder, "ro"))
        assert program(disk_program.call, "complete") == WRITE_PROTECT
        assert program(disk_program.look).state == "TRANSFERRED"
        assert remount(folder, "rw")
        complete(program, folder)
        program(disk_program.close_store)


def test_read_only_store(
    program: Program, fault_server: FaultServer, folder: Path, tmp_path: Path
) -> None:
    """A store on a read-only file system is not opened, with that reason."""
    url = fault_server.serve("/a", Resource(CONTENT))
    with small_disk(tmp_path / "small", "8m") as disk:
        store = disk / "store"
        assert program(disk_program.open_store, store, **ONE) == 0
        assert program(disk_program.begin, [(url, folder / "a")]) == 0
        program(disk_program.close_store)
        assert remount(disk, "ro")
        assert program(disk_program.open_store, store, **ONE) == WRITE_PROTECT
        assert remount(disk, "rw")
        assert program(disk_program.open_store, store, **ONE) == 0
        finish(program, fault_server, folder)
        program(disk_program.close_store)


def remount(path: Path, how: str) -> bool:
    """Whether the file system could be made so: "ro" needs that nothing of it is being written."""
    command = ["mount", "-o", f"remount,{how}", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_rights_lost(
    own_program: Program, fault_server: FaultServer, release: threading.Event
) -> None:
    """A folder that may not be entered, or not be written to, is ERROR_ACCESS_DENIED meanwhile."""
    # Not among pytest's, which are for their user only.
    with tempfile.TemporaryDirectory(prefix="bitscb3-rights-") as name:
        store, folder, denied = (Path(name, part) for part in ("store", "files", "denied"))
        for path in (folder, denied):
            path.mkdir(mode=0o700)
        for path in (Path(name), folder):
            os.chown(path, NOBODY, NOBODY)
        own_program(disk_program.become, NOBODY)
        if not own_program(os.access, folder, os.W_OK):
            pytest.skip("nobody but root gets into the folder of temporary files")
        url = fault_server.serve("/a", Resource(CONTENT))
        assert own_program(disk_program.open_store, store, **ONE) == 0
        assert own_program(disk_program.begin, [(url, denied / "a")]) == ACCESS_DENIED
        assert own_program(disk_program.call, "cancel") == 0
        own_program(disk_program.close_store)
        run_to_half(own_program, fault_server, store, folder, release)
        own_program(disk_program.call, "suspend")
        release.set()
        eventually(lambda: not own_program(disk_program.open_files, folder))
        folder.chmod(0o000)
        own_program(disk_program.call, "resume")
        expect_error(own_program(disk_program.wait_for, "ERROR"), ACCESS_DENIED)
        folder.chmod(0o500)
        own_program(disk_program.call, "resume")
        own_program(disk_program.wait_for, "TRANSFERRED")
        assert own_program(disk_program.call, "complete") == ACCESS_DENIED
        folder.chmod(0o700)
        complete_at_once(own_program, folder)
        own_program(disk_program.close_store)


def complete_at_once(program: Program, folder: Path) -> None:
    """Complete a job that is whole, and for which no byte came twice."""
    look = program(disk_program.wait_for, "TRANSFERRED")
    assert look.received == SIZE
    complete(program, folder)


# Not there, or another one.


def test_temporary_file_removed(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """A temporary file that is removed while it is written is missed by Complete, and made anew."""
    run_to_half(program, fault_server, store, folder, release)
    (temporary,) = folder.glob("BIT*")
    temporary.unlink()
    release.set()
    program(disk_program.wait_for, "TRANSFERRED")
    assert program(disk_program.call, "complete") == PATH_NOT_FOUND
    expect_error(program(disk_program.look), PATH_NOT_FOUND)
    finish(program, fault_server, folder)


def test_folder_removed(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """A folder that is removed half-way is missed by Complete; once it is there, all is fetched."""
    run_to_half(program, fault_server, store, folder, release)
    shutil.rmtree(folder)
    release.set()
    program(disk_program.wait_for, "TRANSFERRED")
    assert program(disk_program.call, "complete") == PATH_NOT_FOUND
    folder.mkdir()
    program(disk_program.call, "complete")
    finish(program, fault_server, folder)


def test_folder_becomes_a_link(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """A folder that is moved and linked to from its former place is the same folder."""
    run_to_half(program, fault_server, store, folder, release)
    moved = folder.rename(folder.with_name("moved"))
    folder.symlink_to(moved)
    release.set()
    complete_at_once(program, folder)
    assert digest(moved / "a") == CONTENT.sha256()


def test_folder_becomes_another(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    tmp_path: Path,
    release: threading.Event,
) -> None:
    """A link to an empty folder in place of the folder lacks what was here: all is fetched anew."""
    run_to_half(program, fault_server, store, folder, release)
    folder.rename(tmp_path / "moved")
    (tmp_path / "other").mkdir()
    folder.symlink_to(tmp_path / "other")
    release.set()
    program(disk_program.wait_for, "TRANSFERRED")
    assert program(disk_program.call, "complete") == PATH_NOT_FOUND
    finish(program, fault_server, folder)


def test_folder_becomes_a_mount_point(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """What is mounted over the folder has the file at the end; nothing crosses file systems."""
    run_to_half(program, fault_server, store, folder, release)
    with mounted(folder, "8m"):
        release.set()
        program(disk_program.wait_for, "TRANSFERRED")
        assert program(disk_program.call, "complete") == PATH_NOT_FOUND
        finish(program, fault_server, folder)
        program(disk_program.close_store)
    assert [path.name[:3] for path in folder.iterdir()] == ["BIT"]


def test_store_removed(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """A job whose store was removed under it ends in its process; a new store begins empty."""
    run_to_half(program, fault_server, store, folder, release)
    shutil.rmtree(store)
    release.set()
    program(disk_program.wait_for, "TRANSFERRED")
    complete(program, folder)
    program(disk_program.close_store)
    url = fault_server.serve("/a", Resource(CONTENT))
    assert program(disk_program.open_store, store, **ONE) == 0
    assert program(disk_program.begin, [(url, folder / "a")]) == 0
    program(disk_program.wait_for, "TRANSFERRED")
    complete(program, folder)


# Locked.


def test_locked_files(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """A lock that another program has on a file holds up nothing; it is advice between others."""
    run_to_half(program, fault_server, store, folder, release)
    (temporary,) = folder.glob("BIT*")
    (folder / "a").write_bytes(b"former")
    with temporary.open("rb+") as one, (folder / "a").open("rb+") as two:
        for file in (one, two):
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.lockf(file, fcntl.LOCK_EX)
        release.set()
        complete_at_once(program, folder)


def test_lease_on_a_file(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """A lease on the temporary file, as file servers take, is a sharing violation meanwhile."""
    run_to_half(program, fault_server, store, folder, release)
    program(disk_program.call, "suspend")
    release.set()
    (temporary,) = folder.glob("BIT*")
    with lease(temporary):
        program(disk_program.call, "resume")
        expect_error(program(disk_program.wait_for, "ERROR"), SHARING_VIOLATION)
    program(disk_program.call, "resume")
    program(disk_program.wait_for, "TRANSFERRED")
    with lease(temporary):
        assert program(disk_program.call, "complete") == SHARING_VIOLATION
        assert program(disk_program.look).state == "TRANSFERRED"
    complete_at_once(program, folder)


@contextlib.contextmanager
def lease(path: Path) -> Iterator[None]:
    """Have the lease of a file, which nobody else may have open then."""
    with path.open("rb+") as stream:

        def take() -> bool:
            try:
                fcntl.fcntl(stream, fcntl.F_SETSIG, 23)  # SIGURG, which is ignored
                fcntl.fcntl(stream, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            except OSError:
                return False
            return True

        eventually(take)
        yield


# Limits of a process.


def test_file_size_limit(
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """A limit on the size of files is ERROR_FILE_TOO_LARGE; the process lives, and goes on."""
    kept = run_to_half(program, fault_server, store, folder, release)
    before, _ = program(disk_program.limit, resource.RLIMIT_FSIZE, HALF + 64 * KIB)
    try:
        release.set()
        look = program(disk_program.wait_for, "ERROR")
    finally:
        program(disk_program.limit, resource.RLIMIT_FSIZE, before)
    expect_error(look, TOO_LARGE)
    assert look.transferred >= HALF
    finish(program, fault_server, folder, kept)


@pytest.mark.parametrize("spare", range(4))
def test_descriptor_limit(
    spare: int,
    program: Program,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
) -> None:
    """Without descriptors a job fails or waits, says why, and goes on once there are some."""
    url = fault_server.serve("/a", Resource(CONTENT))
    program(disk_program.open_store, store, **ONE)
    program(disk_program.begin, [(url, folder / "a")], resume=False)
    before = program(disk_program.spare_descriptors, spare)
    try:
        program(disk_program.call, "resume")
        look = program(disk_program.wait_for, "ERROR", "TRANSIENT_ERROR", "TRANSFERRED")
    finally:
        program(disk_program.limit, resource.RLIMIT_NOFILE, before)
    if look.context == "LOCAL_FILE":
        expect_error(look, TOO_MANY_OPEN)
    if look.state == "TRANSFERRED":
        complete(program, folder)
    else:
        finish(program, fault_server, folder)


# What the doctor says.


def test_doctor_on_a_full_store(tmp_path: Path) -> None:
    """`bitscb3 doctor` names a store that has no room."""
    with small_disk(tmp_path / "store", "1m") as store:
        fill(store)
        checks = {check["check"]: check for check in ask("doctor", tmp_path, "--backend", "engine")}
        problems = {name for name, check in checks.items() if check["status"] == "problem"}
        assert "space" in problems
        assert "free" in checks["space"]["text"]


def test_doctor_on_a_read_only_store(tmp_path: Path) -> None:
    """`bitscb3 doctor` names a store that is on a read-only file system."""
    with small_disk(tmp_path / "store", "8m") as store:
        assert remount(store, "ro")
        checks = {check["check"]: check for check in ask("doctor", tmp_path, "--backend", "engine")}
        assert checks["store"]["status"] == "problem"
        assert "read-only" in checks["store"]["text"]
