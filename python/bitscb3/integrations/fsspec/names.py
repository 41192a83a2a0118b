# SPDX-License-Identifier: MIT
"""What the file system knows of names: files, folders, patterns, versions."""

from __future__ import annotations

import contextlib
import datetime
import re
from typing import TYPE_CHECKING, Any

from bitscb3.errors import TransferError
from bitscb3.urls import check_url

from .links import find_children
from .paths import describe, first_wildcard, is_answer, path_of, told
from .untyped import AsyncFileSystem, glob_translate, tokenize

if TYPE_CHECKING:
    from .open_files import OpenFiles

__all__ = ["Names"]


class Names(AsyncFileSystem):
    """A base of `BitsFileSystem`: everything but the bytes."""

    if TYPE_CHECKING:
        _open_files: OpenFiles | None

        @property
        def _files(self) -> OpenFiles: ...

    async def _info(self, path: str, *, refresh: bool = False, **kwargs: Any) -> dict[str, Any]:
        """What the server tells of a file: name, size, ETag, Last-Modified and mtime, mimetype.

        The first contact is that of a job, which then waits for reads; there is no HEAD.
        """
        url = self._strip_protocol(path)
        if url.endswith("/") and await self._children(url) is not None:
            return _folder(url)
        with told(url):
            async with self._files.use(url, refresh=refresh) as file:
                info = describe(url, file)
        looks_like_one = info.get("mimetype") == "text/html" and not url.endswith("/")
        if looks_like_one and await self._children(url) is not None:
            return _folder(url)
        return info

    async def _exists(self, path: str, **kwargs: Any) -> bool:
        try:
            await self._info(path, **kwargs)
        except (FileNotFoundError, PermissionError):
            return False
        return True

    async def _isdir(self, path: str) -> bool:
        """Whether the server lists it as a folder."""
        return await self._children(self._strip_protocol(path)) is not None

    async def _ls(
        self, path: str, detail: bool = True, *, refresh: bool = False, **kwargs: Any
    ) -> list[Any]:
        """What a folder has; sizes are not known. The names of folders end in a slash."""
        url = self._strip_protocol(path)
        children = await self._children(url, refresh)
        if children is None:
            entries = [await self._info(url)]
        else:
            entries = [_folder(one) if one.endswith("/") else _unseen(one) for one in children]
        return entries if detail else [entry["name"] for entry in entries]

    async def _children(self, url: str, refresh: bool = False) -> list[str] | None:
        """The URLs in a folder; None: the server lists no such folder."""
        if "?" in url:
            return None
        folder = check_url(url.rstrip("/") + "/")
        with contextlib.suppress(KeyError):
            if not refresh:
                known: list[str] = self.dircache[folder]
                return known
        try:
            kind, page = await self._files.page(folder)
        except TransferError as error:
            if not is_answer(error):
                raise
            return None
        children = find_children(page, folder) if kind == "text/html" else None
        if children is not None:
            self.dircache[folder] = children
        return children

    async def _glob(self, path: str, maxdepth: int | None = None, **kwargs: Any) -> Any:
        """Find files by a pattern; "?" begins a query and is no wildcard."""
        if maxdepth is not None and maxdepth < 1:
            raise ValueError("maxdepth must be at least 1")
        detail = kwargs.pop("detail", False)
        url = check_url(self._strip_protocol(path))  # as a listing has names
        begin = path_of(url)
        place = first_wildcard(url)
        found: dict[str, Any]
        if place is None:
            found = {url: await self._info(url)} if await self._exists(url) else {}
            return found if detail else list(found)
        root = url[: url.rindex("/", 0, place) + 1]
        depth: int | None = url[len(root) :].rstrip("/").count("/") + 1
        if "**" in url:
            after = url[url.index("**") :].count("/") + 1
            depth = None if maxdepth is None or depth is None else depth - after + maxdepth
        found = await self._find(root, maxdepth=depth, withdirs=True, detail=True)
        matches = re.compile(glob_translate(url[begin:].rstrip("/"))).match
        found = {
            name: info
            for name, info in sorted(found.items())
            if matches(name[begin:] if url.endswith("/**") else name[begin:].rstrip("/"))
            and (name.endswith("/") or not url.endswith("/"))
        }
        return found if detail else list(found)

    async def _expand_path(self, path: Any, *args: Any, **kwargs: Any) -> list[str]:
        found = set(await super()._expand_path(path, *args, **kwargs))
        return sorted(name for name in found if f"{name}/" not in found)

    async def _find(self, path: str, *args: Any, withdirs: bool = False, **kwargs: Any) -> Any:
        url = self._strip_protocol(path)
        if withdirs and not url.endswith("/") and await self._isdir(url):
            url += "/"
        return await super()._find(url, *args, withdirs=withdirs, **kwargs)

    def ukey(self, path: str) -> str:
        """Another one for another version of the file; the server is asked."""
        return str(tokenize(self.info(path, refresh=True)))

    def checksum(self, path: str) -> int:
        """As `ukey`, as a number."""
        return int(self.ukey(path), 16)

    def modified(self, path: str) -> datetime.datetime:
        """When it was changed last, UTC; the server is asked.

        Raises:
            NotImplementedError: The server does not tell.
        """
        seconds = self.info(path, refresh=True).get("mtime")
        if seconds is None:
            raise NotImplementedError(f"the server does not tell when {path} was changed")
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget listings and versions; files in a cache folder are asked for again."""
        super().invalidate_cache(path)
        self.dircache.clear()
        if self._open_files is not None:
            self._open_files.drop(None if path is None else self._strip_protocol(path))


def _folder(url: str) -> dict[str, Any]:
    return {"name": url, "size": None, "type": "directory"}


def _unseen(url: str) -> dict[str, Any]:
    """A file that was seen in a listing only."""
    return {"name": url, "size": None, "type": "file"}
