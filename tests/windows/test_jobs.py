# SPDX-License-Identifier: MIT
"""Jobs of the system's BITS."""

from __future__ import annotations

import _thread
import threading
import uuid
from pathlib import Path

import pytest

from bitscb3 import (
    BitsError,
    FolderNotFoundError,
    InvalidStateError,
    JobNotFoundError,
    JobState,
    Manager,
    ManagerStats,
    TransferError,
)
from bitscb3.testing import FaultServer, Resource, stall_after, status
from support import Download, run

SECONDS = 30.0


def test_download(manager: Manager, download: Download) -> None:
    """A job downloads its file, which has its name once the job is completed."""
    job = manager.create_job("download")
    job.add_file(download.url, download.path)
    assert job.state is JobState.SUSPENDED
    job.resume()
    assert job.wait(SECONDS) is JobState.TRANSFERRED
    assert not download.path.exists()
    job.complete()
    assert job.state is JobState.ACKNOWLEDGED
    assert download.is_there()


def test_what_the_system_does_not_have(manager: Manager, download: Download) -> None:
    """Rate limits are refused with an error that says so; numbers of the engine are 0."""
    job = manager.create_job("limits")
    for limited in (manager, job):
        assert limited.rate_limit is None
        with pytest.raises(BitsError, match="group policies"):
            limited.rate_limit = 1000
    with pytest.raises(BitsError, match="group policies"):
        Manager(backend="bits", rate_limit=1000)
    file = job.add_file(download.url, download.path)
    job.resume()
    assert job.wait(SECONDS) is JobState.TRANSFERRED
    assert job.bytes_received == file.bytes_received == len(download.content)
    assert manager.stats() == ManagerStats()
    job.cancel()


def test_context_manager(manager: Manager, download: Download) -> None:
    """A job in a with block is resumed, waited for and completed."""
    with manager.create_job("with") as job:
        job.add_file(download.url, download.path)
    assert download.is_there()


def test_several_files(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """Files added at once are listed in that order, and each arrives."""
    contents = {f"{name}.bin": name.encode() * 10_000 for name in "abc"}
    urls = [server.serve(f"/{name}", Resource(content)) for name, content in contents.items()]
    with manager.create_job("three") as job:
        files = job.add_files(zip(urls, [tmp_path / name for name in contents], strict=True))
        assert [file.index for file in files] == [0, 1, 2]
        assert [file.remote_name for file in job.files] == urls
        assert [Path(file.local_name).name for file in job.files] == list(contents)
    assert {name: (tmp_path / name).read_bytes() for name in contents} == contents


def test_names_outside_ascii(manager: Manager, download: Download, tmp_path: Path) -> None:
    """Names of jobs and files may have any characters."""
    path = tmp_path / "Grüße 東京 🗼.bin"
    with manager.create_job("Grüße 東京 🗼") as job:
        assert job.name == "Grüße 東京 🗼"
        assert job.add_file(download.url, path).local_name == str(path)
    assert path.read_bytes() == download.content[:]


def test_not_found_on_the_server(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """A status of 404 fails the job with BITS' code for it, and names the file."""
    url = server.serve("/missing?token=secret", status(404))
    job = manager.create_job("404")
    job.add_file(url, tmp_path / "missing")
    job.resume()
    with pytest.raises(TransferError) as caught:
        job.wait(SECONDS)
    assert caught.value.hresult == 0x80190194
    assert caught.value.name == "BG_E_HTTP_ERROR_404"
    assert job.state is JobState.ERROR
    assert "404" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_destinations(manager: Manager, download: Download, tmp_path: Path) -> None:
    """Windows' rules for names hold: case does not tell files apart, 255 characters fit."""
    job = manager.create_job("names")
    job.add_file(download.url, tmp_path / "File.bin")
    with pytest.raises(ValueError, match="has a file for"):
        job.add_file(download.url, tmp_path / "fILE.BIN")
    job.add_file(download.url, tmp_path / ("東" * 120))
    with pytest.raises(ValueError, match="longer than 255 characters"):
        job.add_file(download.url, tmp_path / ("東" * 256))
    with pytest.raises(ValueError, match="no regular file"):
        job.add_file(download.url, "NUL")
    with pytest.raises(FolderNotFoundError):
        job.add_file(download.url, tmp_path / "none" / "file")


def test_failure_names_its_file(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """Of several files the one that failed is named."""
    job = manager.create_job("one of three fails")
    for name in ("good", "missing", "fine"):
        job.add_file(server.url(f"/{name}"), tmp_path / name)
        if name != "missing":
            server.serve(f"/{name}", Resource(b"x" * 1000))
    job.resume()
    with pytest.raises(TransferError, match="/missing: ") as caught:
        job.wait(SECONDS)
    assert caught.value.file == 1
    assert caught.value.url == server.url("/missing")


def test_interrupted_wait(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """Ctrl-C ends a wait, and the job goes on."""
    release = threading.Event()
    url = server.serve("/slow", Resource(b"x" * 400_000), stall_after(200_000, release))
    job = manager.create_job("interrupted")
    job.add_file(url, tmp_path / "slow")
    job.resume()
    server.wait_for(lambda requests: requests)
    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        job.wait(SECONDS)
    timer.join()
    assert job.state in (JobState.CONNECTING, JobState.TRANSFERRING)
    release.set()
    assert job.wait(SECONDS) is JobState.TRANSFERRED


def test_cancel(manager: Manager, download: Download) -> None:
    """A cancelled job is over, and nothing is left of its file."""
    job = manager.create_job("cancel")
    job.add_file(download.url, download.path)
    job.resume()
    job.wait(SECONDS)
    job.cancel()
    assert job.state is JobState.CANCELLED
    assert list(download.path.parent.iterdir()) == []
    with pytest.raises(InvalidStateError):
        job.cancel()


def test_empty_job(manager: Manager) -> None:
    """A job without files cannot be resumed."""
    with pytest.raises(InvalidStateError, match="BG_E_EMPTY"):
        manager.create_job("empty").resume()


def test_jobs_are_listed(manager: Manager, download: Download) -> None:
    """Jobs are listed and found until they end."""
    others = set(manager.jobs())
    one, two = manager.create_job("one of two"), manager.create_job("two of two")
    one.add_file(download.url, download.path)
    assert set(manager.jobs()) == {one, two} | others
    assert manager.job(one.id) is one
    assert manager.find_job("two of two") is two
    two.cancel()
    assert set(manager.jobs()) == {one} | others


def test_unknown_job(manager: Manager) -> None:
    """A job that was never made is not found."""
    with pytest.raises(JobNotFoundError):
        manager.job(uuid.uuid4())


def test_job_of_another_process(manager: Manager, download: Download) -> None:
    """A job made by a process that ended is attached to and completed by this one."""
    made = run("make_job.py", download.url, download.path)
    assert made.returncode == 0, made.stderr
    job = manager.job(made.stdout.strip())
    assert job.name == "made elsewhere"
    transferred = []
    job.on_transferred(transferred.append)
    assert job.wait(SECONDS) is JobState.TRANSFERRED
    job.complete()
    assert download.is_there()
    manager.close()
    assert transferred == [job]


def test_jobs_outlive_the_manager(download: Download) -> None:
    """A job goes on when its manager is closed, and another one completes it."""
    with Manager(backend="bits") as first:
        job = first.create_job("goes on")
        job.add_file(download.url, download.path)
        job.resume()
        identity = job.id
    with Manager(backend="bits") as second:
        found = second.job(identity)
        assert found.wait(SECONDS) is JobState.TRANSFERRED
        found.complete()
    assert download.is_there()


def test_headers(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """Headers of the job's own are kept, and reach the server."""
    url = server.serve("/file", Resource(b"x" * 1000))
    with manager.create_job("headers") as job:
        job.http.headers = {"X-Client": "bitscb3"}
        assert job.http.headers == {"X-Client": "bitscb3"}
        job.add_file(url, tmp_path / "file")
    assert {request.headers.get("x-client") for request in server.requests} == {"bitscb3"}
