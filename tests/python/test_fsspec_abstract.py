# SPDX-License-Identifier: MIT
"""fsspec's own tests of file systems, against a folder that nginx serves."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from bitscb3.testing import Nginx

pytest.importorskip("fsspec.tests.abstract.open")  # of late 2024
from fsspec.tests.abstract import AbstractFixtures, AbstractGetTests, AbstractOpenTests
from fsspec.tests.abstract.common import GLOB_EDGE_CASES_TESTS

from bitscb3.integrations.fsspec import BitsFileSystem


class Writable(BitsFileSystem):
    """The file system, and what fills the folder that the server shows."""

    cachable = False
    folder: Path

    def _local(self, path: str) -> Path:
        return self.folder / unquote(urlsplit(self._strip_protocol(path)).path).strip("/")

    def touch(self, path: str, truncate: bool = True, **kwargs: Any) -> None:
        self.pipe(path, b"")

    def pipe(self, path: str, value: bytes, **kwargs: Any) -> None:
        local = self._local(path)
        local.parent.mkdir(parents=True, exist_ok=True)
        local.write_bytes(value)
        self.invalidate_cache()

    def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        self._local(path).mkdir(parents=create_parents)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        self._local(path).mkdir(parents=True, exist_ok=exist_ok)

    def rm(self, path: str, recursive: bool = False, **kwargs: Any) -> None:
        local = self._local(path)
        shutil.rmtree(local) if recursive and local.is_dir() else local.unlink()
        self.invalidate_cache()

    def open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        if mode == "rb":
            return super().open(path, mode, **kwargs)
        self.invalidate_cache()
        return self._local(path).open(mode)


class Served(AbstractFixtures):
    """The fixtures: a folder, nginx, the file system."""

    @pytest.fixture
    def fs(self, www: Path, tmp_path: Path) -> Iterator[Writable]:
        """The file system, with a store of its own."""
        fs = Writable(store=str(tmp_path / "store"), cache=str(tmp_path / "cache"))
        fs.folder = www
        yield fs
        fs.close()
        del fs
        gc.collect()  # fsspec's file systems are cycles; the manager lives as long as one of them

    @pytest.fixture
    def fs_path(self, www: Path) -> Iterator[str]:
        """The URL of a folder."""
        (www / "here").mkdir()
        with Nginx(www, extra_config="autoindex on;") as server:
            yield server.url("/here")

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        """Parts of a URL."""
        return lambda *parts: "/".join(parts)


class TestGet(Served, AbstractGetTests):
    """Downloads of files, folders and patterns."""

    @pytest.mark.parametrize(
        GLOB_EDGE_CASES_TESTS["argnames"],
        [case for case in GLOB_EDGE_CASES_TESTS["argvalues"] if "?" not in case[0]],
    )
    def test_get_glob_edge_cases(
        self,
        path: str,
        recursive: bool,
        maxdepth: int | None,
        expected: list[str],
        fs: Writable,
        fs_join: Callable[..., str],
        fs_glob_edge_cases_files: str,
        local_fs: Any,
        local_join: Any,
        local_target: Any,
    ) -> None:
        """Patterns find what fsspec says; but "?" begins the query of a URL and is no wildcard."""
        super().test_get_glob_edge_cases(
            path,
            recursive,
            maxdepth,
            expected,
            fs,
            fs_join,
            fs_glob_edge_cases_files,
            local_fs,
            local_join,
            local_target,
        )


class TestOpen(Served, AbstractOpenTests):
    """Opening."""
