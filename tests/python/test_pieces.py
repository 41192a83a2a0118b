# SPDX-License-Identifier: MIT
"""Pieces of a remote file, put one after another in the local one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bitscb3 import (
    EOF,
    BitsError,
    JobState,
    Manager,
    RangesNotSupportedError,
    Settings,
    TransferError,
)
from bitscb3.testing import (
    Content,
    FaultServer,
    MultiRange,
    Nginx,
    Resource,
    change_after,
    cut_after,
    ignore_range,
    multi_range,
    write_file,
)
from support import KIB, MIB, open_manager

SIZE = 300_000
CONTENT = Content(SIZE)


@st.composite
def pieces_of_a_file(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Disjoint pieces of a file of SIZE bytes, in any order; one may reach to the end."""
    marks = sorted(draw(st.sets(st.integers(0, SIZE), min_size=2, max_size=24)))
    pairs = list(zip(marks[::2], marks[1::2], strict=False))
    pieces = [(begin, end - begin) for begin, end in pairs]
    if draw(st.booleans()):
        pieces[-1] = (pieces[-1][0], EOF)
    return draw(st.permutations(pieces))


def joined(pieces: list[tuple[int, int]], content: Content = CONTENT) -> bytes:
    """What the local file has to be."""
    return b"".join(
        content[offset : min(offset + length, len(content))] for offset, length in pieces
    )


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    """A manager for many examples."""
    with Manager("engine", tmp_path_factory.mktemp("store")) as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    """A server with the file under each policy for several ranges at once."""
    with FaultServer() as opened:
        for policy in MultiRange.__args__:
            opened.serve(f"/{policy}", Resource(CONTENT), multi_range(policy))
        opened.serve("/none", Resource(CONTENT), ignore_range())
        yield opened


@settings(max_examples=40, deadline=None)
@given(pieces=pieces_of_a_file(), policy=st.sampled_from([*MultiRange.__args__, "none"]))
def test_law_of_pieces(
    manager: Manager,
    server: FaultServer,
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[tuple[int, int]],
    policy: str,
) -> None:
    """The local file is the pieces in the given order, however the server answers several ranges."""
    out = tmp_path_factory.getbasetemp() / "pieces"
    with manager.create_job("law") as job:
        file = job.add_file(server.url(f"/{policy}"), out, pieces)
        job.resume()
        assert job.wait(10) is JobState.TRANSFERRED
        assert file.ranges == pieces
        assert file.size == len(joined(pieces)) == file.progress.bytes_transferred
    assert out.read_bytes() == joined(pieces)


def test_no_events_of_pieces(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A file had in pieces reports no ranges, takes no requests, and is read as it is on disk."""
    content = write_file(www / "f", SIZE)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(nginx.url("/f"), tmp_path / "a", [(1000, 100), (0, 10)])
        job.resume()
        assert job.wait(10) is JobState.TRANSFERRED
        for call in (file.filled_ranges, lambda: file.request_ranges([(0, 1)]).result(5)):
            with pytest.raises(RangesNotSupportedError):
                call()
        assert file.read() == content[1000:1100] + content[:10]
        assert file.read(100, 5) == content[:5]


def test_pieces_survive(fault_server: FaultServer, tmp_path: Path) -> None:
    """Pieces that are recorded are not fetched again by the next process."""
    content = Content(8 * MIB)
    url = fault_server.serve("/f", Resource(content), cut_after(KIB))
    pieces = [(4 * MIB, 2 * MIB), (0, MIB)]
    once = Settings(no_progress_timeout_s=0, reconnects=0, connections_per_file=1)
    with open_manager(tmp_path, once) as manager:
        job = manager.create_job("kept")
        job.add_file(url, tmp_path / "a", pieces)
        job.resume()
        with pytest.raises(TransferError):
            job.wait(10)
        got = job.progress.bytes_transferred
        assert got >= KIB
    fault_server.serve("/f", Resource(content))
    before = len(fault_server.requests)
    with open_manager(tmp_path) as manager:
        job = manager.jobs()[0]
        job.resume()
        job.wait(10)
        assert job.files[0].ranges == pieces
        job.complete()
    assert (tmp_path / "a").read_bytes() == joined(pieces, content)
    asked = [span for record in fault_server.requests[before:] for span in record.ranges]
    assert sum(span.length or 0 for span in asked) == 3 * MIB - got


def test_pieces_of_a_file_that_changes(fault_server: FaultServer, tmp_path: Path) -> None:
    """When the remote file changes, all pieces are of the new version, one to the end as well."""
    new = Content(2 * SIZE, 2)
    former, latter = Resource(Content(SIZE)), Resource(new, version=2)
    url = fault_server.serve("/f", former, change_after(1, latter))
    pieces = [(200_000, EOF), (0, 100_000)]
    once = Settings(connections_per_file=1)
    with open_manager(tmp_path, once) as manager, manager.create_job("a") as job:
        job.add_file(url, tmp_path / "a", pieces)
    assert (tmp_path / "a").read_bytes() == joined(pieces, new)


@pytest.mark.parametrize(
    ("pieces", "problem"),
    [
        ([], "range"),
        ([(0, 10), (5, 10)], "overlap"),
        ([(-1, 10)], "offset"),
        ([(0, 0)], "length"),
    ],
)
def test_bad_pieces(tmp_path: Path, pieces: list[tuple[int, int]], problem: str) -> None:
    """Pieces that are none, overlap, or are no ranges raise ValueError, and no file is added."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises(ValueError, match=problem):
            job.add_file("http://127.0.0.1:9/a", tmp_path / "a", pieces)
        assert job.files == []


def test_pieces_of_a_local_file(tmp_path: Path) -> None:
    """Pieces are had over HTTP only."""
    (tmp_path / "source").write_bytes(b"abc")
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises(BitsError, match="E_INVALIDARG"):
            job.add_file((tmp_path / "source").as_uri(), tmp_path / "a", [(0, 1)])
