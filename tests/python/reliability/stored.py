# SPDX-License-Identifier: MIT
"""What a job store claims, read as it lies on the disk: no engine opens it and mends it meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bitscb3 import Range

COMPLETE, CANCEL = 1, 2  # intents


class Claim(NamedTuple):
    """The row of a file, with what matters of its job's."""

    job: str  # name
    intent: int
    local: Path
    temporary: Path
    filled: list[Range]
    published: bool

    @property
    def bytes(self) -> int:
        """How many it claims."""
        return sum(piece.length for piece in self.filled)


def claims_of(store: Path) -> list[Claim]:
    """The rows of all files; fails when SQLite finds the database damaged.

    A copy is read: the last to close a database would bring its log in.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name in ("jobs.sqlite", "jobs.sqlite-wal"):
            if (store / name).exists():
                shutil.copy(store / name, folder)
        with closing(sqlite3.connect(Path(folder) / "jobs.sqlite")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if not database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                return []  # it was killed before the tables were made
            rows = database.execute(
                "SELECT job.name, intent, local, temporary, filled, published"
                " FROM job JOIN file ON job.id = file.job"
            ).fetchall()
    return [
        Claim(name, intent, Path(local), Path(temporary), ranges_of(filled), bool(published))
        for name, intent, local, temporary, filled, published in rows
    ]


def ranges_of(blob: bytes) -> list[Range]:
    """The ranges in a column. Source: cpp/engine/range_blob.cpp."""
    numbers = _numbers(blob)
    out: list[Range] = []
    for gap in numbers:
        out.append(Range(gap + (out[-1].end if out else 0), next(numbers)))
    return out


def _numbers(blob: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in blob:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0


def check_claims(claims: list[Claim], content_of: Callable[[str], bytes]) -> int:
    """Fail when a byte that the store claims is not on the disk; returns how many it claims.

    Args:
        claims: Of all files.
        content_of: The content of a file by its final name.
    """
    checked = 0
    for claim in claims:
        if not claim.filled:
            continue
        content = content_of(claim.local.name)
        path = claim.local if claim.published else claim.temporary
        if claim.intent and not path.exists():  # it was renamed or removed, and not yet recorded
            if claim.intent == CANCEL or not claim.local.exists():
                continue
            path = claim.local
        with path.open("rb") as file:
            for offset, length in claim.filled:
                file.seek(offset)
                found = file.read(length)
                wanted = content[offset : offset + length]
                assert found == wanted, f"{claim.job}: {path} lacks bytes of {offset}+{length}"
                checked += length
    return checked
