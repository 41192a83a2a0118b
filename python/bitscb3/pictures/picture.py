# SPDX-License-Identifier: MIT
"""The picture of a file or a job, as it was at one moment."""

from __future__ import annotations

import shutil
from html import escape
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .snapshot import FileSnapshot, JobSnapshot, snap_file, snap_job
from .svg import draw, fit
from .text_map import can_draw, text_map

if TYPE_CHECKING:
    import os

    from bitscb3.file import File
    from bitscb3.job import Job

__all__ = ["RangePicture", "picture_of_file", "picture_of_job"]

_LEAST, _WIDEST, _HIGHEST = 40, 4000, 1000  # pixels
_MOST_FILES: Final = 60


class RangePicture:
    """Which bytes were here when it was made: in a notebook an SVG, printed a map of characters.

    Made by `File.plot`, `Job.plot`; `print(file.plot())` shows it in a terminal.

    Threads:
        Any; the object never changes.
    """

    def __init__(self, subject: FileSnapshot | JobSnapshot, width: int, height: int) -> None:
        """Made by `File.plot` and `Job.plot`."""
        _check(width, "width", _LEAST, _WIDEST)
        _check(height, "height", 1, _HIGHEST)
        self._subject = subject
        self._width = width
        self._height = height
        self._svg: str | None = None

    @property
    def svg(self) -> str:
        """The picture as an SVG document: self-contained, without scripts, under 100 kB."""
        if self._svg is None:
            subject = self._subject
            if isinstance(subject, FileSnapshot):
                self._svg = draw(("", ""), [subject], [], self._width, self._height)
            else:
                title = (subject.name, subject.figures)
                notes = [note for note in (subject.rest, subject.error) if note]
                self._svg = draw(title, subject.files, notes, self._width, self._height)
        return self._svg

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the SVG to a file, which is made or replaced; returns its path."""
        target = Path(path)
        target.write_text(self.svg, encoding="utf-8", newline="\n")
        return target

    def text(
        self, width: int | None = None, height: int | None = None, *, plain: bool | None = None
    ) -> str:
        """The picture in characters.

        Args:
            width: Characters in a line; None: the terminal's, at most 72.
            height: Rows of each map; None: 4 of a file alone, 1 of each file of a job.
            plain: ASCII only; None: where the standard output can show no more.
        """
        columns = width or min(shutil.get_terminal_size((73, 24)).columns - 1, 72)
        is_plain = not can_draw() if plain is None else plain
        subject = self._subject
        if isinstance(subject, FileSnapshot):
            lines = _lines_of_file(subject, columns, height or 4, is_plain)
        else:
            lines = [subject.name, subject.figures]
            for row in subject.files:
                lines += _lines_of_file(row, columns, height or 1, is_plain)
            lines += [subject.rest, subject.error]
        text = "\n".join(line for line in lines if line)
        return text.encode("ascii", "replace").decode("ascii") if is_plain else text

    def __str__(self) -> str:
        """The map in characters."""
        return self.text()

    def __repr__(self) -> str:
        """What it shows."""
        return f"<RangePicture {self._subject.name}: {self._subject.figures}>"

    def _repr_svg_(self) -> str:
        return self.svg

    @property
    def html(self) -> str:
        """The SVG in a division, with the error of a job below where the picture had to cut it."""
        subject = self._subject
        error = subject.error if isinstance(subject, JobSnapshot) else ""
        if fit(error, self._width) == error:
            error = ""
        return f"<div>{self.svg}{f'<p>{escape(error)}</p>' if error else ''}</div>"

    def _repr_html_(self) -> str:
        return self.html

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def picture_of_file(file: File, width: int, height: int) -> RangePicture:
    """See `File.plot`."""
    return RangePicture(snap_file(file), width, height)


def picture_of_job(job: Job, width: int, height: int, files: int) -> RangePicture:
    """See `Job.plot`."""
    _check(files, "files", 0, _MOST_FILES)
    return RangePicture(snap_job(job, files), width, height)


def _lines_of_file(row: FileSnapshot, width: int, height: int, plain: bool) -> list[str]:
    figures = f"{row.figures}; {row.remark}" if row.remark and row.figures else row.figures
    return [
        row.name,
        figures or row.remark,
        text_map(row.ranges, row.size, width, height, plain=plain),
    ]


def _check(number: int, what: str, least: int, most: int) -> None:
    if not least <= index(number) <= most:
        raise ValueError(f"{what} is {number!r}; give {least} to {most:,}")
