# SPDX-License-Identifier: MIT
"""How the embedded BITS lives with servers over time; reliability/ has the table of their faults."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bitscb3 import EOF, Job, JobState, Manager, Range, Settings, TransferError
from bitscb3.testing import (
    Behaviour,
    Content,
    FaultServer,
    Multipart,
    Resource,
    change_after,
    cut_after,
    ignore_range,
    merged,
    multi_range,
    no_validators,
    stall_after,
    wrong_total,
)

SIZE = 3_000_000
DATA = Content(SIZE, seed=7)
BYTES = bytes(DATA[0:SIZE])
# Errors come at once: no second try.
STRICT = Settings(reconnects=0, no_progress_timeout_s=0)
PATIENT = Settings(reconnects=6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where downloads go."""
    made = tmp_path / "downloads"
    made.mkdir()
    return made


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager that tries lost connections again."""
    with Manager(store=tmp_path / "store", settings=PATIENT) as made:
        yield made


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Manager]:
    """A manager to which every fault is an error."""
    with Manager(store=tmp_path / "strict", settings=STRICT) as made:
        yield made


def collect(job: Job) -> list[Range]:
    """Every range the job reports from here on."""
    ranges: list[Range] = []
    job.on_ranges(lambda job, file, new: ranges.extend(new))
    return ranges


def assert_each_byte_once(ranges: list[Range], size: int) -> None:
    """The ranges cover [0, size), none of them twice."""
    at = 0
    for offset, length in sorted(ranges):
        assert offset == at
        at += length
    assert at == size


def test_error_then_resume(strict: Manager, fault_server: FaultServer, folder: Path) -> None:
    """After an error resume() goes on, and what had arrived is not fetched again."""
    url = fault_server.serve("/f", Resource(DATA), cut_after(1_000_000))
    job = strict.create_job("cut")
    job.add_file(url, folder / "f")
    job.resume()
    with pytest.raises(TransferError):
        job.wait(20)
    had = job.progress.bytes_transferred
    assert had > 0
    before = fault_server.bytes_sent("/f")
    fault_server.serve("/f", Resource(DATA))
    job.resume()
    assert job.wait(20) is JobState.TRANSFERRED
    assert fault_server.bytes_sent("/f") - before == SIZE - had
    job.complete()
    assert (folder / "f").read_bytes() == BYTES


def test_retry_by_itself(tmp_path: Path, fault_server: FaultServer, folder: Path) -> None:
    """Connections that break off again and again are made good by themselves."""
    url = fault_server.serve("/f", Resource(DATA), cut_after(400_000))
    with (
        Manager(store=tmp_path / "s", settings=PATIENT) as manager,
        manager.create_job("cut") as job,
    ):
        job.add_file(url, folder / "f")
        job.resume()
    assert (folder / "f").read_bytes() == BYTES


def test_changed_in_between(manager: Manager, fault_server: FaultServer, folder: Path) -> None:
    """A file that changes half-way starts over, says so first, and is never a mixture."""
    other = Content(SIZE + 5, seed=8)
    url = fault_server.serve(
        "/f", Resource(DATA), cut_after(500_000), change_after(1, Resource(other, version=2))
    )
    events: list[str] = []
    ranges: list[Range] = []
    with manager.create_job("changing") as job:

        @job.on_ranges
        def got(job: Job, file: object, new: list[Range]) -> None:
            events.append("ranges")
            ranges.extend(new)

        @job.on_restarted
        def again(job: Job, file: object) -> None:
            events.append("restarted")
            ranges.clear()

        job.add_file(url, folder / "f")
        job.resume()
    manager.close()
    assert (folder / "f").read_bytes() == bytes(other[0 : SIZE + 5])
    assert events.count("restarted") <= 1
    assert_each_byte_once(ranges, SIZE + 5)


def test_changed_without_validators(
    manager: Manager, fault_server: FaultServer, folder: Path
) -> None:
    """Without any validator a change of size is still noticed."""
    other = Content(SIZE + 9, seed=9)
    url = fault_server.serve(
        "/f",
        Resource(DATA),
        no_validators(),
        cut_after(500_000),
        change_after(1, no_validators()(Resource(other))),
    )
    with manager.create_job("changing") as job:
        job.add_file(url, folder / "f")
        job.resume()
    assert (folder / "f").read_bytes() == bytes(other[0 : SIZE + 9])


def test_changing_for_ever(manager: Manager, fault_server: FaultServer, folder: Path) -> None:
    """A file that is another one with every answer ends as BG_E_REMOTE_FILE_CHANGED."""
    version = iter(range(1, 1000))
    lock = threading.Lock()

    def restless(inner: Behaviour) -> Behaviour:
        def answer(request):  # type: ignore[no-untyped-def]
            with lock:
                number = next(version)
            return cut_after(100_000)(Resource(DATA, version=number))(request)

        return answer

    job = manager.create_job("restless")
    job.add_file(fault_server.serve("/f", Resource(DATA), restless), folder / "f")
    job.resume()
    with pytest.raises(TransferError) as caught:
        job.wait(30)
    assert caught.value.name == "BG_E_REMOTE_FILE_CHANGED"


def test_wrong_total(manager: Manager, fault_server: FaultServer, folder: Path) -> None:
    """A size that differs from answer to answer is a change of the file, never a mixture."""
    url = fault_server.serve(
        "/f", Resource(DATA), cut_after(300_000), change_after(1, wrong_total(7)(Resource(DATA)))
    )
    job = manager.create_job("sizes")
    job.add_file(url, folder / "f")
    job.resume()
    with pytest.raises(TransferError):
        job.wait(30)
    job.cancel()
    assert list(folder.iterdir()) == []


PIECES = [(i * 40_000, 1_000) for i in range(60)]

CURTAILED = {
    "serves all": multi_range("serve"),
    "refuses several": multi_range("refuse416"),
    "sends the first": multi_range("first_only"),
    "sends the whole file": multi_range("whole200"),
    "sends ten": multi_range("limit10"),
}


@pytest.mark.parametrize("name", CURTAILED)
def test_several_ranges(
    name: str, manager: Manager, fault_server: FaultServer, folder: Path
) -> None:
    """However a server treats several ranges at once, those asked for arrive, and only those."""
    url = fault_server.serve("/f", Resource(DATA), CURTAILED[name])
    job = manager.create_job(name, on_demand=True)
    file = job.add_file(url, folder / "f")
    file.request_ranges(PIECES).result(20)
    assert [tuple(r) for r in file.filled_ranges()] == PIECES
    for offset, length in PIECES[::7]:
        assert file.read(offset, length) == BYTES[offset : offset + length]
    sent = fault_server.bytes_sent("/f")
    assert sent < 60_000 + 200 * len(PIECES) + (2_000_000 if "whole" in name else 0)


def test_parts_in_any_order(manager: Manager, fault_server: FaultServer, folder: Path) -> None:
    """Parts that come merged, backwards and with odd headers are put where they belong."""
    odd = Multipart(
        boundary="=" * 60,
        arrange=lambda parts: list(reversed(merged(parts))),
        part_headers=("cONTENT-rANGE: {range}", "X-Odd: 1", "Content-Type: {type}"),
    )
    url = fault_server.serve("/f", Resource(DATA, multipart=odd))
    job = manager.create_job("odd", on_demand=True)
    file = job.add_file(url, folder / "f")
    file.request_ranges([*PIECES, (1_000, 500)]).result(20)
    assert file.read(40_000, 1_000) == BYTES[40_000:41_000]
    file.request_ranges([(0, EOF)]).result(20)
    assert job.wait(20) is JobState.TRANSFERRED
    job.complete()
    assert (folder / "f").read_bytes() == BYTES


def test_stalled_connection(tmp_path: Path, fault_server: FaultServer, folder: Path) -> None:
    """A connection that brings nothing any more is dropped, and the rest comes over another."""
    release = threading.Event()
    url = fault_server.serve(
        "/f", Resource(DATA), stall_after(200_000, release), change_after(1, Resource(DATA))
    )
    settings = Settings(stall_timeout_s=1)
    with (
        Manager(store=tmp_path / "s", settings=settings) as manager,
        manager.create_job("stalled") as job,
    ):
        job.add_file(url, folder / "f")
        job.resume()
    release.set()
    assert (folder / "f").read_bytes() == BYTES


@pytest.mark.parametrize("size", [0, 1, 5])
def test_tiny_files(size: int, manager: Manager, fault_server: FaultServer, folder: Path) -> None:
    """Empty and tiny files are files like others."""
    url = fault_server.serve("/f", Resource(Content(size)))
    with manager.create_job("tiny") as job:
        job.add_file(url, folder / "f")
        job.resume()
    assert (folder / "f").read_bytes() == bytes(Content(size)[0:size])


def test_bits_profile_needs_ranges(tmp_path: Path, fault_server: FaultServer, folder: Path) -> None:
    """With BITS' own numbers a server without ranges is an error, as on Windows."""
    url = fault_server.serve("/f", Resource(DATA), ignore_range())
    with Manager(store=tmp_path / "s", settings=Settings.bits()) as manager:
        job = manager.create_job("strict")
        job.add_file(url, folder / "f")
        job.resume()
        with pytest.raises(TransferError) as caught:
            job.wait(20)
        assert caught.value.name == "BG_E_INSUFFICIENT_RANGE_SUPPORT"
