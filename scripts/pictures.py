#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws docs/images/get.svg and watch.svg: what the command shows on a terminal, half-way.

A real run: files from a local nginx, the command on a pseudo-terminal, its screen as SVG by rich.
Needs the package with the extra [cli], and nginx.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bitscb3.testing import Nginx, write_file

IMAGES = Path(__file__).parents[1] / "docs/images"
MIB = 1 << 20
COLUMNS, LINES = 84, 24
BITSCB3 = [sys.executable, "-m", "bitscb3"]
SIZES = {"atlas.iso": 48 * MIB, "model.safetensors": 32 * MIB, "maps.tar": 12 * MIB}
RATE = MIB  # of each response: slow enough to be seen half-way
STEP = re.compile(r"\x1b\[(\d*)A|\x1b\[2K|\x1b\[\?25[lh]|\r|\n|((?:\x1b\[[\d;]*m|[^\x1b\r\n])+)")
REFRESH = b"\r\x1b[2K"  # how rich begins to draw anew
PERCENT = re.compile(r"\b(\d+)%")


class Terminal:
    """As much of a terminal as rich's live display makes use of."""

    def __init__(self) -> None:
        """An empty screen."""
        self.lines = [""]
        self.row = 0

    def feed(self, text: str) -> None:
        """Do what `text` says."""
        for step in STEP.finditer(text):
            if step[2] is not None:
                self.lines[self.row] += step[2]
            elif step[0] == "\n":
                self.row += 1
                self.lines += [""] * (self.row + 1 - len(self.lines))
            elif step[0].endswith("A"):
                self.row = max(self.row - int(step[1] or 1), 0)
            elif step[0].endswith("K"):
                self.lines[self.row] = ""

    def plain(self) -> str:
        """What is read on it."""
        return Text.from_ansi("\n".join(self.lines)).plain


def capture(words: list[str], folder: Path, enough: Callable[[str], bool]) -> list[str]:
    """Run the command until the screen shows enough; returns its lines."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        environment.pop(name, None)
    terminal = Terminal()
    with subprocess.Popen(
        [*BITSCB3, *words, "--store", "store"],
        cwd=folder,
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    ) as process:
        os.close(slave)
        pending = b""
        while not enough(terminal.plain()):
            pending += os.read(master, 1 << 16)
            whole, begin, rest = pending.rpartition(REFRESH)  # what is drawn after it may be half
            terminal.feed(whole.decode())
            pending = begin + rest
        lines = [line for line in terminal.lines if line]
        process.terminate()
        while True:  # or the command would wait for us
            try:
                if not os.read(master, 1 << 16):
                    break
            except OSError:
                break
    os.close(master)
    return lines


def draw(command: str, lines: list[str], path: Path) -> None:
    """Write the screen as SVG, without the fonts that rich would fetch."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False
    )
    console.print(Text.assemble(("$ ", "dim"), command))
    for line in lines:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="ellipsis")
    svg = console.export_svg(title="bitscb3", unique_id=path.stem)
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")


def half_way(text: str) -> bool:
    """Whether the last percentage of the screen is somewhere in the middle."""
    found = PERCENT.findall(text)
    return bool(found) and 40 <= int(found[-1]) <= 85


def main() -> None:
    """Draw both."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bitscb3-pictures-") as name:
        folder = Path(name)
        www = folder / "www"
        www.mkdir()
        for number, (file, size) in enumerate(SIZES.items()):
            write_file(www / file, size, seed=number)
        with Nginx(www, rate=RATE) as nginx:
            urls = [nginx.url(f"/{file}") for file in SIZES]
            (folder / "list.txt").write_text("\n".join(urls))
            words = ["get", "-i", "list.txt"]
            draw("bitscb3 get -i list.txt", capture(words, folder, half_way), IMAGES / "get.svg")
            with subprocess.Popen(
                [*BITSCB3, "get", "-i", "list.txt", "-q", "--store", "store"],
                cwd=folder,
                stderr=subprocess.DEVNULL,
            ) as process:
                seen = capture(["watch"], folder, lambda text: text.count(" left") >= 2)
                draw("bitscb3 watch", seen, IMAGES / "watch.svg")
                process.terminate()


if __name__ == "__main__":
    main()
