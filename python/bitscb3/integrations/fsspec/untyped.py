# SPDX-License-Identifier: MIT
"""What is used of fsspec, which has no types, with types."""

# ruff: noqa: D102, D103 - fsspec describes them

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, MutableMapping

    DEFAULT_CALLBACK: Any

    def glob_translate(pattern: str) -> str: ...

    def isfilelike(value: object) -> bool: ...

    def run_in_chunks(
        work: list[Coroutine[Any, Any, Any]], *, batch_size: int | None, nofiles: bool
    ) -> Coroutine[Any, Any, list[Any]]: ...

    def stringify_path(path: Any) -> str: ...

    def sync(
        loop: asyncio.AbstractEventLoop | None, function: Callable[..., Any], *arguments: Any
    ) -> Any: ...

    def tokenize(*values: object) -> str: ...

    class AsyncFileSystem:
        """fsspec's; what is not named here is there, too."""

        batch_size: int | None
        dircache: MutableMapping[str, list[str]]
        loop: asyncio.AbstractEventLoop

        def __init__(self, **options: Any) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

        @classmethod
        def _strip_protocol(cls, path: Any) -> Any: ...

        async def _expand_path(self, path: Any, *args: Any, **kwargs: Any) -> list[str]: ...

        async def _find(self, path: str, *args: Any, **kwargs: Any) -> Any: ...

        async def _get(self, rpath: Any, lpath: Any, *args: Any, **kwargs: Any) -> Any: ...

        def invalidate_cache(self, path: str | None = None) -> None: ...

    class AsyncStreamedFile:
        """fsspec's; what is not named here is there, too."""

        fs: Any
        path: str

        def __init__(self, fs: Any, path: str, **options: Any) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

else:
    import os

    from fsspec.asyn import AbstractAsyncStreamedFile as AsyncStreamedFile
    from fsspec.asyn import AsyncFileSystem, reset_lock, sync
    from fsspec.asyn import _run_coros_in_chunks as run_in_chunks
    from fsspec.callbacks import DEFAULT_CALLBACK
    from fsspec.utils import glob_translate, isfilelike, stringify_path, tokenize

    if hasattr(os, "register_at_fork"):
        # The thread of fsspec's event loop is the parent's; older versions do not mind.
        os.register_at_fork(after_in_child=reset_lock)

__all__ = [
    "DEFAULT_CALLBACK",
    "AsyncFileSystem",
    "AsyncStreamedFile",
    "glob_translate",
    "isfilelike",
    "run_in_chunks",
    "stringify_path",
    "sync",
    "tokenize",
]
