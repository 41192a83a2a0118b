# SPDX-License-Identifier: MIT
"""Bad arguments: refused before anything is sent, with an error that says what is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bitscb3 import File, InvalidStateError, Job, Manager, RangeQueue
from bitscb3.arguments import check_seconds, check_timeout
from support import open_manager

URL = "http://127.0.0.1:9/a"
NAN = float("nan")


@pytest.mark.parametrize(
    ("arguments", "error", "word"),
    [
        ({"backend": "bts"}, ValueError, "bts"),
        ({"settings": {"connections": 5}}, TypeError, "Settings"),
        ({"store": ""}, ValueError, "store"),
        ({"store": b"bytes"}, TypeError, "store"),
        ({"store": 5}, TypeError, "int"),
        ({"store": "a\0b"}, ValueError, "NUL"),
        ({"store": "\udc80"}, ValueError, "UTF-8"),
        ({"queue_capacity": 0}, ValueError, "queue_capacity"),
        ({"queue_capacity": "5"}, TypeError, "queue_capacity"),
        ({"ca_file": ""}, ValueError, "ca_file"),
    ],
)
def test_manager(arguments: dict[str, Any], error: type[Exception], word: str) -> None:
    """A manager with an unusable argument is not opened, and the argument is named."""
    with pytest.raises(error, match=word):
        Manager(**{"backend": "engine", **arguments})


def test_store_that_is_a_file(tmp_path: Path) -> None:
    """A store that cannot be made is an OSError that names it."""
    (tmp_path / "store").write_text("in the way")
    with pytest.raises(OSError, match="store"):
        open_manager(tmp_path)


CREATE: list[tuple[Callable[[Manager], object], type[Exception]]] = [
    (lambda m: m.create_job(5), TypeError),  # type: ignore[arg-type]
    (lambda m: m.create_job("a", type=9), ValueError),  # type: ignore[arg-type]
    (lambda m: m.create_job("a", priority=4), ValueError),  # type: ignore[arg-type]
    (lambda m: m.create_job("a" * 257), OSError),
    (lambda m: m.job("not an id"), ValueError),
    (lambda m: m.job(5), TypeError),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("act", "error"), CREATE)
def test_jobs_of_a_manager(
    act: Callable[[Manager], object], error: type[Exception], tmp_path: Path
) -> None:
    """A job with unusable arguments is neither made nor found."""
    with open_manager(tmp_path) as manager:
        with pytest.raises(error):
            act(manager)
        assert manager.jobs() == []


ADD: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    (("ftp://host/a", "a"), ValueError, "ftp"),
    (("http://", "a"), ValueError, "host"),
    ((None, "a"), TypeError, "URL"),
    ((URL, ""), ValueError, "path"),
    ((URL, None), TypeError, "NoneType"),
    ((URL, b"a"), TypeError, "path"),
    ((URL, "."), ValueError, "folder"),
    ((URL, "sub/"), ValueError, "folder"),
    ((URL, "no/such/a"), OSError, "no/such"),
    ((URL, "a", []), ValueError, "at least one"),
    ((URL, "a", [(0, 0)]), ValueError, "length"),
    ((URL, "a", [(0, 5), (4, 5)]), ValueError, "overlap"),
    ((URL, "a", [(100, 5), (100, 10)]), ValueError, "overlap"),
    ((URL, "a", 5), TypeError, "pairs"),
]


@pytest.mark.parametrize(("arguments", "error", "word"), ADD)
def test_add_file(
    arguments: tuple[Any, ...],
    error: type[Exception],
    word: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file with unusable arguments is not added, and what is wrong is named."""
    monkeypatch.chdir(tmp_path)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises(error, match=word):
            job.add_file(*arguments)
        assert job.files == []


PROPERTIES: list[tuple[str, Any, type[Exception]]] = [
    ("minimum_retry_delay", -1, ValueError),
    ("minimum_retry_delay", NAN, ValueError),
    ("minimum_retry_delay", "5", TypeError),
    ("no_progress_timeout", 2**32, ValueError),
    ("no_progress_timeout", float("inf"), ValueError),
    ("minimum_notification_interval", -0.1, ValueError),
    ("minimum_notification_interval", True, TypeError),
    ("priority", 9, ValueError),
    ("notify_flags", "all", ValueError),
    ("callback", object(), TypeError),
    ("name", 5, TypeError),
]


@pytest.mark.parametrize(("name", "value", "error"), PROPERTIES)
def test_properties(name: str, value: Any, error: type[Exception], tmp_path: Path) -> None:
    """A property that is set to an unusable value stays as it was."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        before = getattr(job, name)
        with pytest.raises(error):
            setattr(job, name, value)
        assert getattr(job, name) == before


WAITS: list[Callable[[Job, File, Any], object]] = [
    lambda job, file, timeout: job.wait(timeout),
    lambda job, file, timeout: file.request_ranges([(0, 5)]).result(timeout),
    lambda job, file, timeout: RangeQueue().drain(timeout),
]


@pytest.mark.parametrize(
    ("timeout", "error"), [(-1, ValueError), (NAN, ValueError), ("5", TypeError)]
)
@pytest.mark.parametrize("wait", WAITS, ids=["job", "request", "queue"])
def test_timeouts(
    wait: Callable[[Job, File, Any], object],
    timeout: Any,
    error: type[Exception],
    tmp_path: Path,
) -> None:
    """A negative time-out, or one that is no number, is refused."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(URL, tmp_path / "a")
        with pytest.raises(error, match="timeout"):
            wait(job, file, timeout)


def test_times_are_rounded_up() -> None:
    """Seconds become the contract's whole numbers, never fewer than asked for."""
    assert check_seconds(0.0001, "x") == 1
    assert check_seconds(2.0, "x") == 2
    assert check_seconds(0.1, "x", 0.001) == 100
    assert check_seconds(0.0301, "x", 0.001) == 31
    assert check_timeout(float("inf")) is None
    assert check_timeout(0) == 0.0


READS: list[tuple[Callable[[File], object], type[Exception]]] = [
    (lambda file: file.read(-1, 5), ValueError),
    (lambda file: file.read(0, -5), ValueError),
    (lambda file: file.read("0", 5), TypeError),  # type: ignore[arg-type]
    (lambda file: file.readinto(0, "text"), TypeError),  # type: ignore[arg-type]
    (lambda file: file.request_ranges([]), ValueError),
    (lambda file: file.request_ranges([(0,)]), TypeError),  # type: ignore[list-item]
    (lambda file: file.update_download_position(2.5), TypeError),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("act", "error"), READS)
def test_reads(act: Callable[[File], object], error: type[Exception], tmp_path: Path) -> None:
    """An unusable offset, length or buffer sends nothing: the job stays suspended."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(URL, tmp_path / "a")
        with pytest.raises(error):
            act(file)
        assert job.state.name == "SUSPENDED"


def test_url_with_secrets_is_not_told(tmp_path: Path) -> None:
    """No message of a job tells the query of a URL."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(f"{URL}?Signature=hidden", tmp_path / "a")
        job.cancel()
        with pytest.raises(InvalidStateError) as caught:
            file.request_ranges([(0, 5)]).result(5)
        assert "hidden" not in str(caught.value)
        assert "hidden" not in repr(file)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission(tmp_path: Path) -> None:
    """A folder that cannot be written to is an error with errno EACCES."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with open_manager(tmp_path) as manager, pytest.raises(OSError, match="locked|a"):
        manager.create_job("a").add_file(URL, folder / "a")
