# SPDX-License-Identifier: MIT
"""The pictures of files and jobs: the part of `File` and `Job` for looking at."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .file import File
    from .job import Job
    from .pictures import LivePicture, RangePicture

__all__ = ["FilePictures", "JobPictures"]


class FilePictures:
    """The base of `File` that shows which bytes are here."""

    def plot(self, *, width: int = 640, height: int = 24) -> RangePicture:
        """Which bytes of the file are here now, as a picture.

        A notebook shows it as it is, `print()` as characters; `.save(path)` writes an SVG.

        Args:
            width: Of the picture, in pixels: 40 to 4000.
            height: Of the bar, in pixels: 1 to 1000.
        """
        from .pictures.picture import picture_of_file

        return picture_of_file(cast("File", self), width, height)

    def watch(self, *, interval: float = 0.25) -> LivePicture:
        """Show a picture that follows the file until its job ends; see `bitscb3.pictures.live`."""
        from .pictures import live

        return live(cast("File", self), interval=interval)

    def _repr_html_(self) -> str:
        return self.plot().html


class JobPictures:
    """The base of `Job` that shows which bytes of its files are here."""

    def plot(self, *, width: int = 640, height: int = 24, files: int = 20) -> RangePicture:
        """Which bytes of the job's files are here now, as a picture with a row for each file.

        Args:
            width: Of the picture, in pixels: 40 to 4000.
            height: Of each bar, in pixels: 1 to 1000.
            files: How many files are shown, at most 60; a line tells of the others together.
        """
        from .pictures.picture import picture_of_job

        return picture_of_job(cast("Job", self), width, height, files)

    def watch(self, *, interval: float = 0.25) -> LivePicture:
        """Show a picture that follows the job until it ends; see `bitscb3.pictures.live`."""
        from .pictures import live

        return live(cast("Job", self), interval=interval)

    def _repr_html_(self) -> str:
        return self.plot(files=10).html
