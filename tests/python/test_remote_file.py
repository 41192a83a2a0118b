# SPDX-License-Identifier: MIT
"""The file object that `open()` gives: what io promises, and what it asks the server for."""

from __future__ import annotations

import io
import os
import random
import shutil
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bitscb3
from bitscb3 import InvalidStateError, Manager, RemoteFile
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    stall_after,
    write_file,
    write_sparse,
)
from support import KIB, MIB, PATIENCE, eventually, open_manager

SIZE = MIB + 12_345


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """A manager, and a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with open_manager(tmp_path) as manager:
        yield manager


def open_content(
    server: FaultServer, manager: Manager, size: int = SIZE, **options: int
) -> RemoteFile:
    """A file of known content."""
    url = server.serve("/a", Resource(Content(size)))
    return bitscb3.open(url, manager=manager, timeout=PATIENCE, **options)


@pytest.mark.parametrize("seed", range(4))
def test_like_a_file_on_disk(fault_server: FaultServer, manager: Manager, seed: int) -> None:
    """Any sequence of seeks and reads gives what a file on disk gives."""
    chance = random.Random(seed)
    disk = io.BufferedReader(io.BytesIO(Content(SIZE)[:]))
    with open_content(fault_server, manager, buffer_size=4 * KIB, read_ahead=64 * KIB) as file:
        for _ in range(150):
            length = chance.choice([0, 1, 100, 5000, 70_000])
            match chance.randrange(7):
                case 0:
                    place = chance.randrange(SIZE + 1000)
                    assert file.seek(place) == disk.seek(place)
                case 1:
                    assert file.seek(-length, os.SEEK_END) == disk.seek(-length, os.SEEK_END)
                case 2:
                    assert file.seek(length, os.SEEK_CUR) == disk.seek(length, os.SEEK_CUR)
                case 3:
                    ours, theirs = bytearray(length), bytearray(length)
                    assert file.readinto(ours) == disk.readinto(theirs)
                    assert ours == theirs
                case 4:
                    assert file.readline() == disk.readline()
                case 5:
                    assert file.peek(1)[:1] == disk.peek(1)[:1]
                case _:
                    assert file.read(length) == disk.read(length)
            assert file.tell() == disk.tell()
        file.seek(SIZE // 2)
        disk.seek(SIZE // 2)
        assert file.read() == disk.read()
        assert file.read() == b""
        assert file.read1() == b""
        file.seek(SIZE + 5)
        assert file.read(1) == file.read(100_000) == file.read() == b""


def test_what_io_asks_for(fault_server: FaultServer, manager: Manager) -> None:
    """It is a buffered binary reader by type and by what it says of itself."""
    with open_content(fault_server, manager, 10) as file:
        assert isinstance(file, io.BufferedIOBase)
        assert (file.mode, file.size, file.closed) == ("rb", 10, False)
        assert file.name == file.file.shown_name
        assert file.readable()
        assert file.seekable()
        assert not file.writable()
        assert not file.isatty()
        with pytest.raises(OSError, match="fileno"):
            file.fileno()
        with pytest.raises(OSError, match="write"):
            file.write(b"")  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match="negative"):
            file.seek(-1)
        for place, whence in ((-20, os.SEEK_END), (-1, os.SEEK_CUR)):
            with pytest.raises(OSError, match="not in a file"):
                file.seek(place, whence)
        with pytest.raises(zipfile.BadZipFile):  # which looks for a directory in front of the file
            zipfile.ZipFile(file)
    assert file.closed
    with pytest.raises(ValueError, match="closed"):
        file.read(1)
    with pytest.raises(ValueError, match="closed"):
        file.read_at(0, 1)
    file.close()


def test_opening_takes_one_request(www: Path, nginx: Nginx, manager: Manager) -> None:
    """Opening a file costs one request for one byte."""
    write_file(www / "a", SIZE)
    with bitscb3.open(nginx.url("/a"), manager=manager, timeout=PATIENCE) as file:
        assert file.size == SIZE
        [record] = nginx.wait_for_log(lambda log: len(log) >= 1)
        assert (record.status, record.bytes_sent) == (206, 1)


def test_a_long_read_takes_one_request(www: Path, nginx: Nginx, manager: Manager) -> None:
    """A read longer than the buffer is asked for at once, also one to the end."""
    content = write_file(www / "a", 4 * MIB)
    with bitscb3.open(nginx.url("/a"), manager=manager, timeout=PATIENCE) as file:
        file.seek(MIB)
        assert file.read(500_000) == content[MIB : MIB + 500_000]
        file.seek(3 * MIB)
        assert file.read() == content[3 * MIB :]
    log = nginx.wait_for_log(lambda log: len(log) >= 3)
    asked = [record.range for record in log[1:]]
    end = MIB + 8 * 64 * KIB - 1  # rounded up to the buffer
    assert asked == [f"bytes={MIB}-{end}", f"bytes={3 * MIB}-{4 * MIB - 1}"]


def test_reading_through(www: Path, nginx: Nginx, manager: Manager) -> None:
    """Reads in a row are fetched ahead, in few and growing requests, and each byte once."""
    content = write_file(www / "a", 16 * MIB)
    with bitscb3.open(nginx.url("/a"), manager=manager, timeout=PATIENCE) as file:
        into = io.BytesIO()
        shutil.copyfileobj(file, into)
        assert into.getvalue() == content[:]
    log = nginx.wait_for_log(lambda log: sum(record.bytes_sent for record in log) >= 16 * MIB)
    assert sum(record.bytes_sent for record in log) <= 16 * MIB + 1
    assert len(log) <= 40


def test_scattered_reads_fetch_nothing_ahead(www: Path, nginx: Nginx, manager: Manager) -> None:
    """Reads that do not follow each other fetch the buffers they touch and no more."""
    write_sparse(www / "a", 64 * MIB)
    with bitscb3.open(nginx.url("/a"), manager=manager, timeout=PATIENCE) as file:
        for place in (50, 3, 40, 20):
            file.seek(place * MIB)
            file.read(100)
            file.seek(place * MIB + 512 * KIB)
            file.read(100_000)
    log = nginx.wait_for_log(lambda log: len(log) >= 9)
    assert sum(record.bytes_sent for record in log) <= 4 * (64 + 128) * KIB + 1


def test_text(www: Path, nginx: Nginx, manager: Manager) -> None:
    """A TextIOWrapper around it reads lines."""
    lines = [f"Zeile {number} · grün\n" for number in range(20_000)]
    (www / "a").write_text("".join(lines), encoding="utf-8")
    with (
        bitscb3.open(nginx.url("/a"), manager=manager, timeout=PATIENCE) as file,
        io.TextIOWrapper(file, encoding="utf-8") as text,
    ):
        assert list(text) == lines


def test_threads_share_a_file(fault_server: FaultServer, manager: Manager) -> None:
    """read_at() from many threads gives each its bytes, and leaves the position alone."""
    content = Content(SIZE)
    with open_content(fault_server, manager) as file, ThreadPoolExecutor(8) as pool:
        file.seek(77)
        places = [number * 9_999 for number in range(100)]
        found = pool.map(lambda place: file.read_at(place, 500), places)
        assert list(found) == [content[place : place + 500] for place in places]
        assert file.tell() == 77
        taken = list(pool.map(lambda _: file.read(10), range(100)))
        assert sorted(taken) == sorted(content[77 + 10 * n : 87 + 10 * n] for n in range(100))


def test_closing_after_the_manager(fault_server: FaultServer, manager: Manager) -> None:
    """close() does its part also once the manager is closed."""
    file = open_content(fault_server, manager)
    file.read(10)
    file.read(200_000)
    manager.close()
    file.close()
    assert file.closed


def test_dropped(fault_server: FaultServer, manager: Manager, tmp_path: Path) -> None:
    """A file that is dropped unclosed warns, and leaves neither a job nor bytes."""
    file = open_content(fault_server, manager)
    file.read(10)
    with pytest.warns(ResourceWarning, match="unclosed <RemoteFile"):
        del file
    eventually(lambda: not manager.jobs())
    eventually(lambda: not [one for one in (tmp_path / "cache").rglob("*") if one.is_file()])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_dropped_by_a_child(fault_server: FaultServer, manager: Manager) -> None:
    """A forked child that drops the file does nothing to its parent's."""
    with open_content(fault_server, manager) as file:
        file.read(10)
        child = os.fork()
        if child == 0:
            file.__del__()
            os._exit(0 if file.closed else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        file.seek(MIB)
        assert file.read(10) == Content(SIZE)[MIB : MIB + 10]


def test_closed_while_another_thread_reads(fault_server: FaultServer, manager: Manager) -> None:
    """close() ends the job, and with it what other threads wait for."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(5, release))
    file = bitscb3.open(url, manager=manager, timeout=PATIENCE)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(file.read_at, 0, SIZE)
        fault_server.wait_for(lambda requests: any(one.stalled for one in requests))
        file.close()
        assert isinstance(reading.exception(PATIENCE), InvalidStateError)
    release.set()
    assert not manager.jobs()
