# SPDX-License-Identifier: MIT
"""A disk whose power fails: what of a process's writes it would have had, from power_loss.c's log.

What was synced is there. Of anything else each page may be there or not, in any order; a new name,
a rename or a removal may be there or not until its folder was synced.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_HEAD = struct.Struct("=c7xQQQII")
_PAGE = 4096
_VOLATILE = "-shm"  # SQLite's: memory that has a name, made anew when nobody has it open


def build_shim(folder: Path) -> Path:
    """Compile power_loss.c."""
    path = folder / "power_loss.so"
    source = Path(__file__).with_name("power_loss.c")
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", path, source, "-ldl", "-pthread"]
    subprocess.run(command, check=True)
    return path


class _Record(NamedTuple):
    kind: str
    inode: int
    offset: int
    first: str
    second: str
    data: bytes


@dataclass
class _Content:
    """A file by its number."""

    durable: bytearray
    pending: list[_Record] = field(default_factory=list)

    def sync(self) -> None:
        for record in self.pending:
            self.apply(record.kind, record.offset, record.data)
        self.pending.clear()

    def apply(self, kind: str, offset: int, data: bytes) -> None:
        if kind == "T":
            del self.durable[offset:]
        if offset > len(self.durable):
            self.durable.extend(bytes(offset - len(self.durable)))
        self.durable[offset : offset + len(data)] = data


class Disk:
    """A folder as a disk would have it. One process at a time may change it, with the shim.

    Args:
        root: The folder, which is there.
        shim: From `build_shim`.
        lies: fsync() of files with that in their path does nothing, and says that all is well.
    """

    def __init__(self, root: Path, shim: Path, *, lies: str | None = None) -> None:
        self._root = root.resolve()
        self._log = root.with_name(f"{root.name}.log")
        self._side = root.with_name(f"{root.name}.side")
        self._shim = shim
        self._lies = lies
        self.writes_undone = 0

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a process that changes the folder."""
        lies = {} if self._lies is None else {"POWER_LOSS_LIES": self._lies}
        return {
            **os.environ,
            "LD_PRELOAD": str(self._shim),
            "POWER_LOSS_ROOT": str(self._root),
            "POWER_LOSS_LOG": str(self._log),
            **lies,
        }

    def plug_in(self) -> None:
        """What is in the folder now is on the disk."""
        self._log.unlink(missing_ok=True)
        shutil.rmtree(self._side, ignore_errors=True)
        self._side.mkdir()
        self._contents: list[_Content] = []  # a place is for good, as numbers of files are not
        self._places: dict[int, int] = {}  # by the number of a file, now
        self._names: dict[str, int] = {}  # to places
        self._folders: dict[int, str] = {}
        self._pending: list[_Record] = []  # of names
        for folder, _, files in os.walk(self._root):
            self._folders[Path(folder).stat().st_ino] = folder
            for name in files:
                path = Path(folder, name)
                self._names[str(path)] = self._places[path.stat().st_ino] = len(self._contents)
                self._contents.append(_Content(bytearray(path.read_bytes())))

    def cut(self, dice: random.Random) -> None:
        """The power fails: leave in the folder what the disk had. The process has to be dead."""
        if self._log.exists():
            for record in _records(self._log.read_bytes()):
                self._feed(record)
        chance = dice.choice((0.0, 0.5, 0.9, 1.0))
        for record in self._pending:
            if dice.random() < chance:
                self._apply_name(record)
        for content in self._contents:
            for record in content.pending:
                if record.kind == "T" and dice.random() < chance:
                    content.apply("T", record.offset, b"")
                for offset, page in _pages(record) if record.kind == "W" else ():
                    if dice.random() < chance:
                        content.apply("W", offset, page)
                    else:
                        self.writes_undone += 1
        self._rebuild()

    def _feed(self, record: _Record) -> None:
        if record.kind == "C":
            self._places[record.inode] = len(self._contents)
            self._contents.append(_Content(bytearray()))
        place = self._places.get(record.inode)
        if record.kind == "M":
            self._pending.append(record)
        elif record.kind in "CRUL":
            assert place is not None
            self._pending.append(record._replace(inode=place))
        elif record.kind in "WT":
            assert place is not None
            self._contents[place].pending.append(record)
        elif record.kind == "S" and place is not None:
            self._contents[place].sync()
        else:
            folder = None if record.kind == "A" else self._folder_of(record.inode)
            waiting, self._pending = self._pending, []
            for name in waiting:
                if folder in (None, str(Path(name.second or name.first).parent)):
                    self._apply_name(name)
                else:
                    self._pending.append(name)
            for content in self._contents if record.kind == "A" else ():
                content.sync()

    def _folder_of(self, inode: int) -> str:
        made = {record.inode: record.first for record in self._pending if record.kind == "M"}
        return self._folders.get(inode) or made[inode]

    def _apply_name(self, record: _Record) -> None:
        kind, inode, _, first, second, _ = record
        if kind == "M":
            self._folders[inode] = first
        elif kind == "C":
            self._names[first] = inode
        elif kind == "L" and first in self._names:
            self._names[second] = inode
        elif kind == "U":
            self._names.pop(first, None)
        elif kind == "R" and self._names.get(first) == inode:
            self._names[second] = self._names.pop(first)

    def _rebuild(self) -> None:
        """Files that stay, or are back, keep their numbers, as on a disk."""
        paths = [Path(folder, name) for folder, _, files in os.walk(self._root) for name in files]
        for path in [*self._side.iterdir(), *paths]:
            path.rename(self._side / str(self._places.get(path.stat().st_ino)))
            path.unlink(missing_ok=True)  # a second name of the file
        kept = set(self._folders.values())
        for folder, _, _ in os.walk(self._root):
            if folder not in kept:
                shutil.rmtree(folder)
        for path, place in self._names.items():
            if not Path(path).parent.is_dir() or path.endswith(_VOLATILE):
                continue
            number = self._side / str(place)
            number.touch(mode=0o600)
            with number.open("r+b") as file:
                file.truncate(0)
                file.write(self._contents[place].durable)
            os.link(number, path)
        shutil.rmtree(self._side)


def _pages(record: _Record) -> Iterator[tuple[int, bytes]]:
    start, end = record.offset, record.offset + len(record.data)
    while start < end:
        stop = min(end, (start // _PAGE + 1) * _PAGE)
        yield start, record.data[start - record.offset : stop - record.offset]
        start = stop


def _records(log: bytes) -> Iterator[_Record]:
    """All but one that the kill cut short."""
    at = 0
    while at + _HEAD.size <= len(log):
        kind, inode, offset, length, first, second = _HEAD.unpack_from(log, at)
        at += _HEAD.size
        names = at + first
        data = names + second
        if data + length > len(log):
            return
        yield _Record(
            kind.decode(),
            inode,
            offset,
            os.fsdecode(log[at:names]),
            os.fsdecode(log[names:data]),
            log[data : data + length],
        )
        at = data + length
