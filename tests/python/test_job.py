# SPDX-License-Identifier: MIT
"""Jobs: their life, their properties, and what waiting means."""

from __future__ import annotations

import contextlib
import datetime
import gc
import os
import signal
import threading
import uuid
import weakref
from pathlib import Path

import pytest

from bitscb3 import (
    EOF,
    FolderNotFoundError,
    InvalidStateError,
    Job,
    JobNotFoundError,
    JobState,
    JobType,
    Priority,
    TransferError,
)
from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, status, write_file
from support import MIB, PATIENCE, eventually, open_manager


def held(server: FaultServer, size: int = MIB, after: int = 1000) -> tuple[str, threading.Event]:
    """A URL whose body stops after some bytes until the event is set."""
    release = threading.Event()
    return server.serve("/held", Resource(Content(size)), stall_after(after, release)), release


def test_new_job(tmp_path: Path) -> None:
    """A new job is a suspended download of normal priority, empty and without an error."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        assert job.state is JobState.SUSPENDED
        assert job.type is JobType.DOWNLOAD
        assert job.priority is Priority.NORMAL
        assert job.progress == (0, 0, 0, 0)
        assert job.error is None
        assert job.error_count == 0
        assert job.files == []
        assert job.callback is None
        assert job.handler_errors == []
        assert not job.on_demand
        assert isinstance(job.id, uuid.UUID)
        assert job.owner


def test_properties_are_kept(tmp_path: Path) -> None:
    """What is set on a job is read back, times in float seconds."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", priority=Priority.HIGH, on_demand=True)
        assert (job.priority, job.on_demand) == (Priority.HIGH, True)
        job.name, job.description = "ä", "text"
        job.priority = Priority.FOREGROUND
        job.minimum_notification_interval = 0.25
        job.minimum_retry_delay = 9.5
        job.no_progress_timeout = 0
        assert (job.name, job.description) == ("ä", "text")
        assert job.priority is Priority.FOREGROUND
        assert job.minimum_notification_interval == 0.25
        assert job.minimum_retry_delay == 10.0
        assert job.no_progress_timeout == 0.0


def test_short_retry_delay_is_raised(tmp_path: Path) -> None:
    """A retry delay under 5 seconds becomes 5 seconds, as in BITS."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.minimum_retry_delay = 1
        assert job.minimum_retry_delay == 5.0


def test_times(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A job knows in UTC when it was made and when it was transferred."""
    write_file(www / "a", 10)
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        assert job.times.transfer_completion is None
        job.resume()
        job.wait(PATIENCE)
        times = job.times
        assert times.transfer_completion is not None
        assert before < times.creation <= times.transfer_completion


def test_bytes_are_a_change(www: Path, tmp_path: Path) -> None:
    """The time of the last change moves on as bytes come."""
    write_file(www / "a", 8 * MIB)
    with Nginx(www, rate=MIB // 2) as slow, open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(slow.url("/a"), tmp_path / "a")
        job.resume()
        eventually(lambda: job.progress.bytes_transferred >= MIB)
        before = job.times.modification
        eventually(lambda: job.progress.bytes_transferred >= 3 * MIB)
        assert job.state is JobState.TRANSFERRING
        assert job.times.modification > before
        job.cancel()


def test_life(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A job is resumed, transferred and completed; its file appears when it is completed."""
    content = write_file(www / "a", 3 * MIB)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert not (tmp_path / "a").exists()
        assert not file.progress.completed
        job.complete()
        assert job.state is JobState.ACKNOWLEDGED
        assert job.state.is_final
        assert file.progress == (3 * MIB, 3 * MIB, True)
    assert (tmp_path / "a").read_bytes() == content[:]


def test_file_properties(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A file knows its place, its URL, its paths, its size and the server's headers."""
    write_file(www / "a", 1000)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(nginx.url("/a?x=1"), tmp_path / "a")
        assert file.index == 0
        assert file.job is job
        assert file.remote_name == nginx.url("/a?x=1")
        assert file.local_name == str(tmp_path / "a")
        assert file.progress == (None, 0, False)
        assert file.size is None
        assert "x=1" not in repr(file)
        job.resume()
        job.wait(PATIENCE)
        assert file.size == 1000
        assert Path(file.temporary_name).parent == tmp_path
        assert Path(file.temporary_name).stat().st_size == 1000
        assert file.response_headers["Content-Length"] == "1000"
        assert "ETAG" in file.response_headers
        assert str(file.response_headers).startswith("HTTP/1.1 ")


def test_relative_path(
    www: Path, nginx: Nginx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is made absolute when the file is added."""
    monkeypatch.chdir(tmp_path)
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a").add_file(nginx.url("/a"), "a.bin")
        assert file.local_name == str(tmp_path / "a.bin")


def test_missing_folder(tmp_path: Path) -> None:
    """A path in a folder that does not exist is refused, and the folder is named."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises(FolderNotFoundError, match="nowhere") as caught:
            job.add_file("http://127.0.0.1/a", tmp_path / "nowhere" / "a")
        assert isinstance(caught.value, FileNotFoundError)
        assert job.files == []


def test_several_files(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A job of several files counts bytes and files together, and keeps their order."""
    for index in range(5):
        write_file(www / str(index), 1000 * (index + 1), seed=index)
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        for index in range(5):
            job.add_file(nginx.url(f"/{index}"), tmp_path / f"f{index}")
        assert [file.index for file in job.files] == [0, 1, 2, 3, 4]
        job.resume()
        job.wait(PATIENCE)
        assert job.progress == (15_000, 15_000, 5, 5)
    for index in range(5):
        assert (tmp_path / f"f{index}").read_bytes() == Content(1000 * (index + 1), index)[:]


def test_one_object_for_one_job(tmp_path: Path) -> None:
    """The same job is the same Python object while somebody holds it, and so are its files."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file("http://127.0.0.1/a", tmp_path / "a")
        assert manager.job(job.id) is job
        assert manager.job(str(job.id)) is job
        assert manager.job(f"{{{job.id}}}") is job
        assert manager.jobs() == [job]
        assert job.files[0] is file


def test_unused_job_object_is_freed(tmp_path: Path) -> None:
    """A Job object that nobody holds is freed; the job itself goes on."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        identity, alive = job.id, weakref.ref(job)
        del job
        gc.collect()
        assert alive() is None
        assert manager.job(identity).name == "a"


def test_unknown_job(tmp_path: Path) -> None:
    """An identity that no job has is a JobNotFoundError; a completed job's is one, too."""
    with open_manager(tmp_path) as manager:
        with pytest.raises(JobNotFoundError):
            manager.job(uuid.uuid4())
        job = manager.create_job("a")
        job.cancel()
        with pytest.raises(JobNotFoundError):
            manager.job(job.id)
        assert manager.jobs() == []


def test_empty_job_is_not_resumed(tmp_path: Path) -> None:
    """A job without files cannot be resumed; the error names the job and the code."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("empty one")
        with pytest.raises(InvalidStateError, match=r'job "empty one".*BG_E_EMPTY'):
            job.resume()


def test_ended_job_refuses(tmp_path: Path) -> None:
    """A cancelled job answers questions, and refuses everything else with InvalidStateError."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file("http://127.0.0.1/a", tmp_path / "a")
        job.cancel()
        assert job.state is JobState.CANCELLED
        assert job.name == "a"
        for act in (job.resume, job.suspend, job.cancel, job.complete):
            with pytest.raises(InvalidStateError):
                act()
        with pytest.raises(InvalidStateError):
            job.name = "b"


def test_cancel_leaves_nothing(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Cancel deletes what was fetched."""
    write_file(www / "a", 1000)
    folder = tmp_path / "out"
    folder.mkdir()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), folder / "a")
        job.resume()
        job.wait(PATIENCE)
        assert list(folder.iterdir())
        job.cancel()
        assert not list(folder.iterdir())


def test_failed_transfer(fault_server: FaultServer, tmp_path: Path) -> None:
    """A 404 is a TransferError that names job, URL and code; the job is in ERROR."""
    url = fault_server.serve("/gone", status(404))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("lost")
        job.add_file(f"{url}?Signature=hidden", tmp_path / "a")
        job.resume()
        with pytest.raises(TransferError, match=r'job "lost", http://.*/gone: .*404') as caught:
            job.wait(PATIENCE)
        error = caught.value
        assert error.name == "BG_E_HTTP_ERROR_404"
        assert error.context.name == "REMOTE_FILE"
        assert error.file == 0
        assert error.url == url
        assert "hidden" not in str(error)
        assert job.state is JobState.ERROR
        assert job.error is not None
        assert str(job.error) == str(error)


def test_resume_after_an_error(fault_server: FaultServer, tmp_path: Path) -> None:
    """A job in ERROR that is resumed tries again."""
    content = Content(5000)
    url = fault_server.serve("/a", status(403))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        with pytest.raises(TransferError):
            job.wait(PATIENCE)
        fault_server.serve("/a", Resource(content))
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert job.error is None
        job.complete()
    assert (tmp_path / "a").read_bytes() == content[:]


def test_wait_times_out(fault_server: FaultServer, tmp_path: Path) -> None:
    """wait() with a time-out raises TimeoutError, and the job goes on."""
    url, release = held(fault_server)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        with pytest.raises(TimeoutError, match=r"TRANSFERRING|CONNECTING|QUEUED"):
            job.wait(0.05)
        release.set()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED


def test_wait_for_a_job_never_resumed(tmp_path: Path) -> None:
    """To wait for a job that was never resumed is an InvalidStateError, not a wait for ever."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file("http://127.0.0.1/a", tmp_path / "a")
        with pytest.raises(InvalidStateError, match=r"resume\(\)"):
            job.wait()


def test_wait_for_a_suspended_job(fault_server: FaultServer, tmp_path: Path) -> None:
    """A wait ends with InvalidStateError when the caller suspends the job."""
    url, _ = held(fault_server)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        fault_server.wait_for(lambda requests: any(each.stalled for each in requests))
        suspender = threading.Timer(0.05, job.suspend)
        suspender.start()
        with pytest.raises(InvalidStateError, match="suspended"):
            job.wait(PATIENCE)
        suspender.join()


def test_wait_ends_when_another_thread_cancels(fault_server: FaultServer, tmp_path: Path) -> None:
    """A wait returns CANCELLED when another thread cancels the job."""
    url, _ = held(fault_server)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        canceller = threading.Timer(0.05, job.cancel)
        canceller.start()
        assert job.wait(PATIENCE) is JobState.CANCELLED
        canceller.join()


def test_block_of_a_job_that_another_thread_cancels(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A block that an exception ends logs no error when another thread is just cancelling the job."""

    def cancel(job: Job) -> None:
        with contextlib.suppress(InvalidStateError):  # the block was faster
            job.cancel()

    with open_manager(tmp_path) as manager:
        for number in range(5):
            job = manager.create_job(f"{number}")
            job.add_files([("http://127.0.0.1:1/a", tmp_path / f"{i}") for i in range(2000)])
            canceller = threading.Thread(target=cancel, args=[job])
            with pytest.raises(ZeroDivisionError), job:
                canceller.start()  # it looks at each temporary file
                raise ZeroDivisionError
            canceller.join()
            assert job.state is JobState.CANCELLED
    assert not caplog.records


def test_control_c_interrupts_a_wait(fault_server: FaultServer, tmp_path: Path) -> None:
    """SIGINT during wait() raises KeyboardInterrupt at once."""
    url, _ = held(fault_server)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        sender = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        sender.start()
        with pytest.raises(KeyboardInterrupt):
            job.wait(PATIENCE)
        sender.join()


def test_complete_refuses_unfinished_files(fault_server: FaultServer, tmp_path: Path) -> None:
    """complete() of an unfinished job is refused, and says how many files are missing."""
    url, _ = held(fault_server)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        with pytest.raises(InvalidStateError, match="1 unfinished of 1 files"):
            job.complete()
        assert not job.state.is_final


def test_partial_complete(fault_server: FaultServer, tmp_path: Path) -> None:
    """complete(partial=True) keeps the files that are whole and deletes the others."""
    url, _ = held(fault_server)
    whole = fault_server.serve("/whole", Resource(Content(500)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "part")
        file = job.add_file(whole, tmp_path / "whole")
        done = threading.Event()
        job.on_file(lambda job, file: done.set())
        job.on_ranges(lambda job, file, ranges: done.set() if file.index == 1 else None)
        job.resume()
        assert done.wait(PATIENCE)
        job.complete(partial=True)
        assert file.progress.completed
    assert (tmp_path / "whole").read_bytes() == Content(500)[:]
    assert not (tmp_path / "part").exists()


def test_block_completes(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Leaving a job's block starts it if need be, waits, and completes it."""
    content = write_file(www / "a", 1000)
    with open_manager(tmp_path) as manager:
        with manager.create_job("a") as job:
            job.add_file(nginx.url("/a"), tmp_path / "a")
        assert job.state is JobState.ACKNOWLEDGED
    assert (tmp_path / "a").read_bytes() == content[:]


def test_block_left_by_an_exception_cancels(tmp_path: Path) -> None:
    """An exception that leaves a job's block cancels the job, and goes on its way."""
    with open_manager(tmp_path) as manager:
        with pytest.raises(ZeroDivisionError), manager.create_job("a") as job:
            job.add_file("http://127.0.0.1/a", tmp_path / "a")
            _ = 1 / 0
        assert job.state is JobState.CANCELLED


def test_block_of_a_failed_transfer_cancels(fault_server: FaultServer, tmp_path: Path) -> None:
    """A transfer that fails while its block is left raises TransferError; the job is cancelled."""
    url = fault_server.serve("/gone", status(410))
    with open_manager(tmp_path) as manager:
        with pytest.raises(TransferError, match="410"), manager.create_job("a") as job:
            job.add_file(url, tmp_path / "a")
        assert job.state is JobState.CANCELLED


def test_block_of_an_ended_job(tmp_path: Path) -> None:
    """A job that was cancelled in its block is left alone when the block ends."""
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.cancel()
    assert job.state is JobState.CANCELLED


def test_block_of_an_empty_job(tmp_path: Path) -> None:
    """A job without files ends with its block."""
    with open_manager(tmp_path) as manager:
        with manager.create_job("a") as job:
            pass
        assert job.state is JobState.ACKNOWLEDGED


def test_file_url(tmp_path: Path) -> None:
    """A file URL is copied like any other."""
    (tmp_path / "source").write_bytes(b"abc" * 1000)
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.add_file((tmp_path / "source").as_uri(), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"abc" * 1000


def test_pieces_of_a_file(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """add_file(ranges=…) puts the pieces one after another, in the order they are given in."""
    content = write_file(www / "f", 2 * MIB)
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        pieces = [(900, 100), (100, 100), (MIB, EOF)]
        file = job.add_file(nginx.url("/f"), tmp_path / "a", pieces)
        assert file.ranges == pieces
    assert (tmp_path / "a").read_bytes() == content[900:1000] + content[100:200] + content[MIB:]


def test_repr_shows_no_secret(tmp_path: Path) -> None:
    """The repr of a job has its name and its state."""
    with open_manager(tmp_path) as manager:
        job: Job = manager.create_job("shown")
        assert "'shown' SUSPENDED" in repr(job)
        assert repr(manager) == "<Manager engine>"
    assert repr(manager) == "<Manager engine closed>"


def test_interrupted_block(tmp_path: Path) -> None:
    """Ctrl-C in its block leaves a job to be adopted later; an exception cancels it."""
    with open_manager(tmp_path) as manager:
        with pytest.raises(KeyboardInterrupt), manager.create_job("kept") as kept:
            raise KeyboardInterrupt
        with pytest.raises(OSError, match="x"), manager.create_job("cancelled"):
            raise OSError("x")
        assert manager.jobs() == [kept]
        assert f"{kept.state} {kept.priority!s:>7}" == "SUSPENDED  NORMAL"
