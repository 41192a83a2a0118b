# SPDX-License-Identifier: MIT
"""The command line when streams, terminals and disks let it down."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bitscb3 import Manager
from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, write_file
from command import BITSCB3, ask, bitscb3, environment, get, on_terminal, run, running
from support import MIB, PATIENCE, eventually, open_manager, small_disk

SIZE = 3 * MIB


def many_jobs(tmp_path: Path) -> None:
    """More jobs than a pipe has room for."""
    with open_manager(tmp_path) as manager:
        for number in range(600):
            manager.create_job(f"job number {number} {'x' * 200}")


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["watch"], ["watch", "--json"]])
def test_closed_pipe(words: list[str], tmp_path: Path) -> None:
    """A command whose reader goes away ends quietly, with exit code 0."""
    many_jobs(tmp_path)
    pipe = subprocess.PIPE
    store = ("--store", "store")
    with running(*words, *store, cwd=tmp_path, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.read(10)
        process.stdout.close()
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_get_into_a_closed_pipe(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`get` finishes though nobody reads what it says."""
    write_file(www / "a", SIZE)
    reading, writing = os.pipe()
    os.close(reading)
    words = ("get", "--store", "store", nginx.url("/a"))
    with running(*words, cwd=tmp_path, stdout=writing, stderr=writing) as process:
        os.close(writing)
        assert process.wait(PATIENCE) == 0
    assert (tmp_path / "a").stat().st_size == SIZE


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closing: str, www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`get` works with streams that were closed before it began."""
    write_file(www / "a", SIZE)
    words = ("get", "--store", "store", nginx.url("/a"))
    code = subprocess.run(
        ["sh", "-c", f'exec "$@" {closing}', "sh", *BITSCB3, *words],
        cwd=tmp_path,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    ).returncode
    assert code == 0
    assert (tmp_path / "a").stat().st_size == SIZE


def test_full_output(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Output onto a full disk is exit code 1 and one line; the download is there all the same."""
    write_file(www / "a", SIZE)
    with Path("/dev/full").open("w") as full:
        out = subprocess.run(
            [*BITSCB3, "get", "--store", "store", nginx.url("/a")],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert out.returncode == 1
    assert "No space left" in out.stderr.splitlines()[-1]
    assert "Traceback" not in out.stderr
    assert (tmp_path / "a").stat().st_size == SIZE


@contextlib.contextmanager
def hanging_up(
    words: Sequence[str], tmp_path: Path, before: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """The command on a terminal of its own, which is lost when the block is left.

    The kernel then sends SIGHUP; `before` is for the shell that starts it.
    """
    own = (
        "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    shell = ["/bin/sh", "-c", f'{before} exec "$@"', "sh"]
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", own, *shell, *BITSCB3, *words],
        cwd=tmp_path,
        env=environment(TERM="xterm"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    try:
        yield process
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        os.close(master)


@pytest.mark.parametrize("words", [["get", "--help"], ["--version"], ["doctor"], ["list"], []])
def test_full_output_of_others(words: list[str], tmp_path: Path) -> None:
    """Whatever a command says, a full disk under it is an error of one line."""
    with Manager("engine", tmp_path / "bitscb3") as manager:
        manager.create_job("a")
    with Path("/dev/full").open("w") as full:
        out = subprocess.run(
            [*BITSCB3, *words],
            cwd=tmp_path,
            env=environment(XDG_STATE_HOME=str(tmp_path)),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert out.returncode == (1 if words else 2)
    assert "No space left" in out.stderr.splitlines()[-1]


@pytest.mark.parametrize("most", [6, 12])
def test_no_descriptors(most: int, tmp_path: Path) -> None:
    """However few files may be opened, a command works, or ends with one line."""
    open_manager(tmp_path).close()
    code = f'ulimit -n {most}; exec "$@"'
    out = subprocess.run(
        ["sh", "-c", code, "sh", *BITSCB3, "list", "--store", "store"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert out.returncode in (0, 1)
    assert len(out.stderr.splitlines()) == 1


def test_lost_terminal(fault_server: FaultServer, tmp_path: Path) -> None:
    """When the terminal is gone `get` ends, and the same command goes on with what is here."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), stall_after(MIB, threading.Event()))
    words = ("get", "--store", "store", url)
    with hanging_up(words, tmp_path) as process, open_manager(tmp_path) as manager:
        eventually(lambda: [j for j in manager.jobs() if j.progress.bytes_transferred >= MIB])
    assert process.wait(PATIENCE) == 130
    (record,) = ask("list", tmp_path)
    assert record["bytes_transferred"] >= MIB
    fault_server.serve("/a", Resource(content))
    assert get(tmp_path, url).returncode == 0
    assert (tmp_path / "a").read_bytes() == content[:]


def test_lost_terminal_under_nohup(fault_server: FaultServer, tmp_path: Path) -> None:
    """Where SIGHUP is ignored, `get` goes on without a terminal to its end."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, release))
    words = ("get", "--store", "store", url)
    with (
        hanging_up(words, tmp_path, "trap '' HUP;") as process,
        open_manager(tmp_path) as manager,
    ):
        eventually(lambda: [j for j in manager.jobs() if j.progress.bytes_transferred >= MIB])
    release.set()  # the terminal is gone
    assert process.wait(PATIENCE) == 0
    assert (tmp_path / "a").stat().st_size == SIZE


def test_full_disk(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A full disk is exit code 1 and one line with what to do; with room the command goes on."""
    content = write_file(www / "a", SIZE)
    with small_disk(tmp_path / "small", "1m") as folder:
        out = get(tmp_path, nginx.url("/a"), "-o", folder, "-q")
        assert out.returncode == 1
        (line,) = out.stderr.splitlines()
        assert "space" in line
        subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
        out = get(tmp_path, nginx.url("/a"), "-o", folder, "-q")
        assert out.returncode == 0, out.stderr
        assert (folder / "a").read_bytes() == content[:]


def test_store_on_a_full_disk(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A store that has no room is one line and exit code 1, not a traceback."""
    write_file(www / "a", SIZE)
    with small_disk(tmp_path / "small", "1m") as folder:
        filler = folder / "filler"
        filler.write_bytes(b"x" * 900_000)
        with contextlib.suppress(OSError), filler.open("ab", buffering=0) as stream:
            while stream.write(b"x" * 4096):
                pass
        out = bitscb3("get", "--store", folder / "store", nginx.url("/a"), "-q", cwd=tmp_path)
        assert out.returncode == 1
        assert len(out.stderr.splitlines()) == 1
        assert "Traceback" not in out.stderr


def test_limited_file_size(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A limit on the size of files is an error of one line."""
    write_file(www / "a", SIZE)
    words = ("get", "--store", "store", nginx.url("/a"), "-q")
    out = subprocess.run(
        ["sh", "-c", 'ulimit -f 2048; exec "$@"', "sh", *BITSCB3, *words],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert out.returncode == 1
    assert len(out.stderr.splitlines()) == 1
    assert get(tmp_path, nginx.url("/a")).returncode == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A folder that cannot be written to is wrong use, said before anything is sent."""
    (tmp_path / "folder").mkdir(mode=0o500)
    out = get(tmp_path, nginx.url("/a"), "-o", "folder")
    assert out.returncode == 2
    assert "permissions" in out.stderr


@pytest.mark.parametrize("variable", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_plain_terminals(variable: dict[str, str], www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """TERM=dumb gets no escape codes at all, NO_COLOR no colours."""
    write_file(www / "a", SIZE)
    words = ("get", "--store", "store", nginx.url("/a"))
    with Nginx(www):
        master, slave = pty.openpty()
        terminal = environment(**{"TERM": "xterm", **variable})
        with running(*words, cwd=tmp_path, env=terminal, stdout=slave, stderr=slave) as process:
            os.close(slave)
            shown = b""
            with contextlib.suppress(OSError):
                while chunk := os.read(master, 4096):
                    shown += chunk
            assert process.wait(PATIENCE) == 0
        os.close(master)
    assert b"3.0 MiB in" in shown
    assert b"\x1b[3" not in shown
    assert b"\x1b" not in shown or variable != {"TERM": "dumb"}


@pytest.mark.parametrize("columns", ["1", "20", "40"])
def test_narrow_terminals(columns: str, www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Progress fits a narrow terminal, line by line."""
    write_file(www / "a", SIZE)
    code, _ = on_terminal("get", "--store", "store", nginx.url("/a"), cwd=tmp_path, COLUMNS=columns)
    assert code == 0
    many_jobs(tmp_path)
    code, shown = on_terminal("list", "--store", "store", cwd=tmp_path, COLUMNS=columns)
    assert code == 0
    assert max(map(len, shown.splitlines())) <= max(int(columns), 3)


def test_names_that_the_stream_cannot_show(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A name that standard output cannot encode does not end the command."""
    write_file(www / "ä日.bin", 1000)
    words = ("get", "--store", "store", nginx.url("/ä日.bin"))
    out = bitscb3(*words, cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "ä日.bin").exists()
    assert "\\xe4" in out.stdout


def test_without_a_home(tmp_path: Path) -> None:
    """Where no place for the store is known, one line says which variable to set."""
    variables = environment(HOME="", XDG_STATE_HOME="")
    out = subprocess.run(
        [*BITSCB3, "list"],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert out.returncode == 1
    assert "HOME" in out.stderr
    assert run("list", tmp_path).returncode == 2
