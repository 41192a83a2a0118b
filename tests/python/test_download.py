# SPDX-License-Identifier: MIT
"""download(): one call for the common case."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trio

import bitscb3
from bitscb3 import (
    Download,
    FolderNotFoundError,
    IntegrityError,
    InvalidStateError,
    Job,
    JobLeasedError,
    JobState,
    Manager,
    Priority,
    Progress,
    TransferError,
    adownload,
    adownload_all,
    download,
    download_all,
)
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    cut_after,
    stall_after,
    status,
    write_file,
)
from support import MIB, PATIENCE, Later, eventually, open_manager, run

SIZE = 3 * MIB
NO_SUM = "0" * 64


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager with a store of its own."""
    with open_manager(tmp_path) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for what is downloaded."""
    made = tmp_path / "downloads"
    made.mkdir()
    return made


def test_one_call(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """It brings a whole file, tells where it is, and leaves no job behind."""
    content = write_file(www / "a.bin", SIZE)
    path = download(nginx.url("/a.bin"), folder / "named", manager=manager)
    assert path == folder / "named"
    assert path.read_bytes() == content[:]
    assert manager.jobs() == []
    assert list(folder.iterdir()) == [path]


def test_names(
    www: Path, nginx: Nginx, manager: Manager, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a path, or with a folder, the file gets the last name of the URL, decoded."""
    write_file(www / "a b.bin", 10)
    monkeypatch.chdir(folder)
    url = nginx.url("/a%20b.bin?token=1")
    assert download(url, manager=manager) == folder / "a b.bin"
    (folder / "sub").mkdir()
    assert download(url, "sub", manager=manager) == folder / "sub/a b.bin"


@pytest.mark.parametrize("name", ["%2e%2e", ".", "", "%20", "?q=a"])
def test_no_name(name: str, folder: Path) -> None:
    """A URL that names no file needs a path."""
    with pytest.raises(ValueError, match="names no file"):
        download(f"https://127.0.0.1/{name}", folder)


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "..%5Cx", "a%00b", "c:evil", "a%0Ab"])
def test_names_stay_in_the_folder(name: str, fault_server: FaultServer, folder: Path) -> None:
    """Whatever the URL, the file's name has no character that leads elsewhere."""
    url = fault_server.serve(f"/x/{name}", Resource(Content(10)))
    with Manager("engine", folder.parent / "store") as manager:
        path = download(url, folder, manager=manager)
    assert path.parent == folder
    assert not set(path.name) & set("/\\\0\n")


def test_verified(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """The SHA-256 is checked before the file appears; upper case and blanks are fine."""
    content = write_file(www / "a", SIZE)
    wanted = f" {content.sha256().upper()}\n"
    assert download(nginx.url("/a"), folder, sha256=wanted, manager=manager).exists()


def test_wrong_sum(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """With another SHA-256 nothing appears, the old file stays, and no job is left."""
    content = write_file(www / "a", SIZE)
    (folder / "a").write_text("old")
    with pytest.raises(IntegrityError, match="BG_E_VALIDATION_FAILED") as caught:
        download(nginx.url("/a"), folder, sha256=NO_SUM, manager=manager)
    assert caught.value.found == content.sha256()
    assert caught.value.wanted == NO_SUM
    assert (folder / "a").read_text() == "old"
    assert list(folder.iterdir()) == [folder / "a"]
    assert manager.jobs() == []


def test_already_there(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """A file that has the wanted SHA-256 already is not fetched; without one it is replaced."""
    content = write_file(www / "a", SIZE)
    path = download(nginx.url("/a"), folder, manager=manager)
    nginx.wait_for_log(lambda log: sum(record.bytes_sent for record in log) >= SIZE)
    before = len(nginx.log())
    assert download(nginx.url("/a"), folder, sha256=content.sha256(), manager=manager) == path
    assert len(nginx.log()) == before
    path.write_text("old")
    download(nginx.url("/a"), folder, manager=manager)
    assert path.read_bytes() == content[:]


def test_empty_file(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """An empty file is a file, and has a SHA-256."""
    (www / "e").touch()
    wanted = hashlib.sha256(b"").hexdigest()
    assert download(nginx.url("/e"), folder, sha256=wanted, manager=manager).stat().st_size == 0


def test_faults_that_pass(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """Lost connections are made good without the caller."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), cut_after(MIB))
    path = download(url, folder, sha256=content.sha256(), manager=manager)
    assert path.read_bytes() == content[:]


def test_fatal(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """What cannot be had is a TransferError; nothing is left behind."""
    with pytest.raises(TransferError, match="404"):
        download(nginx.url("/nowhere"), folder, manager=manager)
    assert manager.jobs() == []
    assert list(folder.iterdir()) == []


def test_time_out_and_again(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """When the time ran out the job waits in the store; the same call goes on with it."""
    content = Content(SIZE)
    release = threading.Event()
    url = fault_server.serve("/a", Resource(content), stall_after(MIB, release))

    def is_stalled(progress: Progress) -> None:
        if progress.bytes_transferred >= MIB:
            raise TimeoutError("enough")

    with pytest.raises(TimeoutError, match=r"enough. 1.0 MiB are kept; the same call goes on"):
        download(url, folder, progress=is_stalled, manager=manager)
    (job,) = manager.jobs()
    assert job.state is JobState.SUSPENDED
    assert list(folder.glob("a")) == []
    with pytest.raises(TimeoutError, match=r"is still \w+ after 0.3 s"):
        download(url, folder, timeout=0.3, manager=manager)
    release.set()
    path = download(url, folder, sha256=content.sha256(), manager=manager)
    assert path.read_bytes() == content[:]
    sent = fault_server.wait_for(lambda records: all(record.finished for record in records))
    assert not [record for record in sent[1:] if record.ranges and record.ranges[0].offset < MIB]
    assert manager.jobs() == []


def test_interrupted(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """Ctrl-C stops the transfer and keeps the job."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, threading.Event()))

    def interrupt(progress: Progress) -> None:
        if progress.bytes_transferred:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(url, folder, progress=interrupt, manager=manager)
    (job,) = manager.jobs()
    assert job.state is JobState.SUSPENDED


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed(www: Path, tmp_path: Path, folder: Path) -> None:
    """Killed half-way and called again, it fetches no recorded byte a second time."""
    content = write_file(www / "big", 8 * MIB)
    (www / "mark").touch()
    code = "import sys, bitscb3; print(bitscb3.download(*sys.argv[1:]))"
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    with Nginx(www, rate=MIB) as nginx:
        command = [sys.executable, "-c", code, nginx.url("/big"), str(folder)]
        with Manager("engine", tmp_path / "state/bitscb3") as manager:
            with subprocess.Popen(command, env=environment) as program:
                (job,) = eventually(manager.jobs)
                eventually(lambda: job.progress.bytes_transferred > MIB)
                program.kill()
            kept = list(job.files[0].filled_ranges())
        later = Later(nginx)
        again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert again.stdout == f"{folder / 'big'}\n"
        assert later.asked_again(kept, 8 * MIB) == 0
    assert (folder / "big").read_bytes() == content[:]


def test_failed_with_bytes_kept(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """After a fatal fault half-way the bytes are kept, as the message says."""
    whole = Resource(Content(SIZE))
    url = fault_server.serve("/a", whole, cut_after(MIB))
    fault_server.serve("/gone", status(410))

    def move_away(progress: Progress) -> None:
        if progress.bytes_transferred:
            fault_server.serve("/a", status(410))

    with pytest.raises(TransferError, match=r"410.*are kept; the same call goes on from there"):
        download(url, folder, progress=move_away, manager=manager)
    fault_server.serve("/a", whole)
    download(url, folder, manager=manager)


def test_two_calls_for_one_path(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """A second call for a path that is being downloaded is refused at once."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, release))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(download, url, folder, manager=manager)
        fault_server.wait_for(lambda records: any(record.stalled for record in records))
        with pytest.raises(InvalidStateError, match="another call of this program"):
            download(url, folder, manager=manager)
        release.set()
        assert first.result(PATIENCE).exists()


def test_in_another_process(fault_server: FaultServer, tmp_path: Path, folder: Path) -> None:
    """A file that another process is downloading is left to it."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, threading.Event()))
    with open_manager(tmp_path) as theirs, open_manager(tmp_path) as ours:
        job = theirs.create_job("a")
        job.description = "bitscb3 download: theirs"
        job.add_file(url, folder / "a")
        job.resume()
        fault_server.wait_for(lambda records: any(record.stalled for record in records))
        with pytest.raises(
            JobLeasedError, match=r"another process is downloading .*a; wait for it"
        ):
            download(url, folder, manager=ours)
        assert job.state is JobState.TRANSFERRING


def test_whole_manifest(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """Many files are one job: all come, and progress counts them together."""
    contents = {f"f{n}": write_file(www / f"f{n}", 10_000 * n, seed=n) for n in range(20)}
    seen: list[Progress] = []
    wanted = [
        Download(nginx.url(f"/{name}"), folder / name, content.sha256())
        for name, content in contents.items()
    ]
    paths = download_all(wanted, progress=seen.append, manager=manager)
    assert paths == [folder / name for name in contents]
    assert all(path.read_bytes() == contents[path.name][:] for path in paths)
    last = seen[-1]
    total = sum(map(len, contents.values()))
    assert (last.bytes_total, last.bytes_transferred, last.fraction) == (total, total, 1.0)
    assert (last.files_total, last.files_transferred) == (20, 20)
    assert last.state is JobState.TRANSFERRED
    assert last.bytes_received >= total
    assert [one.bytes_transferred for one in seen] == sorted(one.bytes_transferred for one in seen)


def test_all_or_none(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """When one file of many is wrong none appears."""
    content = write_file(www / "a", 1000)
    good, bad = (
        (nginx.url("/a"), folder / "good"),
        Download(nginx.url("/a"), folder / "bad", NO_SUM),
    )
    with pytest.raises(IntegrityError):
        download_all([good, bad], manager=manager)
    assert list(folder.iterdir()) == []
    assert download_all([], manager=manager) == []
    assert download_all([good], manager=manager)[0].read_bytes() == content[:]


def test_what_is_sent(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """Headers, a login, the priority and what `prepare` sets reach the job."""
    url = fault_server.serve("/a", Resource(Content(100)))
    asking = fault_server.serve("/b", status(401, {"WWW-Authenticate": 'Basic realm="r"'}))
    jobs: list[Job] = []
    download(url, folder, headers={"X-Token": "t"}, prepare=jobs.append, manager=manager)
    assert fault_server.requests[-1].headers["x-token"] == "t"
    priorities: list[Priority] = []
    with pytest.raises(TransferError, match="401"):
        download(
            asking,
            folder,
            auth=("me", "pass"),
            priority=Priority.LOW,
            prepare=lambda job: priorities.append(job.priority),
            manager=manager,
        )
    login = base64.b64encode(b"me:pass").decode()
    assert fault_server.requests[-1].headers["authorization"] == f"Basic {login}"
    assert priorities == [Priority.LOW]


def test_async(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """adownload() does the same without holding up the event loop."""
    contents = [write_file(www / f"a{n}", SIZE, seed=n) for n in range(3)]
    seen: list[Progress] = []

    async def main() -> list[Path]:
        ticks = 0

        def tick() -> None:
            nonlocal ticks
            ticks += 1
            loop.call_soon(tick)

        loop = asyncio.get_running_loop()
        loop.call_soon(tick)
        found = await asyncio.gather(
            *(
                adownload(
                    nginx.url(f"/a{n}"),
                    folder,
                    sha256=contents[n].sha256(),
                    progress=seen.append,
                    manager=manager,
                )
                for n in range(3)
            )
        )
        assert ticks > 10
        return found

    paths = run(main())
    assert [path.read_bytes() for path in paths] == [content[:] for content in contents]
    assert seen[-1].state is JobState.TRANSFERRED
    assert manager.jobs() == []


def test_trio(www: Path, nginx: Nginx, manager: Manager, folder: Path) -> None:
    """adownload() works in trio, too, where a cancelled scope stops it and keeps what arrived."""
    content = write_file(www / "a", SIZE)

    async def main() -> None:
        path = await adownload(nginx.url("/a"), folder, manager=manager)
        assert path.read_bytes() == content[:]
        with trio.move_on_after(PATIENCE) as scope:
            await adownload(
                nginx.url("/a"), folder / "b", progress=lambda _: scope.cancel(), manager=manager
            )

    trio.run(main)


def test_async_cancelled(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """Cancelling the task stops that transfer only, and keeps what arrived."""
    release = threading.Event()
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), stall_after(MIB, release))
    other = fault_server.serve("/b", Resource(content), stall_after(MIB, release))

    async def main() -> Path:
        seen = asyncio.Event()

        def look(progress: Progress) -> None:
            if progress.bytes_transferred >= MIB:
                seen.set()

        task = asyncio.ensure_future(adownload(url, folder, progress=look, manager=manager))
        goes_on = asyncio.ensure_future(adownload(other, folder, manager=manager))
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        states = {job.name: job.state for job in manager.jobs()}
        assert states == {"a": JobState.SUSPENDED, "b": JobState.TRANSFERRING}
        release.set()
        assert (await goes_on).exists()
        return (await adownload_all([(url, folder / "a")], manager=manager))[0]

    assert run(main()).read_bytes() == content[:]


def test_leaving(
    fault_server: FaultServer,
    manager: Manager,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What a cancelled adownload() deletes holds up no event loop, and belongs to it until then."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(0, threading.Event()))
    failures: list[BaseException] = []

    class Again(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if vars(record)["bits_event"] == "cancelled":
                assert threading.current_thread() is not threading.main_thread()
                with pytest.raises(InvalidStateError, match="another call") as caught:
                    download(url, folder, manager=manager)
                failures.append(caught.value)

    async def main() -> None:
        seen = asyncio.Event()
        task = asyncio.ensure_future(
            adownload(url, folder, progress=lambda _: seen.set(), manager=manager)
        )
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    logger, handler = logging.getLogger("bitscb3.job"), Again()
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, "bitscb3.job"):
            run(main())
    finally:
        logger.removeHandler(handler)
    assert len(failures) == 1
    assert manager.jobs() == []


def test_async_time_out(fault_server: FaultServer, manager: Manager, folder: Path) -> None:
    """adownload() with a timeout raises TimeoutError, and the job is kept."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, threading.Event()))

    async def main() -> None:
        with pytest.raises(TimeoutError, match="is still"):
            await adownload(url, folder, timeout=1.0, manager=manager)

    run(main())
    (job,) = manager.jobs()
    assert job.state is JobState.SUSPENDED


def test_default_manager(
    www: Path, nginx: Nginx, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a manager the process has one of its own, and another once that is closed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    write_file(www / "a", 1000)
    assert download(nginx.url("/a"), folder).exists()
    first = bitscb3.default_manager()
    assert bitscb3.default_manager() is first
    assert (tmp_path / "state/bitscb3").is_dir()
    first.close()
    assert download(nginx.url("/a"), folder).exists()
    assert bitscb3.default_manager() is not first
    bitscb3.default_manager().close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_default_manager_after_fork(tmp_path: Path, www: Path, nginx: Nginx, folder: Path) -> None:
    """A forked child has a default manager of its own."""
    write_file(www / "a", 1000)
    code = (
        "import os, sys, bitscb3\n"
        "bitscb3.default_manager().jobs()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    print(bitscb3.download(*sys.argv[1:]), flush=True)\n"
        "    os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, nginx.url("/a"), str(folder)],
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert out.stdout == f"{folder / 'a'}\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork_during_a_call(tmp_path: Path, www: Path, nginx: Nginx, folder: Path) -> None:
    """What the parent is downloading at a fork does not keep the child from that path."""
    write_file(www / "a", 1000)
    code = (
        "import os, sys, bitscb3\n"
        "url, folder, here, there = sys.argv[1:]\n"
        "def fork(job):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        with bitscb3.Manager('engine', there) as manager:\n"
        "            bitscb3.download(url, folder, manager=manager)\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "with bitscb3.Manager('engine', here) as manager:\n"
        "    bitscb3.download(url, folder, manager=manager, prepare=fork)\n"
    )
    stores = [str(tmp_path / "here"), str(tmp_path / "there")]
    subprocess.run(
        [sys.executable, "-c", code, nginx.url("/a"), str(folder), *stores],
        timeout=PATIENCE,
        check=True,
    )


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        (("ftp://host/a",), {}, ValueError),
        ((7,), {}, TypeError),
        (("https://127.0.0.1/a", 7), {}, TypeError),
        (("https://127.0.0.1/a", "no/such/folder/a"), {}, FolderNotFoundError),
        (("https://127.0.0.1/a", "folder/"), {}, FolderNotFoundError),
        (("https://127.0.0.1/a",), {"sha256": "abc"}, ValueError),
        (("https://127.0.0.1/a",), {"sha256": 7}, TypeError),
        (("https://127.0.0.1/a",), {"timeout": -1}, ValueError),
        (("https://127.0.0.1/a",), {"progress": 7}, TypeError),
        (("https://127.0.0.1/a",), {"auth": "me:pass"}, TypeError),
        (("https://127.0.0.1/a",), {"auth": ("me", "pass", "x")}, TypeError),
        (("https://127.0.0.1/a",), {"priority": 77}, ValueError),
    ],
)
def test_wrong_use(
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    error: type[Exception],
    manager: Manager,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cannot be is refused before anything is sent."""
    monkeypatch.chdir(folder)
    with pytest.raises(error):
        download(*arguments, **options, manager=manager)
    assert manager.jobs() == []


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ("https://h/a?key=hidden", {}),
        ([("https://h/a?key=hidden", "a", None, "?")], {}),
        ([{"https://h/a?key=hidden": "a"}], {}),
        ([("https://127.0.0.1/a", "a")], {"headers": {"Authorization": b"hidden"}}),
    ],
)
def test_secrets_in_wrong_arguments(
    files: Any, options: dict[str, Any], manager: Manager, folder: Path
) -> None:
    """What may be a secret is not in the message that refuses it."""
    with pytest.raises(TypeError) as caught:
        download_all(files, manager=manager, **options)
    assert "hidden" not in str(caught.value)


def test_wrong_lists(manager: Manager, folder: Path) -> None:
    """A list of files has URLs, pairs and Downloads, each path once."""
    url = "https://127.0.0.1/a"
    with pytest.raises(TypeError, match="give a list"):
        download_all(url, manager=manager)
    with pytest.raises(TypeError, match="no URL"):
        download_all([7], manager=manager)  # type: ignore[list-item]
    with pytest.raises(ValueError, match="two files are to become"):
        download_all([(url, folder / "a"), (url, folder / "a")], manager=manager)
    assert manager.jobs() == []
