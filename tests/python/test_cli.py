# SPDX-License-Identifier: MIT
"""The command line, run as a user runs it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bitscb3.cli import main
from bitscb3.pictures import Picture
from bitscb3.quantities import duration_text, size_text
from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, status, write_file
from command import bitscb3, environment, get
from support import MIB, PATIENCE, eventually, open_manager

SIZE = 3 * MIB


def test_get(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`get` puts the file under the URL's last name, and says so in one line."""
    content = write_file(www / "a.bin", SIZE)
    out = get(tmp_path, nginx.url("/a.bin?token=hidden"))
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "a.bin").read_bytes() == content[:]
    assert out.stdout.startswith(f"{tmp_path / 'a.bin'}: 3.0 MiB in ")
    assert len(out.stdout.splitlines()) == 1
    assert "hidden" not in out.stdout + out.stderr


def test_get_to_a_path(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`-o` names the file, or a folder for it."""
    write_file(www / "a.bin", 1000)
    (tmp_path / "folder").mkdir()
    assert get(tmp_path, nginx.url("/a.bin"), "-o", "named").returncode == 0
    assert get(tmp_path, nginx.url("/a.bin"), "-o", "folder").returncode == 0
    assert (tmp_path / "named").stat().st_size == 1000
    assert (tmp_path / "folder" / "a.bin").stat().st_size == 1000


def test_progress_in_lines(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Where there is no terminal, progress is plain lines without escapes."""
    write_file(www / "a.bin", SIZE)
    out = get(tmp_path, nginx.url("/a.bin"))
    assert "\x1b" not in out.stdout + out.stderr


def test_right_sha256(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`--sha256` checks the file before it gets its name."""
    content = write_file(www / "a.bin", SIZE)
    out = get(tmp_path, nginx.url("/a.bin"), "--sha256", content.sha256().upper())
    assert out.returncode == 0, out.stderr
    assert "SHA-256 as wanted" in out.stdout


def test_wrong_sha256(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A wrong SHA-256 is exit code 1; the destination stays as it was, and the bytes are aside."""
    content = write_file(www / "a.bin", SIZE)
    (tmp_path / "a.bin").write_text("precious")
    out = get(tmp_path, nginx.url("/a.bin"), "--sha256", "0" * 64)
    assert out.returncode == 1
    assert (tmp_path / "a.bin").read_text() == "precious"
    aside = tmp_path / "a.bin.wrong-sha256"
    assert aside.read_bytes() == content[:]
    assert str(aside) in out.stderr
    assert content.sha256() in out.stderr
    with open_manager(tmp_path) as manager:
        assert manager.jobs() == []


def test_failed_transfer(fault_server: FaultServer, tmp_path: Path) -> None:
    """A 404 is exit code 1 and one line that names URL, code and next step; no job is left."""
    out = get(tmp_path, fault_server.serve("/gone", status(404)) + "?token=hidden")
    assert out.returncode == 1
    (line,) = out.stderr.splitlines()
    assert line.startswith("bitscb3: ")
    assert "/gone" in line
    assert "BG_E_HTTP_ERROR_404" in line
    assert "Check the URL." in line
    assert "hidden" not in line
    with open_manager(tmp_path) as manager:
        assert manager.jobs() == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["ftp://host/a"], "ftp"),
        (["http://host/"], "-o PATH"),
        (["http://host/a", "-o", "no/such/a"], "folder"),
        (["http://host/a", "--sha256", "5"], "64"),
        (["http://host/a", "--sha256", "g" * 64], "hexadecimal"),
        (["http://user:hidden@host/a"], "password"),
        ([], "URL"),
        (["http://host/a", "--speed", "5"], "speed"),
    ],
)
def test_wrong_use(arguments: list[str], word: str, tmp_path: Path) -> None:
    """Wrong use is exit code 2 and says what is wrong."""
    out = get(tmp_path, *arguments)
    assert out.returncode == 2
    assert word in out.stderr
    assert "Traceback" not in out.stderr
    assert "hidden" not in out.stderr


def test_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is shown, and the exit code is 2."""
    assert main([]) == 2
    assert "get" in capsys.readouterr().out


def test_interrupted_get_goes_on(fault_server: FaultServer, tmp_path: Path) -> None:
    """Ctrl-C is exit code 130; the same command goes on with the bytes that are there."""
    content = Content(SIZE)
    url = fault_server.serve("/a.bin", Resource(content), stall_after(MIB, threading.Event()))
    command = [sys.executable, "-m", "bitscb3", "get", "--store", str(tmp_path / "store"), url]
    with (
        open_manager(tmp_path) as manager,
        subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        eventually(lambda: [j for j in manager.jobs() if j.progress.bytes_transferred >= MIB])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    with open_manager(tmp_path) as manager:
        (job,) = manager.jobs()
        kept = job.files[0].filled_ranges()
        assert kept.bytes >= MIB
    before = len(fault_server.requests)
    fault_server.serve("/a.bin", Resource(content))
    out = get(tmp_path, url)
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "a.bin").read_bytes() == content[:]
    fetched = sum(each.bytes_sent for each in fault_server.requests[before:])
    assert fetched <= SIZE - kept.bytes + 64 * 1024
    with open_manager(tmp_path) as manager:
        assert manager.jobs() == []


def test_two_at_once(fault_server: FaultServer, tmp_path: Path) -> None:
    """While one process downloads, the same command in another says so and ends with 1."""
    release = threading.Event()
    url = fault_server.serve("/a.bin", Resource(Content(SIZE)), stall_after(MIB, release))
    command = [sys.executable, "-m", "bitscb3", "get", "--store", str(tmp_path / "store"), url]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
    ) as process:
        fault_server.wait_for(lambda requests: any(each.stalled for each in requests), PATIENCE)
        with open_manager(tmp_path) as manager:
            eventually(lambda: [job for job in manager.jobs() if job.files])
        out = get(tmp_path, url)
        assert out.returncode == 1
        assert "another process" in out.stderr
        release.set()
        assert process.wait(PATIENCE) == 0
    assert (tmp_path / "a.bin").stat().st_size == SIZE


def test_terminal(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """On a terminal the picture is drawn, and NO_COLOR takes the colours away."""
    write_file(www / "a.bin", SIZE)
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "bitscb3", "get", "--store", str(tmp_path / "store")]
    with subprocess.Popen(
        [*command, nginx.url("/a.bin")],
        cwd=tmp_path,
        env={**environment(), "TERM": "xterm"},
        stderr=slave,
        stdout=subprocess.PIPE,
    ) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                shown += os.read(master, 4096)
            except OSError:  # the other end is closed
                break
        process.communicate(timeout=PATIENCE)
    os.close(master)
    assert process.returncode == 0
    assert b"\x1b[32m" not in shown


def test_demo(tmp_path: Path) -> None:
    """The demo shows events and a picture, verifies the file, and ends with what to type next."""
    out = bitscb3("demo", "--size", "4", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    assert "ranges" in out.stdout
    assert "█" in out.stdout
    assert "as on the server" in out.stdout
    assert out.stdout.splitlines()[-1].strip() == "bitscb3 get https://host/file"


def test_demo_without_nginx(tmp_path: Path) -> None:
    """Where nginx is missing, the demo names the package."""
    code = (
        "import shutil, sys\n"
        "shutil.which = lambda *a, **k: None\n"
        "from bitscb3.cli import main\n"
        "sys.exit(main(['demo', '--size', '1']))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert out.returncode == 1
    assert "apt-get install nginx-light" in out.stderr
    assert "Traceback" not in out.stderr


def test_get_without_rich(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Without rich, progress is plain lines."""
    write_file(www / "a.bin", 1000)
    code = (
        "import sys; sys.modules['rich'] = None\n"
        "sys.stderr.isatty = lambda: True\n"
        "from bitscb3.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["get", "--store", str(tmp_path / "store"), nginx.url("/a.bin")]
    out = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=PATIENCE,
        check=False,
    )
    assert out.returncode == 0, out.stderr
    assert "\x1b" not in out.stderr


def test_picture() -> None:
    """A picture shows nothing, some and all of a part by other characters."""
    picture = Picture(4)
    picture.add([(0, 100)])
    assert picture.render() == "····"
    picture.set_size(400)
    assert picture.render() == "█···"
    picture.add([(150, 1), (300, 99)])
    assert picture.render() == "█░·▓"
    assert picture.render(plain=True) == "#-.+"
    picture.add([(399, 1), (200, 100), (100, 50), (151, 49)])
    assert picture.render() == "████"
    picture.clear()
    assert picture.render() == "····"


@pytest.mark.parametrize("size", [1, 3, 63, 64, 65, 1000, 1 << 40])
def test_picture_of_any_size(size: int) -> None:
    """A whole file of any size is a full row."""
    picture = Picture(64)
    picture.set_size(size)
    picture.add([(0, size // 2), (size // 2, size - size // 2)])
    assert picture.render() == "█" * 64


def test_texts() -> None:
    """Sizes and times are told in units that people read."""
    assert size_text(5) == "5 bytes"
    assert size_text(1536) == "1.5 KiB"
    assert size_text(5 << 30) == "5.0 GiB"
    assert duration_text(4.25) == "4.2 s"
    assert duration_text(200) == "3 min 20 s"
    assert duration_text(7500) == "2 h 5 min"
