# SPDX-License-Identifier: MIT
"""What happens to jobs, in the log."""

from __future__ import annotations

import gc
import logging
import re
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from bitscb3 import Job, JobState, Manager, NotifyFlags, Settings, TransferError, logs
from bitscb3.logs import About
from bitscb3.testing import (
    Content,
    FakeClock,
    FaultServer,
    Resource,
    change_after,
    cut_after,
    flaky,
    status,
)
from support import PATIENCE, eventually, open_manager, run

SIZE = 100_000
ONCE = Settings(no_progress_timeout_s=0)  # the first error is final
NAMES = {f"bits_{name}" for name in About._fields}


def events(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Level and event of each record on jobs."""
    return [
        (record.levelname, vars(record)["bits_event"])
        for record in caplog.records
        if record.name == "bitscb3.job"
    ]


def dispatchers() -> list[threading.Thread]:
    """The dispatcher threads there are."""
    return [thread for thread in threading.enumerate() if thread.name == "bitscb3-dispatcher"]


@pytest.fixture
def good(fault_server: FaultServer) -> str:
    """The URL of a file, with a query that is a secret."""
    return fault_server.serve("/f", Resource(Content(SIZE))) + "?key=sesame"


def job_for(manager: Manager, url: str, tmp_path: Path) -> Job:
    """A job of one file."""
    job = manager.create_job("story")
    job.add_file(url, tmp_path / "out")
    return job


def test_a_good_job(good: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO a job is created, transferred and completed, in that order, and says who it is."""
    with caplog.at_level(logging.INFO, "bitscb3.job"), open_manager(tmp_path) as manager:
        job = job_for(manager, good, tmp_path)
        release = threading.Event()

        @job.on_transferred
        def hold_up(job: Job) -> None:
            assert release.wait(PATIENCE)  # the event that the log takes may come late

        job.resume()
        job.wait(PATIENCE)
        job.complete()
        release.set()
    assert events(caplog) == [("INFO", "created"), ("INFO", "transferred"), ("INFO", "completed")]
    for record in caplog.records:
        extras = vars(record)
        assert (extras["bits_job"], extras["bits_job_name"]) == (str(job.id), "story")
        assert extras["bits_code"] is None
        assert 'job "story" was' in record.getMessage()


def test_a_cancelled_job(good: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG a job is also resumed and suspended; cancelling it is told once."""
    with caplog.at_level(logging.DEBUG, "bitscb3.job"), open_manager(tmp_path) as manager:
        job = manager.create_job("story", on_demand=True)
        job.add_file(good, tmp_path / "out")
        job.resume()
        job.suspend()
        job.cancel()
    told = ["created", "resumed", "suspended", "cancelled"]
    assert [event for _, event in events(caplog) if event != "transferred"] == told


def test_a_failed_job(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure is told once for each resume, at ERROR, with code, file and URL."""
    url = fault_server.serve("/f", status(404))
    with caplog.at_level(logging.INFO, "bitscb3.job"), open_manager(tmp_path, ONCE) as manager:
        job = job_for(manager, url + "?key=sesame", tmp_path)
        failed = threading.Event()

        @job.on_error
        def note(job: Job, error: TransferError) -> None:
            failed.set()

        for _ in range(2):
            failed.clear()
            job.resume()
            for _ in range(2):
                with pytest.raises(TransferError):
                    job.wait(PATIENCE)
            assert failed.wait(PATIENCE)
        job.cancel()
    assert [event for _, event in events(caplog)] == ["created", "failed", "failed", "cancelled"]
    record = next(record for record in caplog.records if record.levelname == "ERROR")
    extras = vars(record)
    assert (extras["bits_file"], extras["bits_url"]) == (0, url)
    assert (extras["bits_hresult"], extras["bits_code"]) == (0x80190194, "BG_E_HTTP_ERROR_404")
    assert "BG_E_HTTP_ERROR_404" in record.getMessage()
    assert "sesame" not in repr(extras)


def test_a_failure_without_events(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At WARNING a failure is told when the program learns of it, by wait() or a stream of events."""
    url = fault_server.serve("/f", status(404))
    with caplog.at_level(logging.WARNING, "bitscb3.job"), open_manager(tmp_path, ONCE) as manager:
        job = job_for(manager, url, tmp_path)
        job.resume()
        with pytest.raises(TransferError):
            job.wait(PATIENCE)
        assert events(caplog) == [("ERROR", "failed")]

        async def follow() -> None:
            job.resume()
            async for _ in job.events():
                pass

        run(follow())
    assert events(caplog) == [("ERROR", "failed")] * 2


def test_retries(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At DEBUG an error that is tried again is told with its code."""
    clock = FakeClock()  # by which notifications are spaced
    url = fault_server.serve("/f", Resource(Content(SIZE)), flaky(1, status(503)))
    patient = Settings(minimum_retry_delay_s=3600, no_progress_timeout_s=86_400)
    with (
        caplog.at_level(logging.DEBUG, "bitscb3.job"),
        open_manager(tmp_path, patient, clock=clock) as manager,
    ):
        job = job_for(manager, url, tmp_path)
        job.resume()
        eventually(lambda: job.state is JobState.TRANSIENT_ERROR)
        clock.advance(1)
        eventually(lambda: ("DEBUG", "retried") in events(caplog))
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
    record = next(r for r in caplog.records if vars(r).get("bits_event") == "retried")
    assert vars(record)["bits_code"] == "BG_E_HTTP_ERROR_503"
    assert vars(record)["bits_url"] == url
    assert events(caplog)[-1] == ("INFO", "transferred")


def test_restarts(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At DEBUG a file that begins anew, since it changed on the server, is told with its URL."""
    fresh = Resource(Content(SIZE, seed=2))
    old = cut_after(SIZE // 2)(Resource(Content(SIZE, seed=1)))
    url = fault_server.serve("/f", old, change_after(1, fresh))
    with caplog.at_level(logging.DEBUG, "bitscb3.job"), open_manager(tmp_path) as manager:
        job = job_for(manager, url, tmp_path)
        job.resume()
        job.wait(PATIENCE)
        job.complete()
    record = next(r for r in caplog.records if vars(r).get("bits_event") == "restarted")
    assert (vars(record)["bits_file"], vars(record)["bits_url"]) == (0, url)
    assert (tmp_path / "out").read_bytes() == Content(SIZE, seed=2)[:]


def test_nobody_listens(good: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While INFO is off the log asks the service for no event and starts no thread."""
    before = len(dispatchers())
    with caplog.at_level(logging.WARNING, "bitscb3"), open_manager(tmp_path) as manager:
        job = job_for(manager, good, tmp_path)
        job.resume()
        assert job.notify_flags == manager.create_job("untouched").notify_flags
        job.wait(PATIENCE)  # which asks for the events it needs
        assert len(dispatchers()) == before
        job.complete()
    assert events(caplog) == []


def test_explicit_flags_win(good: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where the program chose the job's events itself, the log does with those."""
    with caplog.at_level(logging.INFO, "bitscb3.job"), open_manager(tmp_path) as manager:
        job = job_for(manager, good, tmp_path)
        job.notify_flags = NotifyFlags.DISABLE
        job.resume()
        job.wait(PATIENCE)
        assert job.notify_flags == NotifyFlags.DISABLE
        job.complete()
    assert events(caplog)[-1] == ("INFO", "completed")


def test_a_logged_manager_can_be_dropped(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A manager whose jobs are logged is closed when the program drops it."""
    url = fault_server.serve("/f", status(503))
    with caplog.at_level(logging.DEBUG, "bitscb3.job"):
        manager = open_manager(tmp_path)
        job = job_for(manager, url, tmp_path)
        job.resume()
        eventually(lambda: ("DEBUG", "retried") in events(caplog))
        dropped = weakref.ref(manager)
        del manager, job
        gc.collect()
        assert dropped() is None
        eventually(lambda: not dispatchers())


def test_a_job_that_is_fetched_again(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A job whose object was dropped and made again goes on with its story: nothing is told twice."""
    url = fault_server.serve("/f", Resource(Content(SIZE)), flaky(2, status(404)))
    with caplog.at_level(logging.INFO, "bitscb3.job"), open_manager(tmp_path, ONCE) as manager:
        name = str(job_for(manager, url, tmp_path).id)
        for _ in range(2):
            gc.collect()
            manager.job(name).resume()
            with pytest.raises(TransferError):
                manager.job(name).wait(PATIENCE)
        manager.job(name).resume()
        manager.job(name).wait(PATIENCE)
        manager.job(name).complete()
    told = ["created", "failed", "failed", "transferred", "completed"]
    assert [event for _, event in events(caplog)] == told


def test_every_record_has_every_attribute(
    good: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A formatter may name any of the documented attributes: every record has them all."""
    with caplog.at_level(logging.DEBUG, "bitscb3"), open_manager(tmp_path) as manager:
        job = job_for(manager, good, tmp_path)

        @job.on_transferred
        def bad(job: Job) -> None:
            raise ZeroDivisionError

        job.resume()
        job.wait(PATIENCE)
    assert {record.name for record in caplog.records} == {
        "bitscb3",
        "bitscb3.http",
        "bitscb3.job",
    }
    for record in caplog.records:
        assert set(vars(record)) >= NAMES, record
    raised = next(record for record in caplog.records if record.name == "bitscb3")
    assert vars(raised)["bits_job"] == str(job.id)


def test_the_table_is_right() -> None:
    """The module's table names exactly the attributes of a record."""
    assert logs.__doc__ is not None
    assert set(re.findall(r"^\| `(bits_\w+)`", logs.__doc__, re.MULTILINE)) == NAMES


PROGRAM = """
import sys
import bitscb3
from pathlib import Path

with bitscb3.Manager("engine", sys.argv[1] + "/store", bitscb3.Settings(no_progress_timeout_s=0)) as manager:
    job = manager.create_job("quiet")
    job.add_file(Path(sys.argv[1], sys.argv[2]).as_uri(), sys.argv[1] + "/out")
    {handler}
    job.resume()
    try:
        job.wait(20)
    except bitscb3.TransferError:
        print("failed")
print("logging" in sys.modules)
"""


@pytest.mark.parametrize("handler", ["", "job.on_transferred(lambda job: 1 / 0)"])
@pytest.mark.parametrize("name", ["source", "missing"])
def test_without_configuration(tmp_path: Path, name: str, handler: str) -> None:
    """Unconfigured, logging is not imported before it is needed; only what a handler raised shows."""
    (tmp_path / "source").write_bytes(b"x")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(handler=handler), str(tmp_path), name],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    failed, raised = name == "missing", bool(handler) and name == "source"
    assert done.stdout.split() == ["failed"] * failed + [str(failed or raised)]
    assert ("ZeroDivisionError" in done.stderr) is raised
    assert raised or done.stderr == ""
