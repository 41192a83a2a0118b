# SPDX-License-Identifier: MIT
"""How the file system gives bytes: of files, of ranges, of many ranges at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from bitscb3.ranges import Range
from bitscb3.waking import in_thread

from .open_files import OpenFiles, together, within
from .paths import told
from .pieces import Pieces, grouped, limits, merged
from .untyped import AsyncFileSystem, run_in_chunks, sync

if TYPE_CHECKING:
    from bitscb3.file import File

__all__ = ["Reads"]


class Reads(AsyncFileSystem):
    """A base of `BitsFileSystem`: the bytes."""

    if TYPE_CHECKING:
        _timeout: float | None

        @property
        def _files(self) -> OpenFiles: ...

    async def _cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any
    ) -> bytes:
        url = self._strip_protocol(path)
        whole = start is None and end is None
        with told(url):
            async with self._files.use(url, whole=whole) as file:
                wanted = limits(file, start, end)
                await self._fetch(file, [wanted])
                return await in_thread(lambda: self._read(file, wanted))

    async def _cat_ranges(
        self,
        paths: list[str],
        starts: Any,
        ends: Any,
        max_gap: int | None = None,
        batch_size: int | None = None,
        on_error: str = "return",
        **kwargs: Any,
    ) -> list[Any]:
        """The bytes of ranges; those of one file are asked for at once.

        Args:
            paths: n paths.
            starts: Of the n ranges, or one number for all.
            ends: As `starts`.
            max_gap: Ranges no further apart, in bytes, are fetched with what is between; None:
                only what was asked for.
            batch_size: How many files at a time; None: as fsspec chooses.
            on_error: "return": the exception stands in the place of the bytes; "raise".
            kwargs: Ignored.

        Returns:
            n times bytes.
        """
        groups = grouped(self._strip_protocol(list(paths)), starts, ends)
        out: list[Any] = [None] * len(paths)

        async def fetch(url: str, pieces: Pieces) -> None:
            async with self._files.use(url) as file:
                wanted = [limits(file, start, end) for _, start, end in pieces]
                await self._fetch(file, wanted, max_gap)
                found = await in_thread(lambda: [self._read(file, one) for one in wanted])
            for (index, _, _), data in zip(pieces, found, strict=True):
                out[index] = data

        async def one(url: str, pieces: Pieces) -> None:
            try:
                with told(url):
                    await fetch(url, pieces)
            except Exception as error:
                if on_error != "return":
                    raise
                for index, _, _ in pieces:
                    out[index] = error

        await run_in_chunks(
            [one(url, pieces) for url, pieces in groups.items()],
            batch_size=batch_size or self.batch_size,
            nofiles=True,
        )
        return out

    async def _cat_ranges_as_completed(
        self, paths: list[str], starts: Any, ends: Any, max_gap: int | None = None
    ) -> AsyncIterator[tuple[int, bytes]]:
        """As `_cat_ranges`, each range as soon as it is here: its index, and its bytes.

        What goes wrong is raised; leaving the loop early withdraws the rest.
        """
        groups = grouped(self._strip_protocol(list(paths)), starts, ends)
        done: asyncio.Queue[tuple[int, bytes] | BaseException] = asyncio.Queue()

        async def one(file: File, index: int, wanted: Range) -> None:
            await self._fetch(file, [wanted])
            done.put_nowait((index, await in_thread(lambda: self._read(file, wanted))))

        async def fetch(url: str, pieces: Pieces) -> None:
            with told(url):
                async with self._files.use(url) as file:
                    wanted = [limits(file, start, end) for _, start, end in pieces]
                    await together(
                        self._fetch(file, wanted, max_gap),
                        *(
                            one(file, index, piece)
                            for (index, _, _), piece in zip(pieces, wanted, strict=True)
                        ),
                    )

        async def all_of_them() -> None:
            try:
                await together(*(fetch(url, pieces) for url, pieces in groups.items()))
            except Exception as error:
                done.put_nowait(error)

        work = asyncio.ensure_future(all_of_them())
        try:
            for _ in range(len(paths)):
                found = await done.get()
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            work.cancel()
            await asyncio.wait({work})

    def cat_ranges_as_completed(
        self, paths: list[str], starts: Any, ends: Any, max_gap: int | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """As `cat_ranges`, each range as soon as it is here: its index, and its bytes."""
        found = self._cat_ranges_as_completed(paths, starts, ends, max_gap)
        try:
            for _ in range(len(paths)):
                yield sync(self.loop, found.__anext__)
        finally:
            sync(self.loop, found.aclose)  # type: ignore[attr-defined]

    async def _fetch(self, file: File, wanted: list[Range], max_gap: int | None = None) -> None:
        """Have all of `wanted` filled."""
        ranges = merged(wanted, max_gap)
        here = file.progress
        if not ranges or here.bytes_transferred == here.bytes_total:
            return
        request = file.request_ranges(ranges)
        try:
            await within(self._timeout, request, file.shown_name)
        except BaseException:
            request.cancel()
            raise

    def _read(self, file: File, wanted: Range) -> bytes:
        return file.read(*wanted, timeout=self._timeout)
