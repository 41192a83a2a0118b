# SPDX-License-Identifier: MIT
"""`bitscb3 demo`: the whole way of a file from a real server, with every event shown."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from bitscb3 import _core
from bitscb3.callback import Callback3
from bitscb3.downloads import sha256_of
from bitscb3.errors import TransferError
from bitscb3.file import File
from bitscb3.job import Job
from bitscb3.manager import Manager
from bitscb3.pictures import Picture
from bitscb3.quantities import duration_text, size_text
from bitscb3.ranges import EOF, Range, RangeArray

from .common import add_common
from .exits import DONE, FAILED
from .records import DemoEvent
from .screen import can_draw, picture_width
from .speaker import Speaker

__all__ = ["add_arguments", "run"]

_MIB = 1 << 20
_NAME = "atlas.bin"
_SECONDS = 12  # for the file over one connection; slow enough to watch over several
_SPACING_S = 0.1  # of the events while the rest is filled
_PATIENCE_S = 120.0
_OTHER_COLUMNS = 52


class Show(Callback3):
    """Prints a line for every event, with a picture of the file."""

    def __init__(self, picture: Picture, speaker: Speaker) -> None:
        """Paint `picture` as ranges arrive."""
        self._picture = picture
        self._speaker = speaker
        self._plain = not can_draw(sys.stdout)
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self.events: int = 0
        self.ranges: int = 0

    def file_ranges_transferred(self, job: Job, file: File, ranges: RangeArray) -> None:
        """Some bytes are here."""
        self.ranges += len(ranges)
        self._picture.set_size(file.size)
        self._picture.add(ranges)
        count = "1 range" if len(ranges) == 1 else f"{len(ranges)} ranges"
        row = self._picture.render(self._plain)
        text = f"{count:>9} {size_text(ranges.bytes):>10}  {row}"
        self._say("ranges", text, [(offset, length) for offset, length in ranges])

    def file_restarted(self, job: Job, file: File) -> None:
        """The file changed on the server."""
        self._picture.clear()
        self._say("restarted", "the file changed on the server")

    def file_transferred(self, job: Job, file: File) -> None:
        """The file is whole."""
        self._say("file", f"{Path(file.local_name).name} is whole")

    def job_transferred(self, job: Job) -> None:
        """Every file is whole."""
        self._say("transferred", "the job is done")

    def job_error(self, job: Job, error: TransferError) -> None:
        """The job stopped."""
        self._say("error", str(error))

    def _say(self, event: str, text: str, ranges: list[tuple[int, int]] | None = None) -> None:
        with self._lock:
            self.events += 1
            seconds = time.monotonic() - self._began
            self._speaker.say(f"{seconds:7.3f} s  {event:<11} {text}")
            told = DemoEvent(seconds=seconds, event=event, text=text, ranges=ranges or [])
            self._speaker.record(told)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "Download a random file from a local nginx, out of order, and show each event."
    )
    parser.add_argument(
        "--size", metavar="MIB", type=_mebibytes, default=64, help="size of the file; default: 64"
    )
    parser.add_argument("--next", metavar="COMMAND", default="bitscb3 get", help=argparse.SUPPRESS)
    add_common(parser, service=False)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    from bitscb3.testing import Nginx, write_file

    size = options.size * _MIB
    with tempfile.TemporaryDirectory(prefix="bitscb3-demo-") as folder:
        www = Path(folder, "www")
        www.mkdir()
        content = write_file(www / _NAME, size, seed=time.time_ns())
        try:
            with Nginx(www, rate=size // _SECONDS) as nginx:
                good = _show(nginx.url(f"/{_NAME}"), Path(folder), size, content.sha256(), speaker)
                # nginx logs a response after its last byte.
                log = nginx.wait_for_log(
                    lambda records: sum(record.bytes_sent for record in records) >= size
                )
        except OSError as error:
            speaker.complain(error)
            return FAILED
        sent = sum(record.bytes_sent for record in log)
        speaker.say(
            f"\nnginx: {len(log)} requests, {size_text(sent)} for a file of {size_text(size)}"
        )
    if not good:
        return FAILED
    speaker.say(f"\nWith a URL of your own:\n  {options.next} https://host/file")
    return DONE


def _show(url: str, folder: Path, size: int, sha256: str, speaker: Speaker) -> bool:
    """Download `url`, out of order first; returns whether the bytes are right."""
    libraries = ", ".join(f"{name} {text}" for name, text in _core.library_versions().items())
    show = Show(Picture(picture_width(_OTHER_COLUMNS)), speaker)
    with Manager(store=folder / "store") as manager:
        speaker.say(f"bitscb3 {_core.version()}, {manager.backend}, {libraries}")
        speaker.say(f"{url}, {size_text(size)} of random bytes, served by nginx\n")
        began = time.monotonic()
        job = manager.create_job("demo", on_demand=True)
        file = job.add_file(url, folder / _NAME)
        job.callback = show
        for ranges in _wishes(size):
            speaker.say(f"           asking for  {', '.join(_text(each) for each in ranges)}")
            file.request_ranges(ranges).result(_PATIENCE_S)
        middle = size // 2
        speaker.say(f"           file.read({middle}, 8) = {file.read(middle, 8).hex(' ')}")
        speaker.say("           asking for  the rest")
        job.minimum_notification_interval = _SPACING_S
        file.request_ranges([(0, EOF)]).result(_PATIENCE_S)
        job.wait(_PATIENCE_S)
        job.complete()
        took = time.monotonic() - began
    for error in job.handler_errors:
        raise error
    found = sha256_of(file.local_name)
    verdict = "as on the server" if found == sha256 else f"NOT as on the server: {sha256}"
    speaker.say(
        f"\n{size_text(size)} in {duration_text(took)}, {show.events} events, {show.ranges} ranges"
    )
    speaker.say(f"SHA-256 {found}, {verdict}")
    return found == sha256


def _wishes(size: int) -> list[list[Range]]:
    """What to ask for, request by request: the end, the middle, the beginning, crumbs."""
    piece = max(size // 32, 1)
    crumb = max(size // 256, 1)
    return [
        [Range(size - piece, EOF)],
        [Range(size // 2, piece)],
        [Range(0, crumb)],
        [Range(size * part // 16, crumb) for part in (13, 3, 11, 5)],
    ]


def _text(piece: Range) -> str:
    length = "to the end" if piece.length == EOF else f"+ {piece.length:,}"
    return f"{piece.offset:,} {length}"


def _mebibytes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1 << 20):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of MiB from 1 to 1,048,576")
    return int(text)
