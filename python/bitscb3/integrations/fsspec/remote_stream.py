# SPDX-License-Identifier: MIT
"""File objects of the file system: what fsspec and its users expect of one, besides reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bitscb3.remote_file import RemoteFile

from .paths import describe
from .untyped import AsyncStreamedFile

if TYPE_CHECKING:
    from .file_system import BitsFileSystem
    from .open_files import OpenFile, OpenFiles

__all__ = ["BitsFile", "BitsStream"]


class BitsFile(RemoteFile):
    """A file that `BitsFileSystem.open` opened: seekable, read-only; it may be pickled.

    Threads:
        Any, several at a time.
    """

    def __init__(
        self,
        fs: BitsFileSystem,
        path: str,
        files: OpenFiles,
        entry: OpenFile,
        buffer_size: int,
        read_ahead: int,
        timeout: float | None,
    ) -> None:
        """Made by the file system; `entry` was taken from `files`."""
        super().__init__(entry.file, buffer_size, read_ahead, timeout, lambda: files.release(entry))
        self.fs: BitsFileSystem = fs
        self.path: str = path
        self.blocksize: int = buffer_size
        self._read_ahead = read_ahead

    @property
    def details(self) -> dict[str, Any]:
        """What `fs.info(path)` tells."""
        return describe(self.path, self.file)

    def info(self) -> dict[str, Any]:
        """As `details`."""
        return self.details

    @property
    def full_name(self) -> str:
        """The URL for `fsspec.open`."""
        return self.fs.unstrip_protocol(self.path)

    @property
    def loc(self) -> int:
        """As `tell()`."""
        return self.tell()

    def _warn(self, text: str) -> None:
        """Not at all: users of fsspec are used to dropping files."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self.fs, self.path, self.blocksize, self._read_ahead, self.tell())


def _reopen(
    fs: BitsFileSystem, path: str, block_size: int, read_ahead: int, position: int
) -> BitsFile:
    file: BitsFile = fs.open(path, block_size=block_size, read_ahead=read_ahead)
    file.seek(position)
    return file


class BitsStream(AsyncStreamedFile):
    """A file that `BitsFileSystem.open_async` opened: `await file.read(length)`."""

    def __init__(self, fs: BitsFileSystem, path: str, size: int) -> None:
        """Made by the file system."""
        super().__init__(fs, path, mode="rb", cache_type="none", size=size)

    async def _fetch_range(self, start: int, end: int) -> bytes:
        found: bytes = await self.fs._cat_file(self.path, start, end)
        return found
