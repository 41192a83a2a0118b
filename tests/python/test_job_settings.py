# SPDX-License-Identifier: MIT
"""What is set of a job: kept by the store, acted upon, refused when it makes no sense."""

from __future__ import annotations

import stat
import uuid
from pathlib import Path

import pytest

from bitscb3 import (
    BitsError,
    CostFlags,
    FileAclFlags,
    InvalidStateError,
    JobState,
    Manager,
    PeerCachingFlags,
    RangesNotSupportedError,
    Settings,
    TransferError,
)
from bitscb3.testing import (
    Content,
    FakeClock,
    FaultServer,
    Nginx,
    Resource,
    chunked,
    cut_after,
    flaky,
    ignores_conditions,
    no_content_length,
    status,
    write_file,
)
from support import MIB, eventually, open_manager

CLASS = uuid.UUID("5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c")


def test_settings_are_kept(tmp_path: Path) -> None:
    """Every property of a job is the same in the next process."""
    settings = Settings(command_lines=1)
    with open_manager(tmp_path, settings) as manager:
        job = manager.create_job("kept")
        assert job.maximum_download_time == 7_776_000
        assert job.max_download_size is None
        assert job.cost_flags is CostFlags.TRANSFER_ALWAYS
        assert job.notify_command_line is None
        assert job.notification_clsid is None
        job.maximum_download_time = 60.0
        job.max_download_size = 2**40
        job.dynamic_content = True
        job.high_performance = True
        job.cost_flags = CostFlags.TRANSFER_STANDARD
        job.notify_command_line = ("/bin/true", "true now")
        job.notification_clsid = CLASS
        job.peer_caching_flags = PeerCachingFlags.ENABLE_CLIENT
        job.file_acl_flags = FileAclFlags.OWNER | FileAclFlags.DACL
    with open_manager(tmp_path, settings) as manager:
        job = manager.jobs()[0]
        assert job.maximum_download_time == 60.0
        assert job.max_download_size == 2**40
        assert job.dynamic_content
        assert job.high_performance
        assert job.cost_flags is CostFlags.TRANSFER_STANDARD
        assert job.notify_command_line == ("/bin/true", "true now")
        assert job.notification_clsid == CLASS
        assert job.peer_caching_flags is PeerCachingFlags.ENABLE_CLIENT
        assert job.file_acl_flags == FileAclFlags.OWNER | FileAclFlags.DACL
        job.notification_clsid = None
        job.notify_command_line = None
        assert job.notification_clsid is None
        assert job.notify_command_line is None


def test_dynamic_content(fault_server: FaultServer, tmp_path: Path) -> None:
    """DYNAMIC_CONTENT asks for whole bodies without conditions, and begins again when one breaks."""
    content = Content(MIB)
    broken = Resource(Content(MIB, 1))
    url = fault_server.serve("/f", Resource(content), chunked(), flaky(1, cut_after(1000)(broken)))
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.dynamic_content = True
        file = job.add_file(url, tmp_path / "a")
        job.resume()
        job.wait(10)
        with pytest.raises(RangesNotSupportedError):
            file.filled_ranges()
        with pytest.raises(BitsError, match="BG_E_UNSUPPORTED_JOB_CONFIGURATION"):
            job.on_demand = True
    assert (tmp_path / "a").read_bytes() == content[:]
    assert [r.headers.get("range") for r in fault_server.requests] == [None, None]
    assert not [r for r in fault_server.requests if "if-match" in r.headers]


def test_dynamic_content_changes(fault_server: FaultServer, tmp_path: Path) -> None:
    """A body that is made anew for each request is never put together from two of them."""
    versions = [Resource(Content(MIB, seed), version=seed) for seed in (1, 2, 3)]
    url = fault_server.serve(
        "/f",
        versions[2],
        no_content_length(),
        flaky(1, cut_after(500_000)(versions[1])),
        flaky(1, cut_after(600_000)(ignores_conditions()(versions[0]))),
    )
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.dynamic_content = True
        job.add_file(url, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == Content(MIB, 3)[:]


def test_high_performance(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """HIGH_PERFORMANCE writes to the final file, which a job after a crash begins again."""
    content = write_file(www / "f", MIB)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.high_performance = True
        job.add_file(nginx.url("/f"), tmp_path / "a")
        job.resume()
        assert job.wait(10) is JobState.TRANSFERRED
        assert (tmp_path / "a").read_bytes() == content[:]
    with open_manager(tmp_path) as manager:
        job = manager.jobs()[0]
        assert job.progress.bytes_transferred == 0
        job.resume()
        job.wait(10)
        job.complete()
    assert (tmp_path / "a").read_bytes() == content[:]
    assert not list(tmp_path.glob("BIT*"))
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o600 == 0o600


def test_high_performance_spares_other_names(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """HIGH_PERFORMANCE does not write through a file's second name, nor through a link."""
    write_file(www / "f", 1000)
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep me")
    (tmp_path / "hard").hardlink_to(precious)
    (tmp_path / "soft").symlink_to(precious)
    with open_manager(tmp_path, Settings(no_progress_timeout_s=0)) as manager:
        for name in ("hard", "soft"):
            job = manager.create_job(name)
            job.high_performance = True
            job.add_file(nginx.url("/f"), tmp_path / name)
            job.resume()
            with pytest.raises(TransferError):
                job.wait(10)
    assert precious.read_bytes() == b"keep me"


def test_validation(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A file found invalid is an error of the job and is downloaded again."""
    content = write_file(www / "f", 1000)
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        file = job.add_file(nginx.url("/f"), tmp_path / "a")
        with pytest.raises(BitsError, match="E_PENDING"):
            file.validation_state = True
        job.resume()
        job.wait(10)
        assert file.validation_state is False
        file.validation_state = True
        assert file.validation_state is True
        file.validation_state = False
        with pytest.raises(TransferError, match="BG_E_VALIDATION_FAILED"):
            job.wait(10)
        job.resume()
        job.wait(10)
    assert (tmp_path / "a").read_bytes() == content[:]


def test_mirrors(fault_server: FaultServer, tmp_path: Path) -> None:
    """The rest of every file comes from where replace_remote_prefix points."""
    content = Content(MIB)
    for name in ("a", "b"):
        fault_server.serve(f"/gone/{name}", status(404))
        fault_server.serve(f"/here/{name}", Resource(content))
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        files = [job.add_file(fault_server.url(f"/gone/{n}"), tmp_path / n) for n in ("a", "b")]
        job.resume()
        with pytest.raises(TransferError):
            job.wait(10)
        gone, here = fault_server.url("/gone/"), fault_server.url("/here/")
        assert job.replace_remote_prefix(gone.upper(), here) is False
        with pytest.raises(ValueError, match="empty"):
            job.replace_remote_prefix("", here)
        assert job.replace_remote_prefix(gone, here) is True
        assert files[0].remote_name == fault_server.url("/here/a")
        with pytest.raises(ValueError, match="ftp"):
            files[0].remote_name = "ftp://127.0.0.1/a"
        job.resume()
        job.wait(10)
    assert (tmp_path / "b").read_bytes() == content[:]


def test_network(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A job waits while there is no network it may use, and goes on by itself."""
    write_file(www / "f", 1000)
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        manager.set_network(None)
        job.add_file(nginx.url("/f"), tmp_path / "a")
        job.resume()
        assert job.state is JobState.TRANSIENT_ERROR
        assert job.error is not None
        assert job.error.name == "BG_E_NETWORK_DISCONNECTED"
        job.cost_flags = CostFlags.TRANSFER_UNRESTRICTED
        manager.set_network(CostFlags.ROAMING)
        assert job.error.name == "BG_E_BLOCKED_BY_COST_TRANSFER_POLICY"
        assert job.error_count == 0
        job.cost_flags = CostFlags.TRANSFER_ALWAYS
        assert job.wait(10) is JobState.TRANSFERRED
        for wrong in (CostFlags.TRANSFER_STANDARD, CostFlags.IGNORE_CONGESTION):
            with pytest.raises(ValueError, match="one state"):
                manager.set_network(wrong)


def test_command_line(tmp_path: Path) -> None:
    """A program runs when a job without a callback is transferred, where the settings allow it."""
    (tmp_path / "source").write_bytes(b"abc")
    note = tmp_path / "note"
    with open_manager(tmp_path, Settings(command_lines=1)) as manager:
        job = manager.create_job("a")
        job.add_file((tmp_path / "source").as_uri(), tmp_path / "a")
        job.notify_command_line = ("/bin/sh", f'sh -c "echo $0 > {note}" "it is here"')
        job.resume()
        eventually(lambda: note.exists() and note.read_text() == "it is here\n")
        job.complete()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("b")
        with pytest.raises(BitsError, match="command_lines=1"):
            job.notify_command_line = ("/bin/true", "")
        with pytest.raises(ValueError, match="4000"):
            job.notify_command_line = ("/bin/true", "x" * 4001)
        assert job.notify_command_line is None


def test_maximum_download_time(fault_server: FaultServer, tmp_path: Path) -> None:
    """The time a job may spend transferring is told by the manager's clock."""
    clock = FakeClock()
    url = fault_server.serve("/f", Resource(Content(MIB)), cut_after(1000))
    settings = Settings(no_progress_timeout_s=10_000, reconnects=1_000_000)
    with Manager("engine", tmp_path / "store", settings, clock=clock) as manager:
        job = manager.create_job("a")
        job.maximum_download_time = 100
        job.add_file(url, tmp_path / "a")
        job.resume()
        eventually(lambda: job.state is JobState.TRANSFERRING)
        clock.advance(99)
        assert job.state is JobState.TRANSFERRING
        clock.advance(2)
        eventually(lambda: job.state is JobState.ERROR)
        assert job.error is not None
        assert job.error.name == "BG_E_MAXDOWNLOAD_TIMEOUT"
        job.cancel()


@pytest.mark.parametrize("value", [-1, float("nan"), "x", None, 2**32])
def test_bad_times(tmp_path: Path, value: object) -> None:
    """A time that is none raises before anything is sent."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises((TypeError, ValueError), match="maximum_download_time"):
            job.maximum_download_time = value  # type: ignore[assignment]


@pytest.mark.parametrize("value", [0, -1, 2**64, 1.5, "x"])
def test_bad_sizes(tmp_path: Path, value: object) -> None:
    """A most size that is none raises before anything is sent."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises((TypeError, ValueError), match="max_download_size"):
            job.max_download_size = value  # type: ignore[assignment]


def test_setters_after_the_end(tmp_path: Path) -> None:
    """Nothing can be set of a job that is over; reading it still works."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.cancel()
        for name, value in {
            "maximum_download_time": 1,
            "max_download_size": 1,
            "rate_limit": 1,
            "dynamic_content": True,
            "high_performance": True,
            "cost_flags": CostFlags.ROAMING,
            "notification_clsid": CLASS,
            "peer_caching_flags": PeerCachingFlags.ENABLE_CLIENT,
            "file_acl_flags": FileAclFlags.OWNER,
        }.items():
            with pytest.raises(InvalidStateError):
                setattr(job, name, value)
            getattr(job, name)
        with pytest.raises(InvalidStateError):
            job.http.headers = {"A": "1"}
        with pytest.raises(InvalidStateError):
            job.take_ownership()
        assert job.http.headers == {}


def test_ownership(tmp_path: Path) -> None:
    """The owner of a job may take it once more, which changes nothing."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.http.headers = {"A": "1"}
        job.take_ownership()
        assert job.http.headers == {"A": "1"}
        assert manager.jobs(all_users=True) == [job]
        assert job.owner_elevated == (job.owner == "0")
        assert job.owner_integrity_level == (0x3000 if job.owner == "0" else 0x2000)


def test_close_while_a_file_is_given_up(tmp_path: Path) -> None:
    """A manager closes at once also when a file's bytes have just been given up."""
    (tmp_path / "source").write_bytes(b"abc")
    for round_ in range(20):
        with open_manager(tmp_path) as manager:
            job = manager.create_job("a")
            file = job.add_file((tmp_path / "source").as_uri(), tmp_path / f"a{round_}")
            job.resume()
            job.wait(10)
            file.validation_state = False
