# SPDX-License-Identifier: MIT
"""`bitscb3 get` with lists, ranges, headers, proxies and interruptions."""

from __future__ import annotations

import hashlib
import json
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bitscb3 import JobState, Priority
from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, status, write_file
from command import BITSCB3, bitscb3, environment, get, on_terminal, run, running
from servers import Proxy
from support import MIB, PATIENCE, eventually, open_manager

SIZE = 2 * MIB


def test_several_urls(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Several URLs are downloaded at once, and a sum is told."""
    for name in ("a", "b", "c"):
        write_file(www / name, 1000)
    out = get(tmp_path, *(nginx.url(f"/{name}") for name in ("a", "b", "c")))
    assert out.returncode == 0, out.stderr
    assert len(out.stdout.splitlines()) == 3
    assert "3 files, 2.9 KiB in" in out.stderr
    assert all((tmp_path / name).stat().st_size == 1000 for name in ("a", "b", "c"))


def test_one_of_several_fails(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """One URL that fails does not keep the others from coming; the exit code is 1."""
    write_file(www / "a", 1000)
    out = get(tmp_path, nginx.url("/gone"), nginx.url("/a"))
    assert out.returncode == 1
    assert "BG_E_HTTP_ERROR_404" in out.stderr
    assert "1 failed" in out.stderr
    assert (tmp_path / "a").exists()


def test_list_of_urls(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A list has URLs, paths behind white space or tabs, digests in front, and comments."""
    content = write_file(www / "a", 1000)
    url = nginx.url("/a")
    lines = [
        "\ufeff# a comment",
        "",
        url,
        f"{url} plain name",
        f"{url}\ttab\r",
        f"{content.sha256().upper()}  {url} checked",
        f"{content.sha256()}\t{url}\ttab checked",
    ]
    (tmp_path / "list").write_text("\n".join(lines), encoding="utf-8")
    out = get(tmp_path, "-i", "list")
    assert out.returncode == 0, out.stderr
    for name in ("a", "plain name", "tab", "checked", "tab checked"):
        assert (tmp_path / name).read_bytes() == content[:]
    assert out.stdout.count("SHA-256 as wanted") == 2


def test_list_from_standard_input(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`-i -` reads the list from standard input, and -o is the folder of its paths."""
    write_file(www / "a", 1000)
    (tmp_path / "to").mkdir()
    words = ("get", "--store", "store", "-i", "-", "-o", "to")
    out = bitscb3(*words, cwd=tmp_path, input=f"{nginx.url('/a')} x")
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "to/x").stat().st_size == 1000


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("http://host/a\nftp://host/b", "list:2: "),
        ("http://host/a x\nhttp://host/b x", "two URLs go to"),
        ("a\tb\tc\td", "separated"),
        ("0" * 64, "list:1: "),
        ("http://host/a no/such/folder", "no folder"),
        ("# nothing", "give a URL"),
        ("\udcff", "UTF-8"),
    ],
)
def test_bad_list(text: str, word: str, tmp_path: Path) -> None:
    """A list with a bad line is refused before anything is sent, and the line is named."""
    (tmp_path / "list").write_bytes(text.encode("utf-8", "surrogateescape"))
    out = get(tmp_path, "-i", "list")
    assert out.returncode == 2
    (line,) = out.stderr.splitlines()
    assert word in line
    assert not (tmp_path / "store").exists()


def test_ranges(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`--ranges` takes HTTP's inclusive ranges and puts the bytes one after another."""
    content = write_file(www / "a", 10_000)
    out = get(tmp_path, nginx.url("/a"), "--ranges", "0-99,5000-5000,9990-")
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "a").read_bytes() == content[0:100] + content[5000:5001] + content[9990:]


def test_url_is_encoded(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A URL with spaces and other characters is encoded, and the file has the name as typed."""
    write_file(www / "ein Blatt für 日本.bin", 1000)
    out = get(tmp_path, nginx.url("/ein Blatt für 日本.bin"))
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "ein Blatt für 日本.bin").stat().st_size == 1000


def test_headers(fault_server: FaultServer, tmp_path: Path) -> None:
    """`--header` sends a header, and @FILE those of a file."""
    url = fault_server.serve("/a", Resource(Content(1000)))
    (tmp_path / "secret").write_text("# a comment\nAuthorization: Bearer hidden\n")
    out = get(tmp_path, url, "--header", "X-One: 1:2", "--header", "@secret")
    assert out.returncode == 0, out.stderr
    sent = fault_server.requests[-1].headers
    assert sent["x-one"] == "1:2"
    assert sent["authorization"] == "Bearer hidden"
    assert "hidden" not in out.stdout + out.stderr


def test_proxy(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`--proxy` names the proxy, and `none` goes without that of the environment."""
    write_file(www / "a", 1000)
    with Proxy() as proxy:
        assert get(tmp_path, nginx.url("/a"), "--proxy", proxy.address).returncode == 0
        assert proxy.asked()
    store = ("get", "--store", tmp_path / "store", nginx.url("/a"))
    dead = "http://127.0.0.1:9"
    out = bitscb3(*store, "--proxy", "none", cwd=tmp_path, http_proxy=dead)
    assert out.returncode == 0, out.stderr


def test_limit_rate(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`--limit-rate` holds all files together to that many bytes per second."""
    write_file(www / "a", SIZE)
    out = get(tmp_path, nginx.url("/a"), "--limit-rate", "1M", "--json")
    (done,) = (json.loads(line) for line in out.stdout.splitlines() if '"done"' in line)
    assert done["seconds"] > 0.8


def test_json(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """With --json standard output is JSON lines, from "started" to "done", with all ranges."""
    content = write_file(www / "a", SIZE)
    out = get(tmp_path, nginx.url("/a?key=hidden"), "--json", "--sha256", content.sha256())
    assert out.returncode == 0, out.stderr
    assert out.stderr == ""
    events = [json.loads(line) for line in out.stdout.splitlines()]
    assert events[0]["event"] == "started"
    assert events[-1]["event"] == "done"
    assert events[-1]["sha256"] == content.sha256()
    assert sum(length for event in events for _, length in event.get("ranges", ())) == SIZE
    assert "hidden" not in out.stdout


def test_json_of_a_failure(fault_server: FaultServer, tmp_path: Path) -> None:
    """A failure is an event on standard output, and an object on standard error."""
    out = get(tmp_path, fault_server.serve("/a", status(404)), "--json")
    assert out.returncode == 1
    failed = json.loads(out.stdout.splitlines()[-1])
    assert failed["event"] == "failed"
    assert failed["error"]["name"] == "BG_E_HTTP_ERROR_404"
    assert json.loads(out.stderr)["name"] == "BG_E_HTTP_ERROR_404" or "404" in out.stderr


def test_quiet(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """With -q nothing is said."""
    write_file(www / "a", 1000)
    out = get(tmp_path, nginx.url("/a"), "-q")
    assert (out.returncode, out.stdout, out.stderr) == (0, "", "")


def test_priority(fault_server: FaultServer, tmp_path: Path) -> None:
    """`--priority` is the job's."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(1000, threading.Event()))
    words = ("get", "--store", "store", url, "--priority", "foreground", "-q")
    with running(*words, cwd=tmp_path) as process, open_manager(tmp_path) as manager:
        eventually(lambda: [job.priority for job in manager.jobs()] == [Priority.FOREGROUND])
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_command_that_goes_on(
    number: signal.Signals, fault_server: FaultServer, tmp_path: Path
) -> None:
    """However `get` is interrupted, it ends with 130 and names the command that goes on."""
    content = Content(SIZE)
    fault_server.serve("/a%20b", Resource(content), stall_after(MIB, threading.Event()))
    url = fault_server.url("/a b")
    words = ("get", "--store", "store", url, "-o", "with space")
    pipe = subprocess.PIPE
    with (
        running(*words, cwd=tmp_path, stderr=pipe) as process,
        open_manager(tmp_path) as manager,
    ):
        eventually(lambda: [j for j in manager.jobs() if j.progress.bytes_transferred >= MIB])
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    line = errors.splitlines()[-1]
    command = shlex.split(line.partition("the same command goes on: ")[2])
    assert command[-len(words) :] == list(words)
    fault_server.serve("/a%20b", Resource(content))
    again = subprocess.run(
        [*BITSCB3, *command[-len(words) :]], cwd=tmp_path, env=environment(), check=False
    )
    assert again.returncode == 0
    assert (tmp_path / "with space").read_bytes() == content[:]


def test_secrets_are_not_in_the_advice(fault_server: FaultServer, tmp_path: Path) -> None:
    """The command that goes on after an interruption names the job where the URL has a query."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), stall_after(MIB, threading.Event()))
    words = ("get", "--store", "store", f"{url}?key=hidden")
    with (
        running(*words, cwd=tmp_path, stderr=subprocess.PIPE) as process,
        open_manager(tmp_path) as manager,
    ):
        eventually(lambda: [j for j in manager.jobs() if j.progress.bytes_transferred >= MIB])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert "hidden" not in errors
    command = shlex.split(errors.splitlines()[-1].partition("or ")[2])
    fault_server.serve("/a", Resource(content))
    assert bitscb3(*command[command.index("resume") :], cwd=tmp_path).returncode == 0
    assert hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest() == content.sha256()


def test_whole_job_is_completed(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A job that was whole when its process ended is put in place without asking the server."""
    content = write_file(www / "a", 1000)
    url = nginx.url("/a")
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.description = "bitscb3 get"
        job.add_file(url, tmp_path / "a")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
    asked = len(nginx.wait_for_log(lambda log: len(log) >= 1))
    out = get(tmp_path, url, "--sha256", content.sha256())
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "a").read_bytes() == content[:]
    assert len(nginx.log()) == asked


def test_suspended_job_goes_on(fault_server: FaultServer, tmp_path: Path) -> None:
    """A job that was suspended meanwhile goes on with the same `get`."""
    content = Content(SIZE)
    url = fault_server.serve("/a", Resource(content), stall_after(MIB, threading.Event()))
    words = ("get", "--store", "store", url, "-q")
    with running(*words, cwd=tmp_path) as process, open_manager(tmp_path) as manager:
        eventually(lambda: [j for j in manager.jobs() if j.progress.bytes_transferred >= MIB])
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert run("suspend", tmp_path, "a").returncode == 0
    fault_server.serve("/a", Resource(content))
    assert get(tmp_path, url).returncode == 0
    assert (tmp_path / "a").read_bytes() == content[:]


@pytest.mark.parametrize("command", ["get", "resume"])
def test_give_up_at_the_first_error(command: str, tmp_path: Path) -> None:
    """With `--give-up-after 0s` a host that cannot be reached is a failure at once."""
    url = "http://127.0.0.1:9/a"
    if command == "resume":
        with open_manager(tmp_path) as manager:
            manager.create_job("a").add_file(url, tmp_path / "a")
    words = [url if command == "get" else "a", "--give-up-after", "0s"]
    out = run(command, tmp_path, *words)
    assert out.returncode == 1
    (line,) = out.stderr.splitlines()[-1:]
    assert "ERROR_CANNOT_CONNECT" in line


@pytest.mark.parametrize("terminal", ["xterm", "dumb"])
def test_why_it_waits(terminal: str, tmp_path: Path) -> None:
    """A terminal shows in full, and once, why a download waits, and how to end that."""
    words = ("get", "--store", "store", "http://127.0.0.1:9/a", "--give-up-after", "5s")
    code, shown = on_terminal(*words, cwd=tmp_path, TERM=terminal)
    assert code == 1
    text = " ".join(shown.split())
    assert text.count("waiting to try again (--give-up-after ends that): job") == 1
    assert text.count("ERROR_CANNOT_CONNECT") == 2  # when it waits, and when it gives up


def test_lines_fit_a_terminal_of_80_columns(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Without escape codes a line of progress has map and figures in full."""
    write_file(www / "a", SIZE)
    with Nginx(www, rate=SIZE // 8) as slow:
        words = ("get", "--store", "store", slow.url("/a"))
        code, shown = on_terminal(*words, cwd=tmp_path, TERM="dumb")
    assert code == 0
    rows = [line for line in shown.splitlines() if line.startswith("[")]
    assert rows
    assert all("of 2.0 MiB" in line and "..." not in line for line in rows[1:])


@pytest.mark.parametrize("on_path", [True, False])
def test_advice_is_to_be_copied(on_path: bool, fault_server: FaultServer, tmp_path: Path) -> None:
    """Advice names the command by its path where the shell would not find it otherwise."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, threading.Event()))
    script = tmp_path / "bin/bitscb3"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable}\nimport sys\nfrom bitscb3.cli import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    found = f"{script.parent}:" if on_path else ""
    with (
        subprocess.Popen(
            ["bin/bitscb3" if not on_path else "bitscb3", "get", "--store", "store", url],
            cwd=tmp_path,
            env={**environment(), "PATH": f"{found}/usr/bin:/bin"},
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process,
        open_manager(tmp_path) as manager,
    ):
        eventually(lambda: [j for j in manager.jobs() if j.progress.bytes_transferred >= MIB])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    called = "bitscb3" if on_path else "bin/bitscb3"
    assert f"goes on: {called} get --store store" in errors
