# SPDX-License-Identifier: MIT
"""open(): a file on a server as a file object, its cache, and its end."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import bitscb3
from bitscb3 import InvalidStateError, JobState, Manager, RemoteFile, TransferError
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    ignore_range,
    no_validators,
    stall_after,
    status,
    write_file,
)
from support import KIB, MIB, PATIENCE, eventually, open_manager

SIZE = 4 * MIB


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """A manager with a store of its own; the user's cache folder is in `tmp_path` too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with open_manager(tmp_path) as opened:
        yield opened


def sent(nginx: Nginx, path: str, least: int) -> int:
    """How many bytes nginx sent of a file, once it logged `least`."""
    log = nginx.wait_for_log(
        lambda log: sum(record.bytes_sent for record in log if record.path == path) >= least
    )
    return sum(record.bytes_sent for record in log if record.path == path)


def test_reading_here_and_there(www: Path, nginx: Nginx, manager: Manager) -> None:
    """It reads like a local file, and only what is read is fetched."""
    content = write_file(www / "a", SIZE)
    with bitscb3.open(nginx.url("/a?key=secret"), manager=manager) as file:
        assert (file.size, file.mode, file.readable(), file.seekable(), file.writable()) == (
            *(SIZE, "rb", True, True),
            False,
        )
        assert file.name == nginx.url("/a")
        assert "secret" not in repr(file)
        assert file.seek(-100, io.SEEK_END) == SIZE - 100
        assert file.read() == content[SIZE - 100 :]
        assert file.seek(MIB) == MIB
        assert file.read(10) == content[MIB : MIB + 10]
        assert file.seek(5, io.SEEK_CUR) == MIB + 15
        assert file.tell() == MIB + 15
        assert file.read1(5) == content[MIB + 15 : MIB + 20]
        assert file.seek(SIZE + 10) == SIZE + 10
        assert file.read(1) == b""
        assert file.headers["Content-Range"]
    assert sent(nginx, "/a", 64 * KIB) < 256 * KIB


def test_reading_in_a_row(fault_server: FaultServer, manager: Manager) -> None:
    """Reads that follow each other are fetched ahead, in few requests."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content))
    with bitscb3.open(url, manager=manager) as file:
        pieces = list(iter(lambda: file.read(10_000), b""))
    assert b"".join(pieces) == content[:]
    assert len(fault_server.requests) < 20


def test_reading_lines_of_text(www: Path, nginx: Nginx, manager: Manager) -> None:
    """io.TextIOWrapper makes a text file of it, and lines of bytes come without it."""
    (www / "t").write_text("".join(f"line {n}\n" for n in range(20_000)))
    with bitscb3.open(nginx.url("/t"), manager=manager) as file:
        assert sum(line.startswith(b"line") for line in file) == 20_000
        file.seek(0)
        assert next(iter(io.TextIOWrapper(file))) == "line 0\n"


def test_what_is_ahead_is_given_up(fault_server: FaultServer, manager: Manager) -> None:
    """After a jump what was asked for ahead is not fetched any more."""
    content = Content(64 * MIB)
    release = threading.Event()
    url = fault_server.serve("/a", Resource(content), stall_after(8 * MIB, release))
    with bitscb3.open(url, read_ahead=32 * MIB, manager=manager) as file:
        while file.tell() < 6 * MIB:
            file.read(MIB)
        file.seek(60 * MIB)
        assert file.read(10) == content[60 * MIB : 60 * MIB + 10]
        release.set()
        assert file.job.wait(PATIENCE) is JobState.SUSPENDED
        assert file.file.progress.bytes_transferred < 40 * MIB


def test_many_threads(www: Path, nginx: Nginx, manager: Manager) -> None:
    """read_at() needs no turn: threads read at many places at once."""
    content = write_file(www / "a", SIZE)
    with bitscb3.open(nginx.url("/a"), manager=manager) as file, ThreadPoolExecutor(8) as pool:
        places = range(0, SIZE, 37_777)
        found = pool.map(lambda at: file.read_at(at, 1000), places)
        assert list(found) == [content[at : at + 1000] for at in places]
        assert file.tell() == 0


def test_nothing_is_left(www: Path, nginx: Nginx, manager: Manager, tmp_path: Path) -> None:
    """Closing deletes what was fetched and ends the job."""
    write_file(www / "a", SIZE)
    file = bitscb3.open(nginx.url("/a"), manager=manager)
    file.read(100)
    (held,) = (tmp_path / "cache/bitscb3").iterdir()
    assert held.stat().st_mode & 0o777 == 0o600
    file.close()
    file.close()
    assert file.closed
    assert list((tmp_path / "cache/bitscb3").iterdir()) == []
    assert manager.jobs() == []
    for act in (file.read, lambda: file.read_at(0, 1), file.__enter__, lambda: file.seek(0)):
        with pytest.raises(ValueError, match="closed"):
            act()
    assert "closed" in repr(file)


def test_dropped(www: Path, nginx: Nginx, manager: Manager) -> None:
    """A file that is dropped is closed with a ResourceWarning."""
    write_file(www / "a", SIZE)
    file = bitscb3.open(nginx.url("/a"), manager=manager)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del file
        gc.collect()
    assert [one.category for one in caught] == [ResourceWarning]
    eventually(lambda: manager.jobs() == [])


@pytest.mark.parametrize("least", ["", "file.read(10)"])
def test_never_closed(
    least: str, www: Path, nginx: Nginx, manager: Manager, tmp_path: Path
) -> None:
    """A program that ends with a file open ends its job, also where it read nothing of it."""
    write_file(www / "a", SIZE)
    code = (
        "import sys, bitscb3\n"
        "manager = bitscb3.Manager('engine', sys.argv[2])\n"
        f"file = bitscb3.open(sys.argv[1], manager=manager)\n{least}"
    )
    store = tmp_path / "left"
    subprocess.run(
        [sys.executable, "-c", code, nginx.url("/a"), str(store)], timeout=PATIENCE, check=True
    )
    assert list((tmp_path / "cache/bitscb3").iterdir()) == []
    with Manager("engine", store) as other:
        assert other.jobs() == []


def test_its_raw_file_cannot_be_taken_out(www: Path, nginx: Nginx, manager: Manager) -> None:
    """Without the file around it nobody would end the job."""
    write_file(www / "a", SIZE)
    with bitscb3.open(nginx.url("/a"), manager=manager) as file:
        with pytest.raises(io.UnsupportedOperation):
            file.detach()
        assert len(file.read(10)) == 10


def test_cannot_be_opened(www: Path, nginx: Nginx, manager: Manager) -> None:
    """What cannot be had is told at once, and leaves nothing behind."""
    with pytest.raises(TransferError, match="404"):
        bitscb3.open(nginx.url("/nowhere"), manager=manager)
    assert manager.jobs() == []


def test_empty(www: Path, nginx: Nginx, manager: Manager) -> None:
    """An empty file can be opened and has no byte."""
    (www / "e").touch()
    with bitscb3.open(nginx.url("/e"), manager=manager) as file:
        assert (file.size, file.read(), file.read_at(0)) == (0, b"", b"")


def test_server_without_ranges(fault_server: FaultServer, manager: Manager) -> None:
    """From a server without ranges the whole file is fetched, once."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), ignore_range())
    with bitscb3.open(url, manager=manager) as file:
        file.seek(-10, io.SEEK_END)
        assert file.read() == content[SIZE - 10 :]
        assert file.read_at(5, 5) == content[5:10]
    assert manager.jobs() == []


def test_local_file(tmp_path: Path, manager: Manager) -> None:
    """A file:// URL can be opened too."""
    content = write_file(tmp_path / "a", SIZE)
    with bitscb3.open((tmp_path / "a").as_uri(), manager=manager) as file:
        file.seek(MIB)
        assert file.read(10) == content[MIB : MIB + 10]


def test_time_out(fault_server: FaultServer, manager: Manager) -> None:
    """A read that takes longer than the timeout raises TimeoutError; a later one may succeed."""
    content = Content(SIZE)
    release = threading.Event()
    url = fault_server.serve("/a", Resource(content), stall_after(10_000, release))
    with bitscb3.open(url, timeout=0.3, manager=manager) as file:
        with pytest.raises(TimeoutError):
            file.read(20_000)
        release.set()
        eventually(lambda: file.file.progress.bytes_transferred > 20_000)
        file.seek(0)
        assert file.read(20_000) == content[:20_000]


def test_manager_closed(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Once the manager is closed reads fail, and the file can still be closed."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        file = bitscb3.open(nginx.url("/a"), cache=tmp_path / "c", manager=manager)
    with pytest.raises((InvalidStateError, TransferError)):
        file.read(10)
    file.close()


# -- the cache ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a cache is to be; it does not exist yet."""
    return tmp_path / "kept" / "here"


def test_kept(www: Path, nginx: Nginx, tmp_path: Path, folder: Path) -> None:
    """With a cache what was fetched is there for the next open(), in another process too."""
    content = write_file(www / "a", SIZE)
    url = nginx.url("/a")
    with (
        open_manager(tmp_path) as manager,
        bitscb3.open(url, cache=folder, manager=manager) as file,
    ):
        assert file.read(MIB) == content[:MIB]
    before = sent(nginx, "/a", MIB)
    with (
        open_manager(tmp_path) as manager,
        bitscb3.open(url, cache=folder, manager=manager) as file,
    ):
        assert file.read(MIB) == content[:MIB]
        assert file.read_at(2 * MIB, 100) == content[2 * MIB : 2 * MIB + 100]
        assert len(manager.jobs()) == 1
    assert sent(nginx, "/a", before + 101) == before + 101  # one byte asks for the version


@pytest.mark.parametrize("much", [MIB, SIZE])
def test_changed_on_the_server(
    much: int, fault_server: FaultServer, manager: Manager, folder: Path
) -> None:
    """Of a file that changed on the server nothing old is read, however much was here."""
    url = fault_server.serve("/a", Resource(Content(SIZE, seed=1)))
    with bitscb3.open(url, cache=folder, manager=manager) as file:
        file.read(much)
    new = Content(SIZE, seed=2)
    fault_server.serve("/a", Resource(new))
    with bitscb3.open(url, cache=folder, manager=manager) as file:
        assert file.read() == new[:]
    assert len(manager.jobs()) == 1
    assert len(list(folder.iterdir())) == 1


def test_without_asking(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """With revalidate=False a file that is here is read without a server."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content))
    with bitscb3.open(url, cache=folder, manager=manager) as file:
        file.read()
    fault_server.serve("/a", status(404))
    before = len(fault_server.requests)
    with bitscb3.open(url, cache=folder, revalidate=False, manager=manager) as file:
        assert file.read() == content[:]
    assert len(fault_server.requests) == before
    with pytest.raises(TransferError, match="404"):
        bitscb3.open(url, cache=folder, manager=manager)


def test_nothing_tells_the_version(
    fault_server: FaultServer, manager: Manager, folder: Path
) -> None:
    """What has neither ETag nor Last-Modified is fetched anew by the next open()."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), no_validators())
    for _ in range(2):
        with bitscb3.open(url, cache=folder, manager=manager) as file:
            assert file.read(100) == content[:100]
    assert len(manager.jobs()) == 1


def test_a_newer_version_while_it_is_read(
    fault_server: FaultServer, manager: Manager, folder: Path
) -> None:
    """Who reads an older version from the cache goes on; the next open() fetches for itself."""
    old, new = Content(SIZE, seed=1), Content(SIZE, seed=2)
    url = fault_server.serve("/a", Resource(old))
    with bitscb3.open(url, cache=folder, manager=manager) as first:
        assert first.read() == old[:]
        fault_server.serve("/a", Resource(new))
        with bitscb3.open(url, cache=folder, manager=manager) as second:
            assert second.read(10) == new[:10]
        assert first.read_at(MIB, 10) == old[MIB : MIB + 10]
    with bitscb3.open(url, cache=folder, manager=manager) as third:
        assert third.read(10) == new[:10]
    assert len(manager.jobs()) == 1


def test_threads_open_one_file(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """Threads that open the same URL with a cache at the same time share one job."""
    content = write_file(www / "a", SIZE)

    def read(offset: int) -> bytes:
        with bitscb3.open(nginx.url("/a"), cache=folder, manager=manager) as file:
            return file.read_at(offset, 10)

    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(read, range(8)))
        assert found == [content[offset : offset + 10] for offset in range(8)]
        (job,) = manager.jobs()
        job.cancel()


def test_cache_in_use(www: Path, nginx: Nginx, tmp_path: Path, folder: Path) -> None:
    """What another process has open is left to it: this one fetches for itself."""
    content = write_file(www / "a", SIZE)
    url = nginx.url("/a")
    with open_manager(tmp_path) as theirs, open_manager(tmp_path) as ours:
        first = bitscb3.open(url, cache=folder, manager=theirs)
        second = bitscb3.open(url, cache=folder, manager=ours)
        assert first.read(100) == second.read(100) == content[:100]
        second.close()
        assert first.read_at(MIB, 10) == content[MIB : MIB + 10]
        first.close()
        assert len(ours.jobs()) == 1


def test_opened_twice(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """Two files of one cached URL share what is here; closing one leaves the other alone."""
    content = write_file(www / "a", SIZE)
    with bitscb3.open(nginx.url("/a"), cache=folder, manager=manager) as first:
        with bitscb3.open(nginx.url("/a"), cache=folder, manager=manager) as second:
            assert second.read(10) == content[:10]
            assert second.job is first.job
        assert first.read_at(MIB, 10) == content[MIB : MIB + 10]


def test_users_cache(www: Path, nginx: Nginx, manager: Manager, tmp_path: Path) -> None:
    """cache=True keeps it in the user's cache folder, where only the user can read it."""
    write_file(www / "a", SIZE)
    with bitscb3.open(nginx.url("/a"), cache=True, manager=manager) as file:
        file.read(10)
    assert len(list((tmp_path / "cache/bitscb3").iterdir())) == 1
    assert (tmp_path / "cache/bitscb3").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"mode": "r"}, ValueError),
        ({"mode": "wb"}, ValueError),
        ({"read_ahead": -1}, ValueError),
        ({"buffer_size": 0}, ValueError),
        ({"timeout": -1}, ValueError),
        ({"cache": 7}, TypeError),
        ({"url": "ftp://host/a"}, ValueError),
    ],
)
def test_wrong_use(options: dict[str, Any], error: type[Exception], manager: Manager) -> None:
    """What cannot be is refused before anything is sent."""
    with pytest.raises(error):
        bitscb3.open(**{"url": "https://127.0.0.1/a", "manager": manager, **options})
    assert manager.jobs() == []


def test_from_a_job(www: Path, nginx: Nginx, manager: Manager, tmp_path: Path) -> None:
    """File.open() gives the same kind of file; closing it leaves the job alone."""
    content = write_file(www / "a", SIZE)
    job = manager.create_job("mine", on_demand=True)
    with job.add_file(nginx.url("/a"), tmp_path / "a").open(read_ahead=MIB) as file:
        assert isinstance(file, RemoteFile)
        assert file.read(10) == content[:10]
    assert job.wait(PATIENCE) is JobState.SUSPENDED
