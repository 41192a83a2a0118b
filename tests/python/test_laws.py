# SPDX-License-Identifier: MIT
"""What holds for every sequence of calls."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bitscb3 import File, Job, JobState, Manager, Range, RangeRequest
from bitscb3.testing import Content, FaultServer, Nginx, Resource, write_file
from support import PATIENCE, covered, settle

SIZE = 400_000

Call: TypeAlias = tuple[str, int, int]  # what, offset, length


@st.composite
def calls(draw: st.DrawFn) -> list[Call]:
    """Requests of ranges, now and then a pause, a look or another listener between them."""
    kinds = st.sampled_from(["request"] * 5 + ["read", "suspend", "resume", "listen"])
    out = []
    for kind in draw(st.lists(kinds, max_size=25)):
        offset = draw(st.integers(0, SIZE - 1))
        out.append((kind, offset, draw(st.integers(1, min(SIZE - offset, 50_000)))))
    return out


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, Content]]:
    """The URL of a file that nginx serves, and what it holds."""
    with tempfile.TemporaryDirectory() as folder:
        content = write_file(Path(folder) / "f", SIZE)
        with Nginx(Path(folder)) as nginx:
            yield nginx.url("/f"), content


def listen(job: Job) -> list[Range]:
    """Every range that another handler of the job is told."""
    told: list[Range] = []
    job.on_restarted(lambda job, file: told.clear())  # first: no restart goes unseen
    job.on_ranges(lambda job, file, ranges: told.extend(ranges))
    return told


def play(job: Job, file: File, script: list[Call], content: Content) -> None:
    """Make the calls; then every request is settled, and every listener knows what is filled."""
    requests: list[RangeRequest] = []
    listeners = [listen(job)]
    asked: list[tuple[int, int]] = []
    suspended = False
    for kind, offset, length in script:
        if kind == "request":
            requests.append(file.request_ranges([(offset, length)]))
            asked.append((offset, length))
        elif kind == "read" and not suspended:
            assert file.read(offset, length) == content[offset : offset + length]
            asked.append((offset, length))
        elif kind == "suspend":
            job.suspend()
            suspended = True
        elif kind == "resume":
            job.resume()
            suspended = False
        elif kind == "listen":
            listeners.append(listen(job))
    job.resume()
    for request in requests:
        request.result(PATIENCE)
    assert job.wait(PATIENCE) in (JobState.SUSPENDED, JobState.TRANSFERRED)
    settle(job)
    filled = [(piece.offset, piece.length) for piece in file.filled_ranges()]
    for told in listeners:
        assert covered(told) == filled
    for offset, length in asked:
        assert any(at <= offset and offset + length <= at + size for at, size in filled)
        assert file.read(offset, length) == content[offset : offset + length]


@settings(max_examples=150, deadline=None)
@given(script=calls(), capacity=st.sampled_from([1, 2, 65536]))
def test_on_demand(served: tuple[str, Content], script: list[Call], capacity: int) -> None:
    """Requests settle with the right bytes, and each handler is told every filled byte once."""
    url, content = served
    with (
        tempfile.TemporaryDirectory() as folder,
        Manager("engine", Path(folder) / "store", queue_capacity=capacity) as manager,
    ):
        job = manager.create_job("law", on_demand=True)
        play(job, job.add_file(url, Path(folder) / "f"), script, content)
        job.cancel()


MOST_CHANGES = 3  # a file that changes without end is an error


@settings(max_examples=100, deadline=None)
@given(script=st.lists(st.one_of(calls(), st.just("change")), max_size=8))
def test_changing_file(script: list[list[Call] | str]) -> None:
    """A file that changes in between is of one version in the end, and handlers know which bytes."""
    versions = [Content(SIZE, seed=number) for number in range(MOST_CHANGES + 1)]
    now = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        FaultServer() as server,
        Manager("engine", Path(folder) / "store") as manager,
    ):
        url = server.serve("/f", Resource(versions[now], version=now))
        job = manager.create_job("law", on_demand=True)
        file = job.add_file(url, Path(folder) / "f")
        listeners = [listen(job)]
        requests: list[RangeRequest] = []
        for step in script:
            if step == "change" and now < MOST_CHANGES:
                now += 1
                server.serve("/f", Resource(versions[now], version=now))
            for kind, offset, length in () if isinstance(step, str) else step:
                if kind == "request":
                    requests.append(file.request_ranges([(offset, length)]))
                elif kind == "listen":
                    listeners.append(listen(job))
        for request in requests:
            request.result(PATIENCE)
        assert job.wait(PATIENCE) in (JobState.SUSPENDED, JobState.TRANSFERRED)
        settle(job)
        filled = [(piece.offset, piece.length) for piece in file.filled_ranges()]
        for told in listeners:
            assert covered(told) == filled
        bytes_of = {offset: file.read(offset, length) for offset, length in filled}
        assert any(
            all(version[at : at + len(data)] == data for at, data in bytes_of.items())
            for version in versions
        )
        job.cancel()
