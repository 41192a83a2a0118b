# SPDX-License-Identifier: MIT
"""The same downloads by everybody: a large file, many small ones, scattered and adjacent ranges."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bitscb3.testing import Nginx, write_file

from .measure import ROOT, Contender, program, race
from .result import OURS, Case, Result, Row
from .work import CONNECTIONS, Work, adjacent, scattered

SMALL = 4096  # bytes


@dataclass(frozen=True)
class Sizes:
    """How much work there is."""

    large: int = 1 << 30  # bytes
    files: int = 10_000
    ranges: int = 20_000


FULL = Sizes()
QUICK = Sizes(large=64 << 20, files=400, ranges=1_000)


class Downloads:
    """Runs the cases of downloads on a file system in memory and on a disk.

    Args:
        memory: A folder of a file system in memory; it has the served files, too.
        disk: A folder on a disk, or None.
        sizes: How much work there is.
        runs: How often each contender does it.
        bare: The program that shows what the kernel alone takes, or None.
    """

    def __init__(
        self, memory: Path, disk: Path | None, sizes: Sizes, runs: int, bare: Path | None
    ) -> None:
        self._served = memory / "served"
        self._memory = memory / "out"
        self._disk = None if disk is None else disk / "out"
        self._spec = memory / "spec.json"
        self._sizes = sizes
        self._runs = runs
        self._bare = bare
        self._skipped: list[str] = []
        (self._served / "small").mkdir(parents=True)
        write_file(self._served / "large", sizes.large)
        body = os.urandom(SMALL)
        self._small = [f"/small/f{number:05}" for number in range(sizes.files)]
        for name in self._small:
            (self._served / name[1:]).write_bytes(body)

    def run(self, result: Result) -> None:
        """Do all of it."""
        with Nginx(self._served) as nginx:
            self._large(nginx, result)
            self._files(nginx, result)
            self._ranges(nginx, result)
        self._other_servers(result)

    # -- cases ------------------------------------------------------------------------------------

    def _large(self, nginx: Nginx, result: Result) -> None:
        title = f"one file of {self._sizes.large >> 20} MiB, in memory"
        work = Work([nginx.url("/large")], str(self._memory))
        url, target = work.urls[0], work.target(work.urls[0])
        case = self._race(
            title,
            work,
            [
                self._library(OURS, "bitscb3", "large"),
                self._tool("curl", "-s", "-o", target, url),
                self._tool("wget", "-q", "-O", target, url),
                self._tool("aria2c", "-q", "--file-allocation=none", "-d", work.folder, url),
                self._library("pycurl", "pycurl", "large"),
                self._library("obstore", "obstore", "large"),
                self._loop(nginx.port, target),
            ],
        )
        result.cases.append(case)
        result.add(4, "1 GiB in memory, wall / curl", case.ratio("curl"), 0.75)
        result.add(4, "1 GiB in memory, CPU / curl", case.ratio("curl", "cpu"), 0.75)
        ours = case.row(OURS)
        result.add(
            8, "peak memory of 1 GiB", None if ours is None else ours.peak / 2**20, 48, "MiB"
        )
        if self._disk is None:
            return
        work = Work(work.urls, str(self._disk))
        target = work.target(url)
        synced = f"curl -s -o {target} {url} && sync {target}"
        case = self._race(
            f"one file of {self._sizes.large >> 20} MiB, on disk and synced",
            work,
            [self._library(OURS, "bitscb3", "large"), self._tool("curl", script=synced)],
        )
        result.cases.append(case)
        result.add(4, "1 GiB on disk, wall / curl and sync", case.ratio("curl"), 1.1)

    def _files(self, nginx: Nginx, result: Result) -> None:
        urls = [nginx.url(name) for name in self._small]
        places = {"in memory": self._memory, "on disk": self._disk}
        for place, folder in places.items():
            if folder is None:
                continue
            work = Work(urls, str(folder))
            listed = self._spec.with_name("curl.config")
            lines = [f'url = "{url}"\noutput = "{work.target(url)}"\n' for url in urls]
            listed.write_text("".join(lines), encoding="utf-8")
            lines = [f"{url}\n out={url.rpartition('/')[2]}\n" for url in urls]
            aria = self._spec.with_name("aria2.list")
            aria.write_text("".join(lines), encoding="utf-8")
            parallel = ["--parallel", "--parallel-max", str(CONNECTIONS)]
            contenders = [
                self._library(OURS, "bitscb3", "files"),
                self._tool("curl", "-s", *parallel, "-K", str(listed)),
            ]
            if folder is self._memory:
                options = ["-q", "-j", str(CONNECTIONS), "--file-allocation=none", "-i", str(aria)]
                contenders += [
                    self._tool("aria2c", *options, "-d", work.folder),
                    self._library("pycurl", "pycurl", "files"),
                    self._library("aiohttp", "aiohttp", "files"),
                ]
            case = self._race(f"{len(urls):,} files of 4 KiB, {place}", work, contenders)
            result.cases.append(case)
            limit = 1.0 if folder is self._memory else 2.0
            result.add(5, f"small files {place}, wall / curl", case.ratio("curl"), limit)

    def _ranges(self, nginx: Nginx, result: Result) -> None:
        wanted = scattered(self._sizes.large, self._sizes.ranges)
        work = Work([nginx.url("/large")], str(self._memory), wanted)
        lines = [f"{offset} {length}\n" for offset, length in wanted]
        listed = self._spec.with_name("ranges")
        listed.write_text("".join(lines), encoding="utf-8")
        case = self._race(
            f"{len(wanted):,} ranges of 16 KiB, scattered",
            work,
            [
                self._library(OURS, "bitscb3", "ranges"),
                self._library("pycurl", "pycurl", "ranges"),
                self._library("obstore", "obstore", "ranges-apart"),
                self._library("obstore, coalescing", "obstore", "ranges"),
                self._library("aiohttp", "aiohttp", "ranges"),
                self._library("fsspec", "fsspec", "ranges"),
                self._loop(nginx.port, work.target(work.urls[0]), str(listed)),
            ],
        )
        result.cases.append(case)
        result.add(6, "scattered ranges, wall / pycurl", case.ratio("pycurl"), 0.5)
        result.add(6, "scattered ranges, CPU / pycurl", case.ratio("pycurl", "cpu"), 0.4)
        best = min((row.wall for row in case.rows if row.name.startswith("obstore")), default=None)
        ours = case.row(OURS)
        ratio = None if best is None or ours is None else ours.wall / best
        result.add(6, "scattered ranges, wall / obstore's best", ratio, 1.0)
        pieces = adjacent(self._sizes.large)
        plain = "bitscb3, the plain download"
        case = self._race(
            f"{len(pieces):,} ranges of 16 KiB, adjacent",
            Work(work.urls, work.folder, pieces),
            [self._library(OURS, "bitscb3", "ranges"), self._library(plain, "bitscb3", "large")],
        )
        result.cases.append(case)
        result.add(6, "adjacent ranges, wall / the plain download", case.ratio(plain), 1.2)

    def _other_servers(self, result: Result) -> None:
        for name, server in _servers(self._served, self._sizes.large):
            try:
                with server as running:
                    url = running.url("/large")
                    wanted = scattered(self._sizes.large, self._sizes.ranges)
                    case = self._race(
                        f"{len(wanted):,} ranges of 16 KiB, scattered, {name}",
                        Work([url], str(self._memory), wanted),
                        [
                            self._library(OURS, "bitscb3", "ranges"),
                            self._library("pycurl", "pycurl", "ranges"),
                        ],
                    )
            except FileNotFoundError as error:
                result.skipped.append(f"{name}: {error}")
                continue
            result.cases.append(case)
            what = f"scattered ranges from {name}, wall / pycurl"
            result.add(6, what, case.ratio("pycurl"), 1.0)

    # -- contenders -------------------------------------------------------------------------------

    def _library(self, name: str, library: str, task: str) -> Contender | None:
        """A program of `benchmarks.programs`; None when its library is not installed."""
        needed = (library, "aiohttp") if library == "fsspec" else (library,)
        if not all(map(importlib.util.find_spec, needed)):
            self._skipped.append(f"{name}: pip install {' '.join(needed)}")
            return None
        return Contender(name, program(f"with_{library}", task, str(self._spec)))

    def _tool(self, name: str, *arguments: str, script: str = "") -> Contender | None:
        """A program of the system; None when it is not installed."""
        path = shutil.which(name)
        if path is None:
            self._skipped.append(f"{name} is not installed")
            return None
        return Contender(name, ["sh", "-c", script] if script else [path, *arguments])

    def _loop(self, port: int, *arguments: str) -> Contender | None:
        """The bare loop; None where it could not be built."""
        if self._bare is None:
            return None
        return Contender("a bare loop in C++", [str(self._bare), str(port), "/large", *arguments])

    def _race(self, title: str, work: Work, contenders: list[Contender | None]) -> Case:
        print(f"… {title}", file=sys.stderr, flush=True)
        work.save(self._spec)
        folder = Path(work.folder)
        present = [contender for contender in contenders if contender is not None]
        on_disk = folder == self._disk
        with _emptied(folder):
            race(
                present, self._runs, lambda: _empty(folder, None if on_disk else self._sizes.large)
            )
        skipped, self._skipped = self._skipped, []
        return Case(title, [Row.of(contender) for contender in present], skipped)


def _servers(folder: Path, size: int) -> Iterator[tuple[str, Any]]:
    """The servers of the tests that refuse or curtail several ranges at once."""
    tests = str(ROOT / "tests/python")
    if tests not in sys.path:
        sys.path.append(tests)
    import servers

    yield "Varnish", servers.Varnish(folder, cache=size + size // 4)
    yield "lighttpd", servers.Lighttpd(folder)
    yield "Apache", servers.Apache(folder)


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        _empty(folder, 0)
        folder.rmdir()


def _empty(folder: Path, memory: int | None) -> None:
    """Make `folder` anew, and away with the store beside it.

    On a disk (None) it waits until that is idle. In memory, so many bytes are written and deleted:
    a virtual machine may have to be given its memory anew, which is to be no contender's cost.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(f"{folder}.store", ignore_errors=True)
    folder.mkdir(parents=True)
    if memory is None:
        subprocess.run(["sync", "-f", str(folder)], check=False)
        return
    block = bytes(1 << 20)
    touched = folder / "touched"
    with touched.open("wb") as file:
        for _ in range(memory >> 20):
            file.write(block)
    touched.unlink()
