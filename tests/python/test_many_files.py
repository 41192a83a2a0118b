# SPDX-License-Identifier: MIT
"""Many files at once: `Job.add_files`, and what is done for all of them together."""

from __future__ import annotations

from pathlib import Path

import pytest

from bitscb3 import FolderNotFoundError, JobState
from bitscb3.testing import Nginx, write_file
from contract import Com, text
from support import PATIENCE, open_manager

COUNT = 40  # more than are synced one by one


def test_download(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Files added at once keep their order, and each is the file of the server after complete()."""
    contents = [write_file(www / str(i), 1000 + i, seed=i) for i in range(COUNT)]
    with open_manager(tmp_path) as manager:
        job = manager.create_job("many")
        before = job.add_file(nginx.url("/0"), tmp_path / "before")
        files = job.add_files((nginx.url(f"/{i}"), tmp_path / f"out{i}") for i in range(COUNT))
        assert [file.index for file in files] == list(range(1, COUNT + 1))
        assert job.files == [before, *files]
        assert [job.file(i) for i in range(1, COUNT + 1)] == files
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    for i, content in enumerate(contents):
        assert (tmp_path / f"out{i}").read_bytes() == content[:]
    assert (tmp_path / "before").read_bytes() == contents[0][:]


def test_nothing(tmp_path: Path) -> None:
    """No files are no error."""
    with open_manager(tmp_path) as manager:
        assert manager.create_job("none").add_files([]) == []


@pytest.mark.parametrize(
    ("url", "path", "error"),
    [
        ("ftp://127.0.0.1/b", "b", ValueError),
        ("http://127.0.0.1/b", "nowhere/b", FolderNotFoundError),
        ("http://127.0.0.1/b", "a", ValueError),
        ("http://127.0.0.1/b", "there", ValueError),
    ],
    ids=["scheme", "folder", "twice at once", "twice"],
)
def test_all_or_none(url: str, path: str, error: type[Exception], tmp_path: Path) -> None:
    """When one of the files cannot be added, none is."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("bad")
        job.add_file("http://127.0.0.1/there", tmp_path / "there")
        with pytest.raises(error):
            job.add_files([("http://127.0.0.1/a", tmp_path / "a"), (url, tmp_path / path)])
        assert [Path(file.local_name).name for file in job.files] == ["there"]
        assert len(job.add_files([("http://127.0.0.1/a", tmp_path / "a")])) == 1


def test_com_pointer(tmp_path: Path) -> None:
    """`com_pointer` is the job's IBackgroundCopyJob, which any client may call through its table."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("mine")
        own = Com(job.com_pointer, "IBackgroundCopyJob")
        own.AddRef()
        assert text(own.GetDisplayName) == "mine"
