# SPDX-License-Identifier: MIT
"""Bad arguments: refused with ValueError or TypeError before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bitscb3 import (
    EOF,
    File,
    InvalidStateError,
    Job,
    JobType,
    Manager,
    NotifyFlags,
    Range,
    RangeQueue,
)
from bitscb3.testing import Content, FaultServer, Resource
from bitscb3.urls import check_url
from support import open_manager

URL = "http://127.0.0.1:9/a"
LONG = "x" * 257


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager with an empty store."""
    with open_manager(tmp_path) as made:
        yield made


@pytest.fixture
def job(manager: Manager) -> Job:
    """A job without files."""
    return manager.create_job("job")


@pytest.fixture
def file(manager: Manager, fault_server: FaultServer, tmp_path: Path) -> File:
    """A file of an on-demand job, of 1,000 bytes, on a server that is there."""
    url = fault_server.serve("/a", Resource(Content(1000)))
    return manager.create_job("file", on_demand=True).add_file(url, tmp_path / "file")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"backend": "windows"}, ValueError),
        ({"backend": None}, ValueError),
        ({"store": ""}, ValueError),
        ({"store": "a\0b"}, ValueError),
        ({"store": 5}, TypeError),
        ({"store": b"store"}, TypeError),
        ({"settings": {"connections": 5}}, TypeError),
        ({"ca_file": "/no/such/file.pem"}, ValueError),
        ({"ca_file": "/"}, ValueError),
        ({"ca_file": 5}, TypeError),
        ({"user_agent": ""}, ValueError),
        ({"user_agent": "a\r\nCookie: stolen"}, ValueError),
        ({"user_agent": 5}, TypeError),
        ({"queue_capacity": 0}, ValueError),
        ({"queue_capacity": 2**40}, ValueError),
        ({"queue_capacity": "many"}, TypeError),
        ({"queue_capacity": True}, TypeError),
    ],
    ids=str,
)
def test_manager(options: dict[str, Any], error: type[Exception], tmp_path: Path) -> None:
    """A manager with a bad option is not opened, and leaves nothing behind."""
    store = tmp_path / "store"
    with pytest.raises(error):
        Manager(**{"backend": "engine", "store": store, **options})
    assert not store.exists()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": None}, TypeError),
        ({"name": b"a"}, TypeError),
        ({"name": LONG}, ValueError),
        ({"name": "😀" * 129}, ValueError),
        ({"name": "a\0b"}, ValueError),
        ({"name": "\ud800"}, ValueError),
        ({"type": 9}, ValueError),
        ({"priority": "high"}, ValueError),
        ({"priority": 4}, ValueError),
    ],
    ids=str,
)
def test_create_job(arguments: dict[str, Any], error: type[Exception], manager: Manager) -> None:
    """A job with a bad name, type or priority is not made."""
    with pytest.raises(error):
        manager.create_job(**{"name": "job", **arguments})
    assert manager.jobs() == []


def test_uploads_are_refused_with_a_name(manager: Manager) -> None:
    """The embedded BITS makes no upload jobs, and says so with E_NOTIMPL."""
    with pytest.raises(OSError, match="E_NOTIMPL"):
        manager.create_job("up", JobType.UPLOAD)
    assert manager.jobs() == []


@pytest.mark.parametrize(
    ("identity", "error"),
    [("", ValueError), ("no id", ValueError), (5, TypeError), (None, TypeError), (b"", TypeError)],
)
def test_job_id(identity: Any, error: type[Exception], manager: Manager) -> None:
    """What is no identity is refused before anybody is asked."""
    with pytest.raises(error, match="id of a job"):
        manager.job(identity)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("name", 5, TypeError),
        ("name", LONG, ValueError),
        ("name", "a\0b", ValueError),
        ("description", None, TypeError),
        ("description", "y" * 1025, ValueError),
        ("description", "\ud800", ValueError),
        ("priority", 9, ValueError),
        ("minimum_notification_interval", -1, ValueError),
        ("minimum_notification_interval", math.nan, ValueError),
        ("minimum_notification_interval", math.inf, ValueError),
        ("minimum_notification_interval", "1", TypeError),
        ("minimum_retry_delay", -0.5, ValueError),
        ("minimum_retry_delay", 10**400, ValueError),
        ("no_progress_timeout", 2**32, ValueError),
        ("no_progress_timeout", None, TypeError),
        ("no_progress_timeout", True, TypeError),
        ("notify_flags", 0x40, ValueError),
        ("notify_flags", -1, ValueError),
        ("notify_flags", "all", TypeError),
        ("callback", print, TypeError),
    ],
)
def test_job_property(name: str, value: Any, error: type[Exception], job: Job) -> None:
    """A property that is set to nonsense keeps its value."""
    before = getattr(job, name)
    with pytest.raises(error):
        setattr(job, name, value)
    assert getattr(job, name) == before


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("", ValueError),
        ("/", ValueError),
        ("folder/", ValueError),
        ("a\0b", ValueError),
        ("\ud800", ValueError),
        (b"a", TypeError),
        (None, TypeError),
        (5, TypeError),
    ],
)
def test_path(path: Any, error: type[Exception], job: Job) -> None:
    """A path that names no file is refused; the job has no file then."""
    with pytest.raises(error, match="path"):
        job.add_file(URL, path)
    assert job.files == []


def test_url(job: Job, tmp_path: Path) -> None:
    """A URL that cannot be transferred is refused; the job has no file then."""
    with pytest.raises(ValueError, match="scheme"):
        job.add_file("ftp://host/file", tmp_path / "a")
    with pytest.raises(TypeError, match="URL"):
        job.add_file(b"http://host/file", tmp_path / "a")  # type: ignore[arg-type]
    assert job.files == []


BAD_RANGES = [
    ([], ValueError),
    ([(0, 0)], ValueError),
    ([(0, 10), (-1, 5)], ValueError),
    ([(0, -5)], ValueError),
    ([(2**64 - 1, 1)], ValueError),
    ([(0, 2**64)], ValueError),
    ([(2**64 - 2, 2)], ValueError),
    ([(1.5, 2)], TypeError),
    ([(True, 1)], TypeError),
    ([("0", "5")], TypeError),
    ([(1, 2, 3)], TypeError),
    ([5], TypeError),
    ((0, 5), TypeError),
    (Range(0, 5), TypeError),
    ("ab", TypeError),
    (None, TypeError),
]


@pytest.mark.parametrize(("ranges", "error"), BAD_RANGES, ids=str)
def test_request(
    ranges: Any, error: type[Exception], file: File, fault_server: FaultServer
) -> None:
    """What is no list of ranges is refused, and the server is asked for nothing."""
    with pytest.raises(error):
        file.request_ranges(ranges)
    assert not fault_server.requests


@pytest.mark.parametrize(("ranges", "error"), BAD_RANGES[:-1], ids=str)
def test_pieces(ranges: Any, error: type[Exception], job: Job, tmp_path: Path) -> None:
    """Pieces of a file are checked as ranges are; the job has no file when one is bad."""
    with pytest.raises(error):
        job.add_file(URL, tmp_path / "a", ranges=ranges)
    assert job.files == []


def test_pieces_do_not_overlap(job: Job, tmp_path: Path) -> None:
    """Pieces of a file that share a byte are refused."""
    with pytest.raises(ValueError, match="overlap"):
        job.add_file(URL, tmp_path / "a", ranges=[(0, 5), (4, 5)])
    with pytest.raises(ValueError, match="overlap"):
        job.add_file(URL, tmp_path / "a", ranges=[(0, EOF), (4, 5)])


@pytest.mark.parametrize(
    "act",
    [
        lambda file: file.read(-1, 5),
        lambda file: file.read(0, -5),
        lambda file: file.read(-1, 0),
        lambda file: file.read(0, 5, timeout=-1),
        lambda file: file.read(0, 5, timeout=math.nan),
        lambda file: file.readinto(-1, bytearray(5)),
        lambda file: file.readinto(-1, bytearray()),
        lambda file: file.readinto(0, bytearray(5), timeout=-1),
        lambda file: file.update_download_position(-1),
        lambda file: file.update_download_position(2**64),
        lambda file: file.open(buffer_size=0),
        lambda file: file.open().seek(-1),
        lambda file: file.open().seek(0, 9),
    ],
)
def test_reading_out_of_range(
    act: Callable[[File], object], file: File, fault_server: FaultServer
) -> None:
    """An offset, length or time-out that cannot be is a ValueError; the server is not asked."""
    with pytest.raises(ValueError, match=r".+"):
        act(file)
    assert not fault_server.requests


@pytest.mark.parametrize(
    "act",
    [
        lambda file: file.read("0", 5),
        lambda file: file.read(0, 1.5),
        lambda file: file.read(0, 5, timeout="1"),
        lambda file: file.read(0, 5, timeout=True),
        lambda file: file.readinto(0, None),
        lambda file: file.readinto(0, b"12345"),
        lambda file: file.readinto(0, "12345"),
        lambda file: file.update_download_position(1.5),
    ],
)
def test_reading_with_nonsense(
    act: Callable[[Any], object], file: File, fault_server: FaultServer
) -> None:
    """An argument of the wrong kind is a TypeError; the server is not asked."""
    with pytest.raises(TypeError):
        act(file)
    assert not fault_server.requests


@pytest.mark.parametrize(
    ("timeout", "error"), [(-1, ValueError), (math.nan, ValueError), ("1", TypeError)]
)
def test_timeouts(timeout: Any, error: type[Exception], job: Job, file: File) -> None:
    """A time-out is None or a number of seconds, 0 or more, wherever one is taken."""
    with pytest.raises(error, match="timeout"):
        job.wait(timeout)
    with pytest.raises(error, match="timeout"):
        RangeQueue().drain(timeout)
    request = file.request_ranges([(0, 10)])
    with pytest.raises(error, match="timeout"):
        request.result(timeout)


def test_infinite_timeout(file: File) -> None:
    """An infinite time-out waits without limit, as None does."""
    assert file.request_ranges([(0, 10)]).result(math.inf)
    assert file.read(10, 5, timeout=math.inf)


def test_handlers_are_functions(job: Job) -> None:
    """A handler that cannot be called is a TypeError, and turns no event on."""
    before = job.notify_flags
    for attach in (job.on_ranges, job.on_file, job.on_error, job.on_modified, job.on_restarted):
        with pytest.raises(TypeError, match="function"):
            attach(None)  # type: ignore[type-var]
    assert job.notify_flags == before


def test_flags_of_a_stream(job: Job) -> None:
    """A stream is made with flags that exist."""
    with pytest.raises(ValueError, match="NotifyFlags"):
        job.events(0x40)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="NotifyFlags"):
        job.events("all")  # type: ignore[arg-type]
    assert NotifyFlags.check(0x3F) == NotifyFlags(0x3F)


def test_queue_takes_jobs(manager: Manager) -> None:
    """Only a job is attached to a RangeQueue, and none of a closed manager."""
    job = manager.create_job("job")
    with RangeQueue(5) as queue:
        with pytest.raises(TypeError, match="Job"):
            queue.attach("job")  # type: ignore[arg-type]
        queue.detach(job)
        manager.close()
        with pytest.raises(InvalidStateError, match="closed"):
            queue.attach(job)


@given(st.text())
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_as_a_url(manager: Manager, tmp_path: Path, text: str) -> None:
    """Any text after a scheme is a URL, encoded, or a ValueError: nothing worse or half done."""
    job = manager.create_job("fuzzed")
    try:
        job.add_file(f"http://{text}", tmp_path / "a")
    except ValueError:
        assert job.files == []
    except OSError as error:  # the service knows better
        assert "E_INVALIDARG" in str(error)
        assert job.files == []
    else:
        assert [file.remote_name for file in job.files] == [check_url(f"http://{text}")]
    job.cancel()


@given(st.text(max_size=300))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_as_a_name(manager: Manager, text: str) -> None:
    """Any text is kept as a job's name, to the letter, or refused with ValueError."""
    try:
        job = manager.create_job(text)
    except ValueError:
        assert len(text) > 128 or "\0" in text or any("\ud800" <= c <= "\udfff" for c in text)
        return
    assert job.name == text
    assert manager.job(job.id).name == text
    job.cancel()


def test_destinations_that_cannot_be(tmp_path: Path) -> None:
    """A device, a name that is too long and a name taken in the same job are refused at once."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises(ValueError, match="no regular file"):
            job.add_file("http://127.0.0.1/f", "/dev/null")
        with pytest.raises(ValueError, match="longer than 255 bytes"):
            job.add_file("http://127.0.0.1/f", tmp_path / ("n" * 300))
        job.add_file("http://127.0.0.1/f", tmp_path / "f")
        with pytest.raises(ValueError, match="already"):
            job.add_file("http://127.0.0.1/g", tmp_path / "f")
        with pytest.raises(IndexError, match="1 files"):
            job.file(5)
