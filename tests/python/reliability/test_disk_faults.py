# SPDX-License-Identifier: MIT
"""Faults of the disk: what of a download they cost, what they say, and that it goes on afterwards."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

import disk_program
import pytest
from disk import (
    ACCESS_DENIED,
    ALWAYS,
    CONTENT,
    DISK_FULL,
    HALF,
    IO_DEVICE,
    ONE,
    SHORT,
    SIZE,
    TOO_LARGE,
    TOO_MANY_OPEN,
    WRITE_PROTECT,
    Faults,
    Program,
    complete,
    expect_error,
    finish,
    run_to_half,
)

from bitscb3.testing import Content, FaultServer, Resource, stall_after
from support import KIB, eventually, locked, small_disk

TALLY = "disk faults"
pytestmark = pytest.mark.usefixtures("tally")

ALL_AT_ONCE = {"files_per_job": 40, "connections": 40, "connections_per_host": 41}

# Failed calls.


@pytest.mark.parametrize(
    ("call", "number", "code"),
    [
        ("pwrite", errno.EIO, IO_DEVICE),
        ("pwrite", errno.ENOSPC, DISK_FULL),
        ("pwrite", errno.EDQUOT, DISK_FULL),
        ("pwrite", errno.EROFS, WRITE_PROTECT),
        ("pwrite", errno.EFBIG, TOO_LARGE),
        ("pwrite", errno.EACCES, ACCESS_DENIED),
        ("fdatasync", errno.EIO, IO_DEVICE),
        ("fdatasync", errno.ENOSPC, DISK_FULL),
        ("fdatasync", errno.EDQUOT, DISK_FULL),
    ],
)
def test_failed_write(
    call: str,
    number: int,
    code: int,
    program: Program,
    faults: Faults,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """A write or sync that fails half-way is an error; what was recorded is not fetched again."""
    kept = run_to_half(program, fault_server, store, folder, release)
    faults.fail(call, number, "*/BIT*.tmp")
    release.set()
    look = program(disk_program.wait_for, "ERROR")
    expect_error(look, code)
    assert faults.hits()
    assert look.filled[0][0][1] >= HALF
    faults.lift()
    finish(program, fault_server, folder, kept)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EIO, IO_DEVICE),
        (errno.ENOSPC, DISK_FULL),
        (errno.EACCES, ACCESS_DENIED),
        (errno.EROFS, WRITE_PROTECT),
        (errno.EMFILE, TOO_MANY_OPEN),
        (errno.ENFILE, TOO_MANY_OPEN),
    ],
)
def test_failed_open(
    number: int,
    code: int,
    program: Program,
    faults: Faults,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
) -> None:
    """A temporary file that cannot be made is an error, and made after resume()."""
    url = fault_server.serve("/a", Resource(CONTENT))
    faults.fail("open", number, "*/BIT*.tmp")
    program(disk_program.open_store, store, **ONE)
    assert program(disk_program.begin, [(url, folder / "a")]) == 0
    expect_error(program(disk_program.wait_for, "ERROR"), code)
    faults.lift()
    finish(program, fault_server, folder)


@pytest.mark.parametrize(
    ("call", "how", "times"),
    [
        ("pwrite", SHORT, ALWAYS),
        ("pwrite", errno.EINTR, 3),
        ("fdatasync", errno.EINTR, 3),
        ("open", errno.EINTR, 3),
        ("ftruncate", errno.EINTR, 3),
    ],
)
def test_interrupted_call(
    call: str,
    how: int,
    times: int,
    program: Program,
    faults: Faults,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
) -> None:
    """A call that did part of its work, or none for a signal, is made again; nobody notices."""
    url = fault_server.serve("/a", Resource(CONTENT))
    faults.fail(call, how, "*/BIT*.tmp", times=times)
    program(disk_program.open_store, store, **ONE)
    program(disk_program.begin, [(url, folder / "a")])
    assert program(disk_program.wait_for, "TRANSFERRED", "ERROR").state == "TRANSFERRED"
    if call == "ftruncate":  # of what a body that was given up left behind the end
        (temporary,) = folder.glob("BIT*")
        with temporary.open("ab") as stream:
            stream.write(b"more")
    complete(program, folder)
    assert faults.hits()


def test_sync_fails_once(
    program: Program,
    faults: Faults,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """What a failed sync was for is fetched again, even though the next sync succeeds."""
    kept = run_to_half(program, fault_server, store, folder, release)
    faults.fail("fdatasync", errno.EIO, "*/BIT*.tmp", times=1)
    release.set()
    look = program(disk_program.wait_for, "ERROR")
    expect_error(look, IO_DEVICE)
    assert faults.hits() == 1
    assert look.filled == [kept]
    assert look.received > HALF
    finish(program, fault_server, folder, kept)


@pytest.mark.parametrize(
    ("call", "pattern"), [("rename", "*/a"), ("fsync", "*/files"), ("open", "*/BIT*.tmp")]
)
@pytest.mark.parametrize(("number", "code"), [(errno.EIO, IO_DEVICE), (errno.ENOSPC, DISK_FULL)])
def test_failed_complete(
    call: str,
    pattern: str,
    number: int,
    code: int,
    program: Program,
    faults: Faults,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
) -> None:
    """Complete says what fails and leaves the job whole; called again, it succeeds."""
    url = fault_server.serve("/a", Resource(CONTENT))
    program(disk_program.open_store, store, **ONE)
    program(disk_program.begin, [(url, folder / "a")])
    program(disk_program.wait_for, "TRANSFERRED")
    eventually(lambda: program(disk_program.stored, store) == [[(0, SIZE)]])  # the folder is synced
    faults.fail(call, number, pattern)
    assert program(disk_program.call, "complete") == code
    assert faults.hits()
    look = program(disk_program.look)
    assert (look.state, look.transferred) == ("TRANSFERRED", SIZE)
    faults.lift()
    complete(program, folder)
    assert len(fault_server.requests) == 1


@pytest.mark.parametrize(
    ("call", "state"), [("syncfs", "TRANSFERRED"), ("sync_file_range", "ERROR")]
)
def test_failed_sync_of_many(
    call: str,
    state: str,
    program: Program,
    faults: Faults,
    fault_server: FaultServer,
    store: Path,
    tmp_path: Path,
    release: threading.Event,
) -> None:
    """Where many files are synced at once, a failure counts for those it is of."""
    with small_disk(tmp_path / "small", "16m") as folder:
        names = [f"f{index}" for index in range(40)]
        behaviour = stall_after(KIB // 2, release)(Resource(Content(KIB)))
        files = [(fault_server.serve(f"/{name}", behaviour), folder / name) for name in names]
        program(disk_program.open_store, store, **ALL_AT_ONCE)
        program(disk_program.begin, files)
        halves = [[(0, KIB // 2)]] * len(names)
        eventually(lambda: program(disk_program.stored, store) == halves)
        with locked(store / "jobs.sqlite"):
            program(disk_program.describe, "x")  # the store's thread tries to write that, and waits
            faults.fail(call, errno.EIO, "*/BIT*.tmp", times=1)
            release.set()
            program(disk_program.wait_for_bytes, len(names) * KIB)
        eventually(faults.hits)
        assert program(disk_program.wait_for, state).transferred >= 39 * KIB
        assert faults.hits() == 1
        faults.lift()
        program(disk_program.call, "resume")
        program(disk_program.wait_for, "TRANSFERRED")
        assert program(disk_program.call, "complete") == 0
        assert {path.name for path in folder.iterdir()} == set(names)
        assert all(path.read_bytes() == Content(KIB)[:] for path in folder.iterdir())
        program(disk_program.close_store)


# The store.


@pytest.mark.parametrize(
    ("call", "number", "code"),
    [
        ("pwrite", errno.ENOSPC, DISK_FULL),
        ("pwrite", errno.EIO, IO_DEVICE),
        ("fdatasync", errno.EIO, IO_DEVICE),
    ],
)
def test_store_fails(
    call: str,
    number: int,
    code: int,
    program: Program,
    faults: Faults,
    fault_server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
) -> None:
    """While the store cannot be written a job goes on; Complete says why it waits for the store."""
    run_to_half(program, fault_server, store, folder, release)
    faults.fail(call, number, "*/jobs.sqlite*")
    release.set()
    program(disk_program.wait_for, "TRANSFERRED", "ERROR")
    assert program(disk_program.call, "complete") == code
    assert faults.hits()
    assert program(disk_program.look).state == "TRANSFERRED"
    assert not (folder / "a").exists()
    faults.lift()
    complete(program, folder)


@pytest.mark.parametrize("name", ["jobs.sqlite", "leases", "key"])
@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EIO, IO_DEVICE), (errno.ENOSPC, DISK_FULL), (errno.EMFILE, TOO_MANY_OPEN)],
)
def test_store_cannot_be_opened(
    name: str,
    number: int,
    code: int,
    program: Program,
    faults: Faults,
    store: Path,
) -> None:
    """A manager whose store cannot be opened is not made, with that reason; the next one is."""
    faults.fail("open", number, f"*/{name}")
    assert program(disk_program.open_store, store) == code
    assert faults.hits()
    faults.lift()
    assert program(disk_program.open_store, store) == 0
