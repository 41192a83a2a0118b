# SPDX-License-Identifier: MIT
"""`bitscb3 bench`: a quick measurement beside curl; benchmarks/ is for developers."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from bitscb3.errors import BitsError
from bitscb3.manager import Manager
from bitscb3.quantities import size_text
from bitscb3.urls import check_url, short_url

from .common import add_common
from .exits import DONE, FAILED, WrongUseError
from .parsing import to_count, to_size
from .records import BenchRun
from .speaker import Speaker, one_line

__all__ = ["add_arguments", "run"]

_SIZE = 64 << 20
_MOST = 4 << 30
_ROUNDS = 3
_PATIENCE_S = 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "Download a file several times with bitscb3, and with curl where it is installed, in turn, "
        "and show the median. Without URL a random file comes from a server on this machine: nginx "
        "where it is installed, else a slow one in Python."
    )
    add = parser.add_argument
    add("url", metavar="URL", nargs="?", help="what to download; it is fetched again and again")
    add("--size", metavar="SIZE", type=to_size, default=_SIZE, help="of the file; default: 64M")
    add("--rounds", metavar="N", type=to_count, default=_ROUNDS, help="default: 3")
    add_common(parser, service=False)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    try:
        url = None if options.url is None else check_url(options.url.strip())
    except ValueError as error:
        raise WrongUseError(str(error)) from None
    if options.size > _MOST:
        raise WrongUseError(f"--size is at most {size_text(_MOST)}")
    with tempfile.TemporaryDirectory(prefix="bitscb3-bench-") as name:
        folder = Path(name)
        try:
            with _serve(folder, options.size, url) as (address, server):
                speaker.say(f"{one_line(short_url(address))}, {server}")
                runs = _measure(address, folder, options.rounds)
        except (BitsError, OSError, subprocess.SubprocessError) as error:
            speaker.complain(error)
            return FAILED
    for each in runs:
        least, most = min(each["seconds"]), max(each["seconds"])
        speaker.say(
            f"{each['program']:<22} {median(each['seconds']):9.3f} s "
            f"({least:.3f} to {most:.3f})  {size_text(each['rate'])}/s"
        )
    if len(runs) == 1:
        speaker.say("curl is not installed, so there is nothing to compare with")
    speaker.say(
        "Each is a whole download, in turn, on one machine with its server where no URL was given. "
        "bitscb3 counts from create_job() to complete(), with the file synced to disk; curl counts "
        "its process and does not sync."
    )
    speaker.record(runs)
    return DONE


@contextlib.contextmanager
def _serve(folder: Path, size: int, url: str | None) -> Iterator[tuple[str, str]]:
    """Where the file is, and who serves it."""
    if url is not None:
        yield url, "from its own server"
        return
    from bitscb3.testing import Content, FaultServer, Nginx, Resource, write_file

    www = folder / "www"
    www.mkdir()
    with contextlib.ExitStack() as stack:
        try:
            nginx = stack.enter_context(Nginx(www))
        except (FileNotFoundError, ImportError):
            server = stack.enter_context(FaultServer())
            address = server.serve("/bench.bin", Resource(Content(size)))
            yield address, f"{size_text(size)} from a server in Python: its speed, not ours"
        else:
            write_file(www / "bench.bin", size, seed=1)
            yield nginx.url("/bench.bin"), f"{size_text(size)} from nginx on this machine"


def _measure(url: str, folder: Path, rounds: int) -> list[BenchRun]:
    programs: dict[str, Callable[[Path], None]] = {}
    seconds: dict[str, list[float]] = {}
    size = 0
    with Manager("engine", folder / "store") as manager:
        programs["bitscb3"] = lambda path: _with_bitscb3(manager, url, path)
        if (curl := shutil.which("curl")) is not None:
            programs[_name_of(curl)] = lambda path: _with_curl(curl, url, path)
        for number in range(rounds):
            order = list(programs.items())
            for name, download in order if number % 2 == 0 else reversed(order):
                path = folder / "bench.out"
                began = time.perf_counter()
                download(path)
                seconds.setdefault(name, []).append(time.perf_counter() - began)
                size = path.stat().st_size
                path.unlink()
    return [
        BenchRun(program=name, bytes=size, seconds=times, rate=size / median(times))
        for name, times in ((name, seconds[name]) for name in programs)
    ]


def _with_bitscb3(manager: Manager, url: str, path: Path) -> None:
    with manager.create_job("bench") as job:
        job.add_file(url, path)
        job.resume()
        job.wait(_PATIENCE_S)


def _with_curl(curl: str, url: str, path: Path) -> None:
    # The URL may be a key: it goes by standard input, not to be seen in ps.
    text = url.replace("\\", "\\\\").replace('"', '\\"')
    done = subprocess.run(
        [
            curl,
            "--fail",
            "--silent",
            "--show-error",
            "--location",
            "--output",
            path,
            "--config",
            "-",
        ],
        input=f'url = "{text}"\ngloboff\n',
        text=True,
        stderr=subprocess.PIPE,
        env={**os.environ, "CURL_HOME": str(path.parent)},
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode:
        raise OSError(f"curl failed: {done.stderr.strip() or done.returncode}")


def _name_of(curl: str) -> str:
    done = subprocess.run([curl, "--version"], capture_output=True, text=True, check=False)
    return " ".join(done.stdout.split()[:2]) or "curl"
