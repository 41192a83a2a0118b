# SPDX-License-Identifier: MIT
"""Sources that change or say little: no file is made of two versions, and no request goes on for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from bitscb3 import BitsError, JobState, Range, Settings, TransferError
from bitscb3.testing import (
    Behaviour,
    Content,
    Fault,
    FaultServer,
    Resource,
    change_after,
    chunked,
    cut_after,
    header,
    ignore_range,
    ignores_conditions,
    no_content_length,
    no_validators,
    stall_after,
    status,
    write_file,
)
from support import MIB, PATIENCE, covered, eventually, open_manager, settle

SIZE = 1_000_000
OLD = Content(SIZE, seed=1)
NEW = Content(SIZE, seed=2)
SHORT = Content(300_000, seed=3)
FEW = 12  # requests; a loop makes thousands


def built(behaviour: Behaviour, *faults: Fault) -> Behaviour:
    """The behaviour with faults put on."""
    for fault in faults:
        behaviour = fault(behaviour)
    return behaviour


WHOLE = (ignore_range(), no_validators())
CHANGED = {
    "whole bodies without validators": (
        built(Resource(OLD), *WHOLE, cut_after(SIZE // 2)),
        built(Resource(NEW), *WHOLE),
        NEW,
    ),
    "a range whose answer lacks the ETag": (
        built(Resource(OLD), cut_after(SIZE // 2)),
        built(Resource(NEW), ignores_conditions(), no_validators()),
        NEW,
    ),
    "a shorter body of unknown length": (
        built(Resource(OLD), *WHOLE, no_content_length(), chunked(), cut_after(SIZE // 2)),
        built(Resource(SHORT), *WHOLE, no_content_length(), chunked()),
        SHORT,
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_changed(name: str, fault_server: FaultServer, tmp_path: Path) -> None:
    """Bytes of the version before are given up, and handlers told, when nothing proves them good."""
    before, after, content = CHANGED[name]
    told: list[Range] = []
    url = fault_server.serve("/f", before, change_after(1, after))
    with (
        open_manager(tmp_path, Settings(connections_per_file=1)) as manager,
        manager.create_job(name) as job,
    ):
        job.on_ranges(lambda job, file, ranges: told.extend(ranges))
        job.on_restarted(lambda job, file: told.clear())
        job.add_file(url, tmp_path / "f")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        settle(job)
    assert (tmp_path / "f").read_bytes() == content[:]
    assert covered(told) == [(0, len(content))]
    assert len(fault_server.requests) <= FEW


def test_416_for_ever(fault_server: FaultServer, tmp_path: Path) -> None:
    """A server that answers 416 to everything is an error after a few requests."""
    url = fault_server.serve("/f", status(416))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("416")
        job.add_file(url, tmp_path / "f")
        job.resume()
        with pytest.raises(TransferError, match="416"):
            job.wait(PATIENCE)
    assert len(fault_server.requests) <= FEW


def test_a_body_longer_than_the_file(fault_server: FaultServer, tmp_path: Path) -> None:
    """Of a chunked body that is longer than its version was, no byte behind that size is taken."""
    longer = Content(SIZE * 2, seed=1)
    same = (ignore_range(), ignores_conditions(), header("ETag", '"same"'))
    url = fault_server.serve(
        "/f",
        Resource(OLD),
        *same,
        cut_after(SIZE // 2),
        change_after(1, built(Resource(longer), *same, chunked())),
    )
    with open_manager(tmp_path) as manager:
        job = manager.create_job("longer")
        job.add_file(url, tmp_path / "f")
        job.resume()
        with suppress(TransferError):  # where the surplus was seen before the file was whole
            job.wait(PATIENCE)
    with open_manager(tmp_path) as manager:  # which refuses a store that claims more than a size
        (file,) = manager.jobs()[0].files
        assert file.progress.bytes_transferred <= file.size == SIZE
    assert len(fault_server.requests) <= FEW


def test_range_of_a_chunked_body(fault_server: FaultServer, tmp_path: Path) -> None:
    """A range asked for before a server tells neither size nor ranges comes with the whole file."""
    url = fault_server.serve("/f", Resource(SHORT), ignore_range(), no_content_length(), chunked())
    with open_manager(tmp_path) as manager:
        job = manager.create_job("chunked")
        job.add_file(url, tmp_path / "f").request_ranges([(100, 100)])
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "f").read_bytes() == SHORT[:]
    assert len(fault_server.requests) <= FEW


def test_position_beyond_the_end(fault_server: FaultServer, tmp_path: Path) -> None:
    """A download position beyond the end, set before the size is known, is the end."""
    url = fault_server.serve("/f", Resource(OLD))
    with open_manager(tmp_path) as manager, manager.create_job("position") as job:
        job.add_file(url, tmp_path / "f").update_download_position(10**9)
    assert (tmp_path / "f").read_bytes() == OLD[:]


def test_folder_away(fault_server: FaultServer, tmp_path: Path) -> None:
    """While the folder of a download is away nothing is forgotten; afterwards the job goes on."""
    release = threading.Event()
    folder, elsewhere = tmp_path / "disk", tmp_path / "elsewhere"
    folder.mkdir()
    url = fault_server.serve("/f", Resource(OLD), stall_after(SIZE // 2, release))
    settings = Settings(connections_per_file=1, no_progress_timeout_s=0)
    with open_manager(tmp_path, settings) as manager:
        job = manager.create_job("away")
        job.add_file(url, folder / "f")
        job.resume()
        eventually(lambda: job.progress.bytes_transferred >= SIZE // 4)
        job.suspend()
    release.set()
    folder.rename(elsewhere)
    fault_server.serve("/f", Resource(OLD))
    with open_manager(tmp_path, settings) as manager:
        job = manager.job(job.id)
        kept = job.progress.bytes_transferred
        assert kept >= SIZE // 4
        job.resume()
        with pytest.raises(TransferError, match="disk"):
            job.wait(PATIENCE)
        assert job.progress.bytes_transferred == kept
        elsewhere.rename(folder)
        sent = fault_server.bytes_sent("/f")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (folder / "f").read_bytes() == OLD[:]
    assert fault_server.bytes_sent("/f") - sent == SIZE - kept
    assert [path.name for path in folder.iterdir()] == ["f"]


def test_shorter_version_of_a_requested_file(fault_server: FaultServer, tmp_path: Path) -> None:
    """A request of a version that is gone does not fail the job that downloads the next one."""
    release = threading.Event()
    long = Resource(OLD, version=1)
    url = fault_server.serve("/f", long, stall_after(SIZE // 10, release))
    with open_manager(tmp_path, Settings(connections_per_file=1)) as manager:
        job = manager.create_job("shorter")
        file = job.add_file(url, tmp_path / "f")
        file.request_ranges([(SIZE // 3, 10)]).result(PATIENCE)
    fault_server.serve("/f", Resource(SHORT, version=2))
    release.set()
    with open_manager(tmp_path) as manager:
        (job,) = manager.resume_all()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "f").read_bytes() == SHORT[:]


def test_temporary_file_taken_away(fault_server: FaultServer, tmp_path: Path) -> None:
    """A whole download whose temporary file is gone says so, and resume() brings it again."""
    url = fault_server.serve("/f", Resource(OLD))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("gone")
        file = job.add_file(url, tmp_path / "f")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        settle(job)
        Path(file.temporary_name).unlink()
        with pytest.raises(BitsError):
            job.complete()
        with pytest.raises(TransferError, match=r"temporary file .* is gone"):
            job.wait(PATIENCE)
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "f").read_bytes() == OLD[:]


def test_local_source(tmp_path: Path) -> None:
    """A file:// source is copied whole, whatever its size."""
    content = write_file(tmp_path / "source", 20 * MIB + 1)
    (tmp_path / "empty").touch()
    with open_manager(tmp_path) as manager, manager.create_job("local") as job:
        job.add_file((tmp_path / "source").as_uri(), tmp_path / "copy")
        job.add_file((tmp_path / "empty").as_uri(), tmp_path / "nothing")
    assert (tmp_path / "copy").read_bytes() == content[:]
    assert (tmp_path / "nothing").read_bytes() == b""
    assert (tmp_path / "copy").stat().st_mtime == int((tmp_path / "source").stat().st_mtime)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipe_as_a_source(tmp_path: Path) -> None:
    """A pipe is no source: a clear error, and nothing waits for it."""
    os.mkfifo(tmp_path / "pipe")
    with open_manager(tmp_path) as manager:
        job = manager.create_job("pipe")
        job.add_file((tmp_path / "pipe").as_uri(), tmp_path / "f")
        job.resume()
        with pytest.raises(TransferError, match="not a regular file"):
            job.wait(PATIENCE)


CANCEL = """
import os, sys, bitscb3
manager = bitscb3.Manager("engine", sys.argv[1])
job = manager.create_job("cancelled")
job.add_file(sys.argv[2], sys.argv[3])
job.resume()
while not job.progress.bytes_transferred:
    pass
job.cancel()
os._exit(0)
"""


def test_cancel_is_for_good(fault_server: FaultServer, tmp_path: Path) -> None:
    """A job that was cancelled does not come back, even if the process dies right then."""
    release = threading.Event()
    url = fault_server.serve("/f", Resource(OLD), stall_after(SIZE // 2, release))
    arguments = [str(tmp_path / "store"), url, str(tmp_path / "f")]
    subprocess.run([sys.executable, "-c", CANCEL, *arguments], check=True, timeout=PATIENCE)
    with open_manager(tmp_path) as manager:
        assert manager.jobs() == []
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
