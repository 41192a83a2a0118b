# SPDX-License-Identifier: MIT
"""What a file system that only reads answers to everything else."""

from __future__ import annotations

import errno
from typing import Any, NoReturn

from bitscb3.urls import short_url

__all__ = ["ReadOnly"]


class ReadOnly:
    """The methods of fsspec that write: each raises OSError, EROFS."""

    def refuse(self, path: Any) -> NoReturn:
        """Raise the error.

        Raises:
            OSError: Always; its errno is EROFS.
        """
        shown = short_url(path) if isinstance(path, str) else None
        raise OSError(errno.EROFS, "files on web servers are only read here", shown)

    async def _pipe_file(self, path: str, value: bytes, **kwargs: Any) -> NoReturn:
        self.refuse(path)

    async def _put_file(self, lpath: str, rpath: str, **kwargs: Any) -> NoReturn:
        self.refuse(rpath)

    async def _put(self, lpath: Any, rpath: Any, **kwargs: Any) -> NoReturn:
        self.refuse(rpath)

    async def _copy(self, path1: Any, path2: Any, **kwargs: Any) -> NoReturn:
        self.refuse(path2)

    async def _cp_file(self, path1: str, path2: str, **kwargs: Any) -> NoReturn:
        self.refuse(path2)

    async def _mv_file(self, path1: str, path2: str, **kwargs: Any) -> NoReturn:
        self.refuse(path1)

    async def _rm_file(self, path: str, **kwargs: Any) -> NoReturn:
        self.refuse(path)

    async def _rm(self, path: Any, **kwargs: Any) -> NoReturn:
        self.refuse(path)

    async def _mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> NoReturn:
        self.refuse(path)

    async def _makedirs(self, path: str, exist_ok: bool = False) -> NoReturn:
        self.refuse(path)

    def touch(self, path: str, truncate: bool = True, **kwargs: Any) -> NoReturn:
        """Refused."""
        self.refuse(path)

    def mv(self, path1: Any, path2: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        self.refuse(path1)
