# SPDX-License-Identifier: MIT
"""What programs fetch of a file of 1 GiB when they read a part of it through `open()`."""

from __future__ import annotations

import gc
import io
import os
import struct
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

import bitscb3
from bitscb3 import Manager
from bitscb3.testing import Content, Nginx, write_sparse
from support import KIB, MIB, PATIENCE, open_manager

GIB = 1 << 30
BUFFER = 64 * KIB  # of open()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """A manager, and a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with open_manager(tmp_path) as manager:
        yield manager


def sent(nginx: Nginx, path: str) -> int:
    """Bytes sent of a file, once everything that was asked for is logged."""
    urllib.request.urlopen(nginx.url("/mark")).close()
    nginx.wait_for_log(lambda log: any(record.path == "/mark" for record in log), PATIENCE)
    return nginx.bytes_sent(path)


def test_zip(www: Path, nginx: Nginx, manager: Manager) -> None:
    """The directory and one small member of a zip of 1 GiB cost a buffer for each place touched."""
    write_sparse(www / "mark", 0)
    small, last = Content(10 * KIB)[:], Content(100 * KIB, 1)[:]
    with (www / "a.zip").open("w+b") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("small", small)
        big = zipfile.ZipInfo("big")
        big.file_size = big.compress_size = GIB
        big.CRC = 0
        big.header_offset = file.tell()
        file.write(big.FileHeader())
        archive.start_dir = file.seek(GIB, 1)
        archive.filelist.append(big)
        archive.NameToInfo["big"] = big
        archive.writestr("last", last)
    with (
        bitscb3.open(nginx.url("/a.zip"), manager=manager, timeout=PATIENCE) as file,
        zipfile.ZipFile(file) as archive,
    ):
        assert archive.namelist() == ["small", "big", "last"]
        assert archive.read("small") == small
        after_one = sent(nginx, "/a.zip")
        assert archive.read("last") == last
    assert after_one <= BUFFER + KIB  # the end, and the first member
    assert sent(nginx, "/a.zip") <= after_one + len(last) + 2 * BUFFER


def test_tar(www: Path, nginx: Nginx, manager: Manager) -> None:
    """A tar of 1 GiB is listed by its heads alone, and one member is taken out of it."""
    write_sparse(www / "mark", 0)
    content = Content(100 * KIB)[:]
    with (www / "a.tar").open("wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        for number in range(8):
            big = tarfile.TarInfo(f"big{number}")
            big.size = GIB // 8
            archive.addfile(big)
            archive.offset = file.seek(big.size, 1)
        small = tarfile.TarInfo("small")
        small.size = len(content)
        archive.addfile(small, io.BytesIO(content))
    with (
        bitscb3.open(nginx.url("/a.tar"), manager=manager, timeout=PATIENCE) as file,
        tarfile.open(fileobj=file) as archive,
    ):
        assert archive.getnames() == [f"big{number}" for number in range(8)] + ["small"]
        listed = sent(nginx, "/a.tar")
        member = archive.extractfile("small")
        assert member is not None
        assert member.read() == content
    assert listed <= 9 * BUFFER + 20 * KIB  # nine heads, and the zeros at the end
    assert sent(nginx, "/a.tar") <= listed + len(content) + BUFFER


class SparseWriter:
    """A file for pyarrow to write to, in which large blocks, all of zeros, are left out."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        if len(data) > MIB:
            self._file.seek(len(data), os.SEEK_CUR)
        else:
            self._file.write(data)
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def parquet_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A file of 8 row groups: columns of 100 KB, then one of 128 MiB; and what is in a group."""
    pytest.importorskip("numpy")
    pyarrow = pytest.importorskip("pyarrow")
    import numpy
    from pyarrow import parquet

    rows = 12_500
    random = numpy.random.default_rng(7)
    columns = {f"c{number}": random.integers(0, 2**62, rows) for number in range(4)}
    width = GIB // 8 // rows
    zeros = pyarrow.py_buffer(bytes(width * rows))
    columns["pad"] = pyarrow.FixedSizeBinaryArray.from_buffers(
        pyarrow.binary(width), rows, [None, zeros]
    )
    group = pyarrow.table(columns)
    path = tmp_path_factory.mktemp("parquet") / "a.parquet"
    options = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    with path.open("wb") as file:
        writer = parquet.ParquetWriter(
            SparseWriter(file), group.schema, data_page_size=GIB, **options
        )
        with writer:
            for _ in range(8):
                writer.write_table(group)
    return path, group


def test_parquet(www: Path, nginx: Nginx, manager: Manager, parquet_file: tuple[Path, Any]) -> None:
    """One column of one row group of a Parquet file costs itself, the footer and a buffer or two."""
    from pyarrow import parquet

    path, group = parquet_file
    write_sparse(www / "mark", 0)
    (www / "a.parquet").symlink_to(path)
    with bitscb3.open(nginx.url("/a.parquet"), manager=manager, timeout=PATIENCE) as file:
        table = parquet.ParquetFile(file)
        assert table.num_row_groups == 8
        found = table.read_row_group(5, columns=["c2"])
        assert found.column("c2").equals(group.column("c2"))
    assert sent(nginx, "/a.parquet") <= 100_000 + 2 * BUFFER


def test_parquet_through_fsspec(
    www: Path,
    nginx: Nginx,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    parquet_file: tuple[Path, Any],
) -> None:
    """Through the file system for fsspec pyarrow reads with as few bytes, also as a dataset."""
    pytest.importorskip("fsspec")
    from pyarrow import parquet

    from bitscb3.integrations.fsspec import BitsFileSystem

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path, group = parquet_file
    write_sparse(www / "mark", 0)
    (www / "a.parquet").symlink_to(path)
    fs = BitsFileSystem(store=str(tmp_path / "store"), timeout=PATIENCE, skip_instance_cache=True)
    url = nginx.url("/a.parquet")
    with fs.open(url) as file:
        found = parquet.ParquetFile(file).read_row_group(5, columns=["c2"])
    assert found.column("c2").equals(group.column("c2"))
    first = sent(nginx, "/a.parquet")
    dataset = parquet.ParquetDataset(url, filesystem=fs)
    assert dataset.fragments[0].num_row_groups == 8
    assert first <= 100_000 + 2 * BUFFER
    assert sent(nginx, "/a.parquet") == first  # the footer was here
    fs.close()
    del file, dataset
    gc.collect()  # or the manager lives on


def write_tiff(path: Path) -> None:
    """A grey TIFF of 32,768 by 32,768 pixels whose directory is at its end."""
    side = 1 << 15
    entries = [  # tag, type (3: 16 bit, 4: 32 bit), value
        (256, 4, side),
        (257, 4, side),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, side),
        (279, 4, side * side),
    ]
    with path.open("wb") as file:
        file.write(struct.pack("<2sHI", b"II", 42, 8 + side * side))
        file.seek(8 + side * side)
        file.write(struct.pack("<H", len(entries)))
        for tag, kind, value in entries:
            file.write(struct.pack("<HHII", tag, kind, 1, value))
        file.write(struct.pack("<I", 0))


def test_picture(
    www: Path, nginx: Nginx, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow tells the size of a TIFF of 1 GiB from its head and its directory."""
    image = pytest.importorskip("PIL.Image")
    monkeypatch.setattr(image, "MAX_IMAGE_PIXELS", None)
    write_sparse(www / "mark", 0)
    write_tiff(www / "a.tiff")
    with (
        bitscb3.open(nginx.url("/a.tiff"), manager=manager, timeout=PATIENCE) as file,
        image.open(file) as picture,
    ):
        assert picture.format == "TIFF"
        assert picture.size == (1 << 15, 1 << 15)
    assert sent(nginx, "/a.tiff") <= BUFFER + KIB


def test_copying_a_part(www: Path, nginx: Nginx, manager: Manager) -> None:
    """Reading 3 MiB in the middle in one call fetches them, rounded to the buffer, at once."""
    write_sparse(www / "mark", 0)
    write_sparse(www / "a", GIB)
    with bitscb3.open(nginx.url("/a"), manager=manager, timeout=PATIENCE) as file:
        file.seek(GIB // 2)
        assert file.read(3 * MIB + 100) == bytes(3 * MIB + 100)
    assert sent(nginx, "/a") <= 3 * MIB + BUFFER + KIB
