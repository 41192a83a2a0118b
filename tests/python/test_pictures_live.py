# SPDX-License-Identifier: MIT
"""Live pictures: in IPython, in a notebook's kernel, in a terminal and in a pipe."""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bitscb3 import EOF, JobState, Manager
from bitscb3.pictures import RangePicture, live
from bitscb3.pictures.live import LivePicture
from bitscb3.testing import Content, FaultServer, Resource
from support import KIB, PATIENCE, eventually, open_manager

SIZE = 100 * KIB

# A program that downloads in IPython and tells what was displayed: argv is store, URL, path.
IN_IPYTHON = """
import json, sys, threading
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.displaypub import CapturingDisplayPublisher
shell = InteractiveShell.instance()
shell.display_pub = publisher = CapturingDisplayPublisher()
shell.user_ns["arguments"] = sys.argv[1:]
assert shell.run_cell('''
import bitscb3, threading
store, url, path = arguments
manager = bitscb3.Manager("engine", store)
job = manager.create_job("live", on_demand=True)
file = job.add_file(url, path)
picture = file.watch()
file.request_ranges([(0, 1000)]).result(20)
''').success
done = threading.Event()
for _ in range(1000):
    if "1000 bytes" in publisher.outputs[-1]["data"]["text/plain"]:
        break
    done.wait(0.01)
assert shell.run_cell('''
file.request_ranges([(0, bitscb3.EOF)]).result(20)
job.wait(20)
picture._thread.join(20)
manager.close()
''').success
threads = [thread.name for thread in threading.enumerate() if thread.name == "bitscb3-live"]
print(json.dumps({"outputs": publisher.outputs, "threads": threads}))
"""


class Noted:
    """A display that notes when it was shown what."""

    def __init__(self) -> None:
        self.shown: list[tuple[float, str, bool]] = []

    def show(self, picture: RangePicture, last: bool) -> None:
        self.shown.append((time.monotonic(), str(picture), last))


@contextmanager
def terminal() -> Iterator[tuple[io.TextIOWrapper, list[bytes]]]:
    """A pseudo terminal to write to, and what was written to it, once the block was left."""
    import pty

    master, slave = pty.openpty()
    got: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(master, 65536):
                got.append(chunk)
        except OSError:  # Linux' way to say that the other side was closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        yield stream, got
    reader.join()
    os.close(master)


@pytest.fixture
def url(fault_server: FaultServer) -> str:
    """A file."""
    return fault_server.serve("/a", Resource(Content(SIZE)))


def ended(picture: LivePicture) -> bool:
    """Whether a picture ended by itself."""
    picture._thread.join(PATIENCE)
    return not picture.running


def test_it_follows_its_job_and_ends(url: str, tmp_path: Path) -> None:
    """A live picture is drawn at most four times a second, only when something changed, to the end."""
    noted = Noted()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("live", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        picture = LivePicture(file, noted, 0.25)
        assert "size not known" in noted.shown[0][1]
        for part in range(20):
            file.request_ranges([(part * KIB, KIB)]).result(PATIENCE)
        eventually(lambda: "20.0 KiB of" in noted.shown[-1][1])
        eventually(lambda: job.state is JobState.SUSPENDED)  # which may be drawn, too
        count = len(noted.shown)
        assert not picture._stopping.wait(1.3)  # five ticks without news
        assert len(noted.shown) <= count + 1
        assert picture.running
        file.request_ranges([(0, EOF)]).result(PATIENCE)
        job.wait(PATIENCE)
        assert ended(picture)
    times = [at for at, _, last in noted.shown if not last]
    assert all(after - before >= 0.2 for before, after in itertools.pairwise(times))
    assert [last for _, _, last in noted.shown].count(True) == 1
    assert "100.0 KiB, whole" in noted.shown[-1][1]


@pytest.mark.parametrize("end", ["complete", "cancel", "close", "stop"])
def test_every_end_is_the_end(end: str, url: str, tmp_path: Path) -> None:
    """Completed, cancelled, closed or stopped: the picture shows that and its thread ends."""
    noted = Noted()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("live", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        if end == "complete":
            file.request_ranges([(0, EOF)]).result(PATIENCE)
        with LivePicture(job, noted, 0.25) as picture:
            if end == "close":
                manager.close()
            elif end == "stop":
                assert picture.running
                picture.stop()
                picture.stop()
            else:
                getattr(job, end)()
            assert ended(picture)
        assert noted.shown[-1][2]
        assert "ended" in repr(picture)
        said = {"complete": "ACKNOWLEDGED", "cancel": "CANCELLED"}.get(end, "SUSPENDED")
        assert said in noted.shown[-1][1]


def test_a_display_that_breaks_ends_it(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A display that raises is logged, and ends the picture, not the job."""

    class Broken(Noted):
        def show(self, picture: RangePicture, last: bool) -> None:
            super().show(picture, last)
            if len(self.shown) > 1:
                raise ValueError("the front end is gone")

    with open_manager(tmp_path) as manager:
        job = manager.create_job("live", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        picture = LivePicture(file, Broken(), 0.25)
        file.request_ranges([(0, 10)]).result(PATIENCE)
        assert ended(picture)
        assert file.read(0, 5) == Content(SIZE)[:5]
    assert "the front end is gone" in caplog.text


def test_a_pipe_gets_the_first_and_the_last(url: str, tmp_path: Path) -> None:
    """Where lines cannot be changed, the first and the last picture are written."""
    stream = io.StringIO()
    with open_manager(tmp_path) as manager, manager.create_job("live") as job:
        file = job.add_file(url, tmp_path / "a")
        with live(file, stream=stream):
            job.resume()
            job.wait(PATIENCE)
    text = stream.getvalue()
    assert text.isascii()  # a stream without an encoding
    assert text.count(url) == 2
    assert text.rstrip().endswith("####")
    with pytest.raises(ValueError, match=r"0\.25"):
        live(file, interval=0.1)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals")
def test_a_terminal_is_drawn_in_place(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a terminal each picture takes the place of the one before."""
    monkeypatch.setenv("TERM", "xterm")
    with (
        open_manager(tmp_path) as manager,
        terminal() as (stream, got),
        manager.create_job("live") as job,
    ):
        file = job.add_file(url, tmp_path / "a")
        with live(file, stream=stream):
            job.resume()
            job.wait(PATIENCE)
    text = b"".join(got).decode()
    assert "\x1b[6F\x1b[J" in text  # URL, figures and four rows
    assert text.rstrip().endswith("█" * 20)


def test_ipython(url: str, tmp_path: Path) -> None:
    """In IPython one output is made and then changed in place, as an SVG and as text."""
    pytest.importorskip("IPython")
    out = subprocess.run(
        [sys.executable, "-c", IN_IPYTHON, str(tmp_path / "store"), url, str(tmp_path / "a")],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")},
    )
    found = json.loads(out.stdout.splitlines()[-1])
    outputs = found["outputs"]
    assert found["threads"] == []
    assert [output["update"] for output in outputs[:2]] == [False, True]
    assert len({output["transient"]["display_id"] for output in outputs}) == 1
    assert all("<svg" in output["data"]["text/html"] for output in outputs)
    assert "size not known" in outputs[0]["data"]["text/plain"]
    assert "100.0 KiB, whole" in outputs[-1]["data"]["text/plain"]


def test_a_kernel(url: str, tmp_path: Path) -> None:
    """In a notebook the output of its cell changes while later cells run, and then no more."""
    pytest.importorskip("ipykernel")
    client = pytest.importorskip("jupyter_client.manager")
    kernel, channels = client.start_new_kernel(kernel_name="python3")

    def run(code: str, wanted: str) -> list[dict[str, Any]]:
        """Execute a cell, and return what was displayed until something says `wanted`."""
        channels.execute(code)
        shown: list[dict[str, Any]] = []
        while not shown or wanted not in shown[-1]["content"]["data"]["text/plain"]:
            message = channels.get_iopub_msg(timeout=PATIENCE)
            assert message["msg_type"] != "error", message["content"]
            assert message["msg_type"] != "execute_result", "a live picture shows itself only"
            if message["msg_type"] in ("display_data", "update_display_data"):
                shown.append(message)
        return shown

    try:
        store, path = str(tmp_path / "store"), str(tmp_path / "a")
        (made,) = run(
            f"import bitscb3; manager = bitscb3.Manager('engine', {store!r})\n"
            f"job = manager.create_job('live', on_demand=True); file = job.add_file({url!r}, {path!r})\n"
            "file.watch()",
            "size not known",
        )
        changed = run("asked = file.request_ranges([(0, 1000)]).result()", "1000 bytes of")
        changed += run("asked = file.request_ranges([(0, bitscb3.EOF)])", "100.0 KiB, whole")
        for message in changed:
            assert message["msg_type"] == "update_display_data"
            assert message["content"]["transient"] == made["content"]["transient"]
            assert message["parent_header"]["msg_id"] == made["parent_header"]["msg_id"]
    finally:
        channels.stop_channels()
        kernel.shutdown_kernel(now=True)


def test_ipython_is_not_imported(url: str, tmp_path: Path) -> None:
    """Outside of IPython a live picture does not import it."""
    code = (
        "import sys, bitscb3\n"
        "with bitscb3.Manager('engine', sys.argv[1]) as manager:\n"
        "    job = manager.create_job('live')\n"
        "    file = job.add_file(sys.argv[2], sys.argv[3])\n"
        "    job.watch().stop()\n"
        "print('IPython' in sys.modules)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "store"), url, str(tmp_path / "a")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.splitlines()[-1] == "False"


def test_a_program_ends_with_a_live_picture(url: str, tmp_path: Path) -> None:
    """A program that just ends while a picture is live, and the manager open, ends in order."""
    code = (
        "import sys, bitscb3\n"
        "manager = bitscb3.Manager('engine', sys.argv[1])\n"
        "job = manager.create_job('live')\n"
        "job.add_file(sys.argv[2], sys.argv[3])\n"
        "job.watch()\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "store"), url, str(tmp_path / "a")],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert out.stderr == ""
    assert out.stdout.count("live, SUSPENDED") == 2


def test_of_a_closed_manager(url: str, tmp_path: Path) -> None:
    """A job of a closed manager is shown once, as it was."""
    manager = Manager("engine", tmp_path / "store")
    job = manager.create_job("live")
    job.add_file(url, tmp_path / "a")
    manager.close()
    stream = io.StringIO()
    picture = live(job, stream=stream)
    assert ended(picture)
    assert "live, SUSPENDED" in stream.getvalue()
