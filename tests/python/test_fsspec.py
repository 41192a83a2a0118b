# SPDX-License-Identifier: MIT
"""The file system for fsspec: bits+http and bits+https."""

from __future__ import annotations

import asyncio
import errno
import gc
import io
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fsspec")

import fsspec
from fsspec.callbacks import Callback

from bitscb3 import JobState, Manager
from bitscb3.integrations import fsspec as ours
from bitscb3.integrations.fsspec import BitsFileSystem
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    chunked,
    ignore_range,
    no_content_length,
    no_validators,
    stall_after,
    status,
    write_file,
)
from support import KIB, MIB, PATIENCE, eventually

SIZE = 4 * MIB
ROOT = Path(__file__).parents[2]


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Storage options: a store of its own, and a time-out."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in BitsFileSystem.protocol:
        fsspec.register_implementation(name, BitsFileSystem, clobber=True)
    return {"store": str(tmp_path / "store"), "timeout": PATIENCE}


@pytest.fixture
def fs(options: dict[str, Any]) -> Iterator[BitsFileSystem]:
    """The file system."""
    fs = BitsFileSystem(**options)
    yield fs
    fs.close()
    BitsFileSystem.clear_instance_cache()
    del fs
    gc.collect()  # fsspec's file systems are cycles; the manager lives as long as one of them


def jobs_of(options: dict[str, Any]) -> list[str]:
    """The names of the jobs in the store, once no other manager runs one."""
    with Manager("engine", options["store"]) as manager:
        return [job.name for job in manager.jobs()]


def test_entry_points() -> None:
    """The package tells fsspec of its two protocols."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    part = text[text.index('[project.entry-points."fsspec.specs"]') :].split("\n\n")[0]
    for name in BitsFileSystem.protocol:
        assert f'"{name}" = "{ours.__name__}:BitsFileSystem"' in part


def test_open_by_url(www: Path, nginx: Nginx, fs: BitsFileSystem, options: dict[str, Any]) -> None:
    """fsspec.open() of a bits+http URL gives a file of which only what is read is fetched."""
    content = write_file(www / "a", SIZE)
    with fsspec.open(f"bits+{nginx.url('/a')}", "rb", **options) as file:
        assert file.fs is fs
        file.seek(2 * MIB)
        assert file.read(1000) == content[2 * MIB : 2 * MIB + 1000]
        assert (file.size, file.mode, file.path) == (SIZE, "rb", nginx.url("/a"))
        assert file.readable()
        assert file.seekable()
        assert not file.writable()
        assert file.details["ETag"] == fs.info(nginx.url("/a"))["ETag"]
        assert file.full_name == f"bits+{nginx.url('/a')}"
    assert nginx.bytes_sent("/a") < 100 * KIB


def test_text_and_compression(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """Text and compressed files are read as with any file system."""
    import gzip

    (www / "a.txt.gz").write_bytes(gzip.compress("grün\nblau\n".encode()))
    url = nginx.url("/a.txt.gz")
    with fs.open(url, "rt", compression="infer", encoding="utf-8") as file:
        assert file.readlines() == ["grün\n", "blau\n"]


def test_urls_stay_as_they_are(fs: BitsFileSystem) -> None:
    """A URL keeps its query, its slash and its scheme on the way into fsspec and out of it."""
    for url in ("https://h/p?q=a/b&c=*", "http://h:1/d/", "https://h"):
        assert fs._strip_protocol(f"bits+{url}") == fs._strip_protocol(url) == url
        assert fs.unstrip_protocol(url) == f"bits+{url}"
    assert fs._parent("bits+https://h/d/f") == "https://h/d"
    assert fs._parent("https://h/d/") == "https://h"
    assert fs._parent("https://h") == ""


def test_queries(fault_server: FaultServer, fs: BitsFileSystem, tmp_path: Path) -> None:
    """The query of a URL is sent, and is no pattern."""
    url = fault_server.serve("/a", Resource(Content(100))) + "?key=1"
    assert fs.cat(url) == Content(100)[:]
    assert fs.glob(url) == [url]
    assert fs.find(url) == [url]
    fs.get(url, str(tmp_path / "b"))
    assert (tmp_path / "b").read_bytes() == Content(100)[:]
    fs.get(url, str(tmp_path))
    assert (tmp_path / "a").read_bytes() == Content(100)[:]


def test_cat_file(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """cat_file() takes start and end as a slice does: missing, negative, behind the end."""
    content = write_file(www / "a", SIZE)[:]
    url = nginx.url("/a")
    for start, end in ((10, 20), (-10, None), (None, 7), (-20, -5), (SIZE - 3, SIZE + 9)):
        assert fs.cat_file(url, start, end) == content[start:end]
    assert fs.cat_file(url, 5, 5) == fs.cat_file(url, SIZE, None) == b""
    assert fs.read_block(url, 100, 50) == content[100:150]
    assert fs.head(url, 4) == content[:4]
    assert fs.tail(url, 4) == content[-4:]
    assert fs.cat_file(url) == content


def test_whole_files_take_one_request_each(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """cat() of whole files makes one request for each, and none for one that is here."""
    contents = {
        nginx.url(f"/{seed}"): write_file(www / f"{seed}", 1000, seed)[:] for seed in range(20)
    }
    assert fs.cat(list(contents)) == contents
    assert fs.cat(list(contents)) == contents
    assert len(nginx.wait_for_log(lambda log: len(log) >= 20)) == 20


def test_cat_ranges(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """cat_ranges() of two files asks each for its ranges at once, and fetches nothing else."""
    content = write_file(www / "a", SIZE)[:]
    other = write_file(www / "b", SIZE, 1)[:]
    starts = [offset * 10_000 for offset in range(200)]
    ends = [start + 100 for start in starts]
    paths = [nginx.url("/a")] * 200 + [nginx.url("/b")] * 200
    found = fs.cat_ranges(paths, starts * 2, ends * 2)
    for whole, part in ((content, found[:200]), (other, found[200:])):
        assert part == [whole[start:end] for start, end in zip(starts, ends, strict=True)]
    assert nginx.bytes_sent("/a") <= 200 * 100 + 200 * 200  # some headers of parts
    requests = [record for record in nginx.log() if record.path == "/a"]
    assert len(requests) < 40


def test_cat_ranges_with_gaps(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """Ranges no further apart than max_gap come in one piece, with what is between."""
    content = write_file(www / "a", SIZE)[:]
    starts = [0, 200, 400, 3 * MIB]
    found = fs.cat_ranges([nginx.url("/a")] * 4, starts, [s + 100 for s in starts], max_gap=100)
    assert found == [content[start : start + 100] for start in starts]
    asked = {record.range for record in nginx.wait_for_log(lambda log: len(log) >= 3)}
    assert "bytes=0-499" in asked


def test_errors_of_cat_ranges(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """What goes wrong with one file stands in the place of its ranges, or is raised."""
    content = write_file(www / "a", 1000)[:]
    paths = [nginx.url("/a"), nginx.url("/none")]
    good, bad = fs.cat_ranges(paths, 0, 10)
    assert good == content[:10]
    assert isinstance(bad, FileNotFoundError)
    with pytest.raises(FileNotFoundError):
        fs.cat_ranges(paths, 0, 10, on_error="raise")
    with pytest.raises(ValueError, match="2 paths have 1 starts"):
        fs.cat_ranges(paths, [0], [1])
    assert fs.cat_ranges([nginx.url("/a")] * 2, [990, 2000], [3000, 3000]) == [content[990:], b""]


def test_ranges_as_they_land(fault_server: FaultServer, fs: BitsFileSystem) -> None:
    """cat_ranges_as_completed() gives a range that is here while another one is on its way."""
    release = threading.Event()
    quick, slow = Content(SIZE), Content(SIZE, 1)
    paths = [
        fault_server.serve("/slow", Resource(slow), stall_after(5, release)),
        fault_server.serve("/quick", Resource(quick)),
    ]
    found = fs.cat_ranges_as_completed(paths * 2, [0, 0, 10, 10], [10, 10, 20, 20])
    early = dict([next(found), next(found)])
    assert early == {1: quick[:10], 3: quick[10:20]}
    release.set()
    assert dict(found) == {0: slow[:10], 2: slow[10:20]}


def test_leaving_early(fault_server: FaultServer, fs: BitsFileSystem) -> None:
    """A loop over ranges that is left early withdraws the rest."""
    release = threading.Event()
    url = fault_server.serve("/slow", Resource(Content(SIZE)), stall_after(KIB, release))
    fast = fault_server.serve("/fast", Resource(Content(SIZE)))
    for _ in fs.cat_ranges_as_completed([fast, url], [0, 0], [10, SIZE]):
        break
    release.set()
    assert fs.cat_file(fast, 0, 5) == Content(SIZE)[:5]


def test_info(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """info() tells size, validators and time, by one request for one byte and no HEAD."""
    write_file(www / "a.bin", SIZE)
    os.utime(www / "a.bin", (1_700_000_000, 1_700_000_000))
    url = nginx.url("/a.bin")
    info = fs.info(f"bits+{url}")
    assert (info["name"], info["size"], info["type"]) == (url, SIZE, "file")
    assert info["mtime"] == 1_700_000_000
    assert info["ETag"]
    assert info["mimetype"] == "application/octet-stream"
    assert fs.size(url) == SIZE
    assert fs.exists(url)
    assert fs.isfile(url)
    [record] = nginx.wait_for_log(lambda log: len(log) >= 1)
    assert (record.method, record.bytes_sent) == ("GET", 1)
    assert fs.modified(url).timestamp() == 1_700_000_000
    assert not fs.isdir(url)
    with pytest.raises(NotImplementedError):
        fs.created(url)


def test_missing_and_forbidden(fault_server: FaultServer, fs: BitsFileSystem) -> None:
    """Statuses become the exceptions of file systems."""
    url = fault_server.serve("/a", status(403))
    gone = fault_server.serve("/b", status(410))
    with pytest.raises(PermissionError):
        fs.info(url)
    with pytest.raises(FileNotFoundError):
        fs.cat(gone)
    with pytest.raises(FileNotFoundError):
        fs.open(fault_server.url("/none"))
    assert not fs.exists(url)
    assert not fs.exists(gone)
    assert not fs.isfile(gone)
    assert fs.glob(gone) == []


@pytest.mark.parametrize(
    "faults",
    [(ignore_range,), (ignore_range, no_content_length), (chunked,), (no_validators,)],
    ids=lambda faults: "+".join(fault.__name__ for fault in faults),
)
def test_poor_servers(fault_server: FaultServer, fs: BitsFileSystem, faults: Any) -> None:
    """A server without ranges, sizes or validators is read all the same."""
    content = Content(100_000)
    url = fault_server.serve("/a", Resource(content), *(fault() for fault in faults))
    assert fs.info(url)["size"] == 100_000
    assert fs.cat_file(url, 5_000, 6_000) == content[5_000:6_000]
    assert fs.cat_ranges([url] * 2, [1, 90_000], [3, 200_000]) == [content[1:3], content[90_000:]]
    with fs.open(url) as file:
        file.seek(-10, os.SEEK_END)
        assert file.read() == content[-10:]
    assert fs.cat(url) == content[:]


def test_empty_file(www: Path, nginx: Nginx, fs: BitsFileSystem, tmp_path: Path) -> None:
    """A file without a byte is read, described and downloaded."""
    (www / "a").touch()
    url = nginx.url("/a")
    assert fs.info(url)["size"] == 0
    assert fs.cat(url) == fs.cat_file(url, 0, 10) == b""
    with fs.open(url) as file:
        assert file.read() == b""
    fs.get(url, str(tmp_path / "b"))
    assert (tmp_path / "b").read_bytes() == b""


def test_get_with_progress(www: Path, nginx: Nginx, fs: BitsFileSystem, tmp_path: Path) -> None:
    """get_file() tells a callback of fsspec how far it is, and writes into file objects, too."""
    content = write_file(www / "a", SIZE)[:]
    callback = Callback()
    fs.get_file(nginx.url("/a"), str(tmp_path / "b"), callback=callback)
    assert (callback.size, callback.value) == (SIZE, SIZE)
    assert (tmp_path / "b").read_bytes() == content
    into = io.BytesIO()
    fs.get_file(nginx.url("/a"), into)
    assert into.getvalue() == content


def test_get_file_into_a_folder(
    www: Path, nginx: Nginx, fs: BitsFileSystem, tmp_path: Path
) -> None:
    """Where the path is a folder the file comes into it, under its own name."""
    content = write_file(www / "a b", SIZE)
    (tmp_path / "out").mkdir()
    fs.get_file(nginx.url("/a%20b"), tmp_path / "out")
    assert (tmp_path / "out/a b").read_bytes() == content[:]


def test_get_goes_on(fault_server: FaultServer, options: dict[str, Any], tmp_path: Path) -> None:
    """get() goes on with what an earlier one had when its time ran out."""
    release = threading.Event()
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), stall_after(MIB, release))
    hasty = BitsFileSystem(**options | {"timeout": 2.0}, skip_instance_cache=True)
    with pytest.raises(TimeoutError):
        hasty.get(url, str(tmp_path / "a"))
    hasty.close()
    assert not (tmp_path / "a").exists()
    release.set()
    kept = fault_server.bytes_sent("/a")
    fs = BitsFileSystem(**options, skip_instance_cache=True)
    fs.get(url, str(tmp_path / "a"))
    fs.close()
    assert (tmp_path / "a").read_bytes() == content[:]
    assert fault_server.bytes_sent("/a") - kept < SIZE


def test_listing(www: Path, fs: BitsFileSystem) -> None:
    """A folder that the server lists has its files and folders, and nothing from elsewhere."""
    (www / "d/sub").mkdir(parents=True)
    (www / "d/empty").mkdir()
    write_file(www / "d/a b", 10)
    write_file(www / "d/sub/c", 20)
    with Nginx(www, extra_config="autoindex on;") as nginx:
        d = nginx.url("/d")
        assert fs.ls(d, detail=False) == [f"{d}/a%20b", f"{d}/empty/", f"{d}/sub/"]
        assert [one["type"] for one in fs.ls(f"{d}/")] == ["file", "directory", "directory"]
        assert fs.info(d)["type"] == "directory"
        assert fs.isdir(f"{d}/empty")
        assert not fs.isfile(d)
        assert fs.find(d) == [f"{d}/a%20b", f"{d}/sub/c"]
        assert fs.du(d) == 30
        assert fs.glob(f"{d}/*/c") == [f"{d}/sub/c"]
        assert [names for _, _, names in fs.walk(d)] == [["a%20b"], [], ["c"]]
        with pytest.raises(FileNotFoundError):
            fs.ls(nginx.url("/none"))


def test_spaces(www: Path, options: dict[str, Any], tmp_path: Path) -> None:
    """A URL that is not encoded is listed, matched and kept in a cache as an encoded one is."""
    (www / "d e").mkdir()
    content = write_file(www / "d e/f g", SIZE)
    with Nginx(www, extra_config="autoindex on;") as nginx:
        file = nginx.url("/d e/f g")
        encoded = [nginx.url("/d%20e/f%20g")]
        for _ in range(2):
            fs = BitsFileSystem(cache=tmp_path / "kept", skip_instance_cache=True, **options)
            assert fs.cat_file(file, 5, 10) == content[5:10]
            assert fs.ls(nginx.url("/d e"), detail=False) == encoded
            assert fs.glob(nginx.url("/d e/f *")) == encoded
            fs.close()
            del fs
            gc.collect()
    assert jobs_of(options) == ["f g"]


def test_links_of_others(fault_server: FaultServer, fs: BitsFileSystem) -> None:
    """Links to other hosts, out of the folder, with a query or a crafted name are passed over."""
    page = b"""<html><a href='../'>up</a><A HREF="a.txt">a</A><a href="?C=N;O=D">sort</a>
    <a href="http://elsewhere/d/b">b</a><a href="/c">c</a><a href="sub/deep">d</a>
    <a href="..%2fe">e</a><a href="%2e%2e">f</a><a href="/d/g">g</a><a href="sp ace">h</a>
    <a href="http://[">i</a><a>j</a>"""
    url = fault_server.serve("/d/", Resource(page, content_type="text/html"))
    assert fs.ls(url, detail=False) == [f"{url}a.txt", f"{url}g", f"{url}sp%20ace"]


def test_listings_may_be_kept(www: Path, options: dict[str, Any]) -> None:
    """With use_listings_cache a folder is asked for once, until the cache is invalidated."""
    (www / "d").mkdir()
    write_file(www / "d/a", 10)
    fs = BitsFileSystem(**options, use_listings_cache=True, skip_instance_cache=True)
    with Nginx(www, extra_config="autoindex on;") as nginx:
        assert len(fs.ls(nginx.url("/d"))) == 1
        write_file(www / "d/b", 10)
        assert len(fs.ls(nginx.url("/d"))) == 1
        assert len(fs.ls(nginx.url("/d"), refresh=True)) == 2
        fs.invalidate_cache()
        assert len(fs.ls(nginx.url("/d"))) == 2
    fs.close()


def test_a_new_version(fault_server: FaultServer, options: dict[str, Any]) -> None:
    """A version is taken for the current one for max_age; ukey() and invalidate_cache() ask."""
    old, new = Content(1000), Content(1000, 1)
    url = fault_server.serve("/a", Resource(old, etag='"1"'))
    fs = BitsFileSystem(**options, skip_instance_cache=True)
    eager = BitsFileSystem(**options, max_age=0, skip_instance_cache=True)
    assert fs.cat(url) == eager.cat(url) == old[:]
    first = fs.ukey(url)
    assert fs.ukey(url) == first
    fault_server.serve("/a", Resource(new, etag='"2"'))
    assert fs.cat(url) == old[:]
    assert eager.cat(url) == new[:]
    assert fs.ukey(url) != first
    assert fs.checksum(url) == int(fs.ukey(url), 16)
    assert fs.cat(url) == new[:]
    fault_server.serve("/a", Resource(old, etag='"3"'))
    fs.invalidate_cache(url)
    assert fs.cat(url) == old[:]
    fs.close()
    eager.close()


def test_nothing_is_written(fs: BitsFileSystem, tmp_path: Path) -> None:
    """Everything that writes raises EROFS, before anything is sent."""
    url = "http://127.0.0.1:1/a"
    (tmp_path / "a").touch()
    for write in (
        lambda: fs.open(url, "wb"),
        lambda: fs.pipe(url, b""),
        lambda: fs.put(str(tmp_path / "a"), url),
        lambda: fs.rm(url),
        lambda: fs.rm_file(url),
        lambda: fs.mkdir(url),
        lambda: fs.makedirs(url),
        lambda: fs.touch(url),
        lambda: fs.mv(url, url),
        lambda: fs.cp_file(url, url),
    ):
        with pytest.raises(OSError, match="only read") as caught:
            write()
        assert caught.value.errno == errno.EROFS


def test_options(fault_server: FaultServer, options: dict[str, Any], tmp_path: Path) -> None:
    """Headers are sent with every request, a typing error is refused."""
    url = fault_server.serve("/a", Resource(Content(100)))
    fs = BitsFileSystem(**options, headers={"X-Token": "t"}, skip_instance_cache=True)
    fs.cat(url)
    fs.get_file(url, str(tmp_path / "b"))
    assert {record.headers["x-token"] for record in fault_server.requests} == {"t"}
    fs.close()
    with pytest.raises(TypeError, match="no_such"):
        BitsFileSystem(**options, no_such=1)


def test_instances(www: Path, nginx: Nginx, fs: BitsFileSystem, options: dict[str, Any]) -> None:
    """Equal options give one file system; others with the same store share its manager."""
    write_file(www / "a", 10)
    assert BitsFileSystem(**options) is fs
    other = BitsFileSystem(**options, max_age=1)
    assert other is not fs
    fs.cat(nginx.url("/a"))
    other.cat(nginx.url("/a"))
    assert other._files.manager is fs._files.manager
    other.close()


def test_pickling(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """A pickled file system or file carries options, not the manager; a file its position."""
    content = write_file(www / "a", SIZE)
    with fs.open(nginx.url("/a")) as file:
        file.seek(1000)
        stored = pickle.dumps((fs, file))
        assert len(stored) < 2000
        again, copy = pickle.loads(stored)
        assert again is fs
        with copy:
            assert copy.read(10) == file.read(10) == content[1000:1010]


def test_another_process(www: Path, nginx: Nginx, options: dict[str, Any], tmp_path: Path) -> None:
    """A file system unpickled in another process opens a manager of its own."""
    content = write_file(www / "a", 1000)
    fs = BitsFileSystem(**options | {"store": str(tmp_path / "other")}, skip_instance_cache=True)
    code = (
        "import pickle, sys; fs, url = pickle.loads(sys.stdin.buffer.read())\n"
        "sys.stdout.buffer.write(fs.cat(url))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps((fs, nginx.url("/a"))),
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout == content[:]
    assert done.stderr == b""
    assert jobs_of({"store": str(tmp_path / "other")}) == []


def _cat_in_child(url: str, options: dict[str, Any]) -> bytes:
    found: bytes = BitsFileSystem(**options).cat(url)
    return found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_after_fork(
    www: Path, nginx: Nginx, fs: BitsFileSystem, options: dict[str, Any], tmp_path: Path
) -> None:
    """A forked child opens a file system of its own, and the parent's goes on."""
    content = write_file(www / "a", SIZE)
    url = nginx.url("/a")
    with fs.open(url) as file:
        assert file.read(10) == content[:10]
        child = options | {"store": str(tmp_path / "child")}
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply_async(_cat_in_child, (url, child)).get(PATIENCE) == content[:]
        file.seek(MIB)
        assert file.read(10) == content[MIB : MIB + 10]


def test_many_threads(www: Path, nginx: Nginx, fs: BitsFileSystem) -> None:
    """Threads share a file system: a URL has one job, however many read it."""
    content = write_file(www / "a", SIZE)[:]
    url = nginx.url("/a")

    def read(number: int) -> bool:
        start = number * 1000
        with fs.open(url) as file:
            file.seek(start)
            same: bool = file.read(100) == fs.cat_file(url, start, start + 100)
        return same and fs.cat_file(url, start, start + 100) == content[start : start + 100]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(read, range(100)))
    assert len(fs._files.manager.jobs()) == 1


def test_bounded(www: Path, nginx: Nginx, options: dict[str, Any]) -> None:
    """No more files than keep_open stay open, besides those in use."""
    for number in range(10):
        write_file(www / str(number), 100, number)
    fs = BitsFileSystem(**options, keep_open=3, skip_instance_cache=True)
    with fs.open(nginx.url("/0")) as file:
        for number in range(1, 10):
            fs.cat(nginx.url(f"/{number}"))
        manager = fs._files.manager
        eventually(lambda: len(manager.jobs()) <= 4)
        assert file.read() == Content(100)[:]
    fs.close()


def test_nothing_is_left_behind(
    www: Path, nginx: Nginx, options: dict[str, Any], tmp_path: Path
) -> None:
    """A file system that is dropped takes its jobs and files with it, open ones too."""
    write_file(www / "a", SIZE)
    fs = BitsFileSystem(**options, skip_instance_cache=True)
    file = fs.open(nginx.url("/a"))
    file.read(10)
    fs.cat_file(nginx.url("/a"), MIB, MIB + 10)
    gone = weakref.ref(fs._files.manager)
    del fs, file

    def dropped() -> bool:
        gc.collect()
        return gone() is None

    eventually(dropped)
    assert jobs_of(options) == []
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_nothing_is_left_at_exit(www: Path, nginx: Nginx, options: dict[str, Any]) -> None:
    """A program that ends without closing anything leaves no job."""
    write_file(www / "a", SIZE)
    code = (
        "import sys; from bitscb3.integrations.fsspec import BitsFileSystem\n"
        "fs = BitsFileSystem(store=sys.argv[2]); file = fs.open(sys.argv[1]); file.read(10)"
    )
    subprocess.run(
        [sys.executable, "-c", code, nginx.url("/a"), options["store"]],
        timeout=PATIENCE,
        check=True,
    )
    assert jobs_of(options) == []


def test_cache_folder(www: Path, nginx: Nginx, options: dict[str, Any], tmp_path: Path) -> None:
    """With a cache folder the next file system does not fetch again what is here."""
    content = write_file(www / "a", SIZE)
    url = nginx.url("/a")
    for _ in range(2):
        fs = BitsFileSystem(**options, cache=str(tmp_path / "kept"), skip_instance_cache=True)
        assert fs.cat_file(url, MIB, 2 * MIB) == content[MIB : 2 * MIB]
        assert [job.state for job in fs._files.manager.jobs()] == [JobState.SUSPENDED]
        fs.close()
        del fs
        gc.collect()
    assert nginx.bytes_sent("/a") < MIB + 100


async def test_time_runs_out(fault_server: FaultServer, options: dict[str, Any]) -> None:
    """A call that takes longer than `timeout` raises TimeoutError and names the file."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(5, release))
    fs = BitsFileSystem(**options | {"timeout": 0.5}, asynchronous=True, skip_instance_cache=True)
    with pytest.raises(TimeoutError, match=r"/a is not here after 0\.5 s"):
        await fs._cat_file(url, 0, 100)
    release.set()
    assert await fs._cat_file(url, 0, 5) == Content(SIZE)[:5]
    await asyncio.to_thread(fs.close)


async def test_in_an_event_loop(www: Path, nginx: Nginx, options: dict[str, Any]) -> None:
    """With asynchronous=True its coroutines run in the caller's loop; open_async() reads in it."""
    content = write_file(www / "a", SIZE)
    fs = BitsFileSystem(**options, asynchronous=True, skip_instance_cache=True)
    url = nginx.url("/a")
    parts = await asyncio.gather(*(fs._cat_file(url, n * 1000, n * 1000 + 10) for n in range(50)))
    assert parts == [content[n * 1000 : n * 1000 + 10] for n in range(50)]
    found = {index: data async for index, data in fs._cat_ranges_as_completed([url] * 2, [5, 0], 9)}
    assert found == {0: content[5:9], 1: content[0:9]}
    async with await fs.open_async(url) as file:
        assert await file.read(10) == content[:10]
        assert await file.read(10) == content[10:20]
    await asyncio.to_thread(fs.close)


def test_cached_by_fsspec(
    www: Path, nginx: Nginx, fs: BitsFileSystem, options: dict[str, Any]
) -> None:
    """The caching file systems of fsspec can stand in front of it."""
    content = write_file(www / "a", 1000)
    with fsspec.open(
        f"simplecache::bits+{nginx.url('/a')}", bits=options, **{"bits+http": options}
    ) as file:
        assert file.read() == content[:]
