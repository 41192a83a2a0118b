# SPDX-License-Identifier: MIT
"""What an old service cannot do is said clearly, and its wrong answers fool nobody.

Wine's BITS stands for it: much it refuses, and to some calls it answers S_OK and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bitscb3 import (
    BackendUnavailableError,
    BitsError,
    FileAclFlags,
    Job,
    JobState,
    JobType,
    Manager,
    Priority,
    RangesNotSupportedError,
)
from support import Download

pytestmark = pytest.mark.wine
SECONDS = 30.0


@pytest.fixture
def job(manager: Manager, download: Download) -> Job:
    """A job with a file."""
    job = manager.create_job("old")
    job.add_file(download.url, download.path)
    return job


@pytest.mark.parametrize(
    "call",
    [
        lambda job: job.file(0).request_ranges([(0, 10)]),
        lambda job: job.file(0).filled_ranges(),
        lambda job: job.file(0).update_download_position(5),
        lambda job: setattr(job, "on_demand", True),
        lambda job: job.manager.create_job("on demand", on_demand=True),
    ],
    ids=["request_ranges", "filled_ranges", "update_download_position", "on_demand", "create_job"],
)
def test_no_byte_ranges(job: Job, call: Callable[[Job], object]) -> None:
    """What needs IBackgroundCopyFile6 raises RangesNotSupportedError and names the Windows."""
    with pytest.raises(RangesNotSupportedError, match="Windows 10 version 1703"):
        call(job)


def test_refused_job_is_gone(manager: Manager) -> None:
    """A job that could not be made as it was asked for is not left behind."""
    with pytest.raises(RangesNotSupportedError):
        manager.create_job("left behind", on_demand=True)
    assert manager.find_job("left behind") is None


def test_read_waits_for_the_whole_file(job: Job, download: Download) -> None:
    """A file is read once the job is completed."""
    assert job.on_demand is False
    job.resume()
    job.wait(SECONDS)
    job.complete()
    assert job.file(0).local_name == str(download.path)
    assert download.is_there()
    assert job.file(0).read(100, 50) == download.content[100:150]


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda job: job.file(0).temporary_name, "Windows Vista"),
        (lambda job: job.file(0).response_headers, "Windows 8"),
        (lambda job: job.minimum_notification_interval, "Windows 8"),
        (lambda job: setattr(job.http, "method", "POST"), "Windows 10"),
    ],
    ids=["temporary_name", "response_headers", "minimum_notification_interval", "method"],
)
def test_no_such_interface(job: Job, call: Callable[[Job], object], what: str) -> None:
    """What needs a newer interface names the Windows that has it."""
    with pytest.raises(BackendUnavailableError, match=what):
        call(job)


@pytest.mark.parametrize(
    "call",
    [
        lambda job: job.suspend(),
        lambda job: job.priority,
        lambda job: setattr(job, "name", "another"),
        lambda job: job.times,
        lambda job: job.error_count,
        lambda job: job.owner,
        lambda job: job.take_ownership(),
        lambda job: job.notify_command_line,
        lambda job: setattr(job.http, "proxy", None),
    ],
)
def test_not_implemented(job: Job, call: Callable[[Job], object]) -> None:
    """E_NOTIMPL is an error that names the job and tells where to look."""
    with pytest.raises(BitsError, match=r'job "old".*E_NOTIMPL.*manager\.features') as caught:
        call(job)
    assert caught.value.hresult == 0x80004001


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda job: setattr(job, "minimum_retry_delay", 77), "SetMinimumRetryDelay"),
        (lambda job: setattr(job, "no_progress_timeout", 77), "SetNoProgressTimeout"),
        (lambda job: setattr(job, "file_acl_flags", FileAclFlags.OWNER), "SetFileACLFlags"),
        (
            lambda job: job.add_file("http://h/f", "C:\\pieces", ranges=[(0, 9)]),
            "AddFileWithRanges",
        ),
        (lambda job: job.replace_remote_prefix("http://", "https://"), "ReplaceRemotePrefix"),
    ],
)
def test_accepted_without_effect(job: Job, call: Callable[[Job], object], name: str) -> None:
    """An S_OK that changed nothing is an error."""
    with pytest.raises(BitsError, match=f"{name}.*no effect"):
        call(job)
    assert len(job.files) == 1


def test_same_value_again(job: Job) -> None:
    """Setting what is set already is no error."""
    job.minimum_retry_delay = job.minimum_retry_delay
    job.no_progress_timeout = job.no_progress_timeout


@pytest.mark.parametrize("kind", [JobType.UPLOAD, JobType.UPLOAD_REPLY])
def test_uploads_are_refused(manager: Manager, kind: JobType) -> None:
    """No upload is made where completing it would overwrite the file that was to go up."""
    with pytest.raises(BitsError, match="overwrite the local file"):
        manager.create_job("an upload", type=kind)
    assert manager.find_job("an upload") is None


def test_priority_of_a_new_job(manager: Manager, download: Download) -> None:
    """A priority is taken on trust where the service cannot be asked for it."""
    with manager.create_job("urgent", priority=Priority.FOREGROUND) as job:
        job.add_file(download.url, download.path)
    assert job.state is JobState.ACKNOWLEDGED
