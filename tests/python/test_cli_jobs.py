# SPDX-License-Identifier: MIT
"""The commands about jobs: list, info, watch, suspend, resume, cancel, complete, ranges, gc."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bitscb3 import Job, JobState
from bitscb3 import open as open_remote
from bitscb3.cli.leases import Leases
from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, write_file
from command import ask, bitscb3, environment, on_terminal, run, running
from support import MIB, PATIENCE, eventually, open_manager

SIZE = 3 * MIB


def leave_job(tmp_path: Path, url: str, name: str = "left", least: int = MIB) -> str:
    """Leave a job behind with at least that many bytes; returns its id."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job(name)
        job.add_file(url, tmp_path / f"{name}.bin")
        job.resume()
        eventually(lambda: job.progress.bytes_transferred >= least)
        return str(job.id)


@pytest.fixture
def stalling(fault_server: FaultServer) -> str:
    """A file whose second and third MiB never come."""
    return fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, threading.Event()))


@pytest.fixture
def other(stalling: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs the job a."""
    with running("get", "--store", "store", stalling, "-q", cwd=tmp_path) as process:
        with open_manager(tmp_path) as manager:
            eventually(lambda: [j for j in manager.jobs() if j.progress.bytes_transferred >= MIB])
        yield process


def test_no_jobs(tmp_path: Path) -> None:
    """An empty store has no jobs, which is no error."""
    open_manager(tmp_path).close()
    assert ask("list", tmp_path) == []
    out = run("list", tmp_path)
    assert (out.returncode, out.stdout, out.stderr) == (0, "", "no jobs\n")


def test_list(stalling: str, tmp_path: Path) -> None:
    """`list` shows a job that was left behind as parked, with how much is here."""
    id = leave_job(tmp_path, stalling)
    (record,) = ask("list", tmp_path)
    assert record["id"] == id
    assert record["running"] is False
    assert record["bytes_transferred"] >= MIB
    assert record["bytes_total"] == SIZE
    head, row = run("list", tmp_path).stdout.splitlines()
    assert head.split() == ["ID", "STATE", "HERE", "NAME"]
    assert row.split()[:2] == [id[:13], "parked"]


@pytest.mark.usefixtures("other")
def test_job_of_another_process(tmp_path: Path) -> None:
    """A job that another process runs is shown as running, and left to that process."""
    (record,) = ask("list", tmp_path)
    assert record["running"] is True
    assert "running" in run("info", tmp_path, "a").stdout
    for command in ("suspend", "resume", "cancel"):
        out = run(command, tmp_path, "a")
        assert out.returncode == 1
        (line,) = out.stderr.splitlines()
        assert "run by another process" in line


def test_leases(stalling: str, tmp_path: Path) -> None:
    """Looking at the leases tells who runs a job, and takes none."""
    leave_job(tmp_path, stalling)
    with open_manager(tmp_path) as manager, Leases(tmp_path / "store") as leases:
        (job,) = manager.jobs()
        assert leases.is_running(job.id) is False
        job.resume()
        assert leases.is_running(job.id) is True
        job.suspend()
    with Leases(tmp_path / "store") as leases, open_manager(tmp_path) as manager:
        assert leases.is_running(job.id) is False
        manager.job(job.id).resume()


def test_names_of_jobs(stalling: str, tmp_path: Path) -> None:
    """A job is meant by its id, the beginning of it, or its name; two meant are an error."""
    first = leave_job(tmp_path, stalling, "one")
    second = leave_job(tmp_path, stalling, "two")
    with open_manager(tmp_path) as manager:
        manager.create_job("two")
    for text in (first, first.upper(), first[:12], "one"):
        assert ask("info", tmp_path, text)["id"] == first
    assert ask("info", tmp_path, second)["name"] == "two"
    out = run("info", tmp_path, "two")
    assert out.returncode == 2
    assert f"{second[:13]} ({tmp_path / 'two.bin'})" in out.stderr
    assert run("info", tmp_path, "three").returncode == 2


def test_info(stalling: str, tmp_path: Path) -> None:
    """`info` shows the job, its files and a picture of what is here, and no secrets."""
    leave_job(tmp_path, f"{stalling}?key=hidden")
    details = ask("info", tmp_path, "left")
    (file,) = details["files"]
    assert file["url"] == stalling
    assert Path(file["temporary_name"]).exists()
    out = run("info", tmp_path, "left")
    assert "█" in out.stdout
    assert re.search(r"^made {9}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$", out.stdout, re.M)
    assert re.search(rf"^owner {{8}}{details['owner']}\b", out.stdout, re.M)
    assert "hidden" not in out.stdout + json.dumps(details)


def test_ranges(stalling: str, tmp_path: Path) -> None:
    """`ranges` lists what is here as HTTP writes it, in JSON as offset and length."""
    leave_job(tmp_path, stalling)
    (found,) = ask("ranges", tmp_path, "left")
    here = sum(length for _, length in found["ranges"])
    assert here >= MIB
    lines = run("ranges", tmp_path, "left", "0").stdout.splitlines()
    spans = [line.split()[0].split("-") for line in lines]
    assert sum(int(last) - int(first) + 1 for first, last in spans) == here
    assert run("ranges", tmp_path, "left", "left.bin").stdout.splitlines() == lines
    assert run("ranges", tmp_path, "left", "7").returncode == 2


def test_suspend_and_resume(fault_server: FaultServer, stalling: str, tmp_path: Path) -> None:
    """A suspended job stays so until it is resumed, which runs it until it is whole."""
    leave_job(tmp_path, stalling)
    assert ask("suspend", tmp_path, "left")[0]["state"] == "SUSPENDED"
    assert ask("list", tmp_path)[0]["state"] == "SUSPENDED"
    content = Content(SIZE)
    fault_server.serve("/a", Resource(content))
    out = run("resume", tmp_path, "left")
    assert out.returncode == 0, out.stderr
    assert "left: whole" in out.stdout
    assert not (tmp_path / "left.bin").exists()
    assert run("complete", tmp_path, "left").returncode == 0
    assert (tmp_path / "left.bin").read_bytes() == content[:]
    assert ask("list", tmp_path) == []


def test_resume_all(fault_server: FaultServer, stalling: str, tmp_path: Path) -> None:
    """`resume --all --complete` brings every job to its end."""
    leave_job(tmp_path, stalling, "one")
    leave_job(tmp_path, stalling, "two")
    fault_server.serve("/a", Resource(Content(SIZE)))
    actions = ask("resume", tmp_path, "--all", "--complete")
    assert [action["state"] for action in actions] == ["ACKNOWLEDGED"] * 2
    assert (tmp_path / "one.bin").stat().st_size == (tmp_path / "two.bin").stat().st_size == SIZE


def test_cancel(stalling: str, tmp_path: Path) -> None:
    """A cancelled job is gone, and so is its temporary file."""
    leave_job(tmp_path, stalling)
    temporary = Path(ask("info", tmp_path, "left")["files"][0]["temporary_name"])
    assert ask("cancel", tmp_path, "left")[0]["state"] == "CANCELLED"
    assert not temporary.exists()
    assert ask("list", tmp_path) == []


def test_complete_of_an_unfinished_job(stalling: str, tmp_path: Path) -> None:
    """`complete` refuses a job that is not whole, and --partial gives up what is not."""
    leave_job(tmp_path, stalling)
    out = run("complete", tmp_path, "left")
    assert out.returncode == 1
    assert len(out.stderr.splitlines()) == 1
    assert "`bitscb3 resume` goes on, --partial gives up" in out.stderr
    out = run("complete", tmp_path, "left", "--partial")
    assert out.returncode == 0
    assert out.stdout == "left: completed, 1 of 1 files given up\n"
    assert not (tmp_path / "left.bin").exists()


def test_watch(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`watch` follows a job of another process to its end, in JSON lines."""
    write_file(www / "a", SIZE)
    with Nginx(www, rate=SIZE // 4) as slow:
        words = ("get", "--store", "store", slow.url("/a"), "-q")
        with running(*words, cwd=tmp_path) as process:
            with open_manager(tmp_path) as manager:
                eventually(lambda: [job for job in manager.jobs() if job.progress.bytes_total])
            out = run("watch", tmp_path, "a", "--json")
            assert process.wait(PATIENCE) == 0
    events = [json.loads(line) for line in out.stdout.splitlines()]
    assert out.returncode == 0
    assert {event["event"] for event in events} >= {"job"}
    here = [event["bytes_transferred"] for event in events if event["event"] == "job"]
    assert here == sorted(here)
    assert events[-1]["event"] == "ended" or events[-1]["state"] == "TRANSFERRED"
    assert any(event["running"] for event in events)


def test_watch_in_lines(stalling: str, tmp_path: Path) -> None:
    """Where there is no terminal `watch` writes plain lines, and ends once all jobs rest."""
    leave_job(tmp_path, stalling)
    run("suspend", tmp_path, "left")
    out = run("watch", tmp_path, "left")
    assert out.returncode == 0
    (line,) = out.stdout.splitlines()
    assert line.startswith("left  suspended  33% of 3.0 MiB")


def test_watch_on_a_terminal(stalling: str, tmp_path: Path) -> None:
    """On a terminal `watch` draws a map of what is here."""
    leave_job(tmp_path, stalling)
    run("suspend", tmp_path, "left")
    code, shown = on_terminal("watch", "--store", "store", "left", cwd=tmp_path)
    assert code == 0
    assert "█" in shown
    assert "suspended" in shown


def test_watch_leaves_room_for_an_interruption(tmp_path: Path) -> None:
    """Lines on a terminal end before its last columns, where a terminal shows ^C."""
    with open_manager(tmp_path) as manager:
        manager.create_job("n" * 60).add_file("http://127.0.0.1:9/a", tmp_path / "a")
    code, shown = on_terminal(
        "watch", "--store", "store", "n" * 60, cwd=tmp_path, COLUMNS="40", LINES="24"
    )
    assert code == 0
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).splitlines()
    assert max(map(len, lines)) == 38


def grow_old(tmp_path: Path) -> None:
    """Have the temporary files look as if nobody had touched them for a month."""
    for path in tmp_path.glob("BIT*.tmp"):
        then = time.time() - 30 * 86400
        os.utime(path, (then, then))


def test_gc(stalling: str, tmp_path: Path) -> None:
    """`gc` shows jobs left behind, and removes them only with --yes."""
    leave_job(tmp_path, stalling)
    assert ask("gc", tmp_path) == []
    (found,) = ask("gc", tmp_path, "--older-than", "0s")
    assert found["kind"] == "job"
    assert not found["removed"]
    assert len(ask("list", tmp_path)) == 1
    (removed,) = ask("gc", tmp_path, "--older-than", "0s", "--yes")
    assert removed["removed"]
    assert ask("list", tmp_path) == []
    assert not list(tmp_path.glob("BIT*.tmp"))


@pytest.mark.usefixtures("other")
def test_gc_leaves_what_runs(tmp_path: Path) -> None:
    """`gc` does not touch a job that a process runs."""
    assert ask("gc", tmp_path, "--older-than", "0s", "--yes") == []
    assert len(ask("list", tmp_path)) == 1


def test_gc_leaves_what_it_does_not_know(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`gc` keeps whole jobs, and temporary files that no job of the store has."""
    write_file(www / "a", 1000)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("whole")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
    stranger = tmp_path / "BIT0123abcd.tmp"
    stranger.write_bytes(b"precious")
    grow_old(tmp_path)
    found = ask("gc", tmp_path, "--older-than", "0s", "--yes")
    assert {each["kind"] for each in found} == {"job", "file"}
    assert not any(each["removed"] for each in found)
    assert stranger.read_bytes() == b"precious"
    assert len(ask("list", tmp_path)) == 1


def test_gc_of_caches(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`gc` removes what open() cached, also whole files, once nobody used it for long."""
    write_file(www / "a", 1000)
    with open_manager(tmp_path) as manager:
        for _ in range(2):
            with open_remote(nginx.url("/a"), cache=tmp_path / "c", manager=manager) as file:
                file.read()
            grow_old(tmp_path / "c")
    assert ask("gc", tmp_path, "--older-than", "1h", "--yes") == []
    (removed,) = ask("gc", tmp_path, "--older-than", "0s", "--yes")
    assert removed["removed"]
    assert "cached by open()" in removed["reason"]
    assert list((tmp_path / "c").iterdir()) == []


def test_names_are_made_harmless(tmp_path: Path) -> None:
    """What a terminal would obey in a job's name is not written."""
    with open_manager(tmp_path) as manager:
        manager.create_job("evil\x1b[2J\x07\u202e")
    out = run("list", tmp_path)
    assert "\x1b" not in out.stdout
    assert "evil" in out.stdout


def test_record_has_the_properties_of_the_package(tmp_path: Path) -> None:
    """The fields of a job in JSON are properties of Job, of its progress and of its times."""
    with open_manager(tmp_path) as manager:
        manager.create_job("a")
    (record,) = ask("list", tmp_path)
    ours = {"running", "bytes_total", "bytes_transferred", "files_total", "files_transferred"}
    ours |= {"creation", "modification", "transfer_completion"}
    for name in set(record) - ours:
        assert hasattr(Job, name), name


def test_doctor(tmp_path: Path) -> None:
    """`doctor` finds a sound installation sound, with every check that there is."""
    checks: list[dict[str, Any]] = ask("doctor", tmp_path)
    names = [check["check"] for check in checks]
    assert {"bitscb3", "python", "libraries", "tls", "proxy", "store", "service"} <= set(names)
    assert not [check for check in checks if check["status"] == "problem"]
    assert not (tmp_path / "store").exists()
    open_manager(tmp_path).close()
    names = [check["check"] for check in ask("doctor", tmp_path)]
    assert {"space", "damage", "features", "jobs", "leases"} <= set(names)


def test_doctor_of_a_damaged_store(tmp_path: Path) -> None:
    """A damaged store, and one that others may read, are told with how to mend them."""
    open_manager(tmp_path).close()
    (tmp_path / "store").chmod(0o755)
    (tmp_path / "store/jobs.sqlite").write_bytes(b"not a database" * 1000)
    checks = {check["check"]: check for check in ask("doctor", tmp_path)}
    assert checks["store"]["status"] == "warning"
    assert "chmod 700" in checks["store"]["advice"]
    assert checks["damage"]["status"] == "problem"
    assert run("doctor", tmp_path).returncode == 1


def test_doctor_of_an_environment(tmp_path: Path) -> None:
    """A variable that names no authorities is a problem, and logins of proxies are not shown."""
    out = bitscb3(
        *("doctor", "--store", tmp_path / "store"),
        cwd=tmp_path,
        SSL_CERT_FILE="/no/such/file",
        https_proxy="http://me:hidden@proxy:1",
    )
    assert out.returncode == 1
    assert "correct the variable SSL_CERT_FILE" in out.stdout
    assert "proxy:1" in out.stdout
    assert "hidden" not in out.stdout


def test_bench(tmp_path: Path) -> None:
    """`bench` downloads from a server of its own and tells the time of each program."""
    out = bitscb3("bench", "--size", "1M", "--rounds", "1", "--json", cwd=tmp_path)
    runs = json.loads(out.stdout)
    assert runs[0]["program"] == "bitscb3"
    assert all(each["bytes"] == MIB and len(each["seconds"]) == 1 for each in runs)


def test_bench_of_a_url(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """`bench URL` measures that file, and a URL that fails is exit code 1 and one line."""
    write_file(www / "a", 1000)
    out = bitscb3("bench", nginx.url("/a?key=hidden"), "--rounds", "2", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    assert "hidden" not in out.stdout
    out = bitscb3("bench", nginx.url("/gone"), cwd=tmp_path)
    assert out.returncode == 1
    assert len(out.stderr.splitlines()) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh", "fish"])
def test_completion(shell: str, tmp_path: Path) -> None:
    """`completion` prints a script that knows every command."""
    out = bitscb3("completion", shell, cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    assert "watch" in out.stdout
    assert "suspend" in out.stdout


def without(code: str, *words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command after `code`, which takes something away."""
    program = (
        f"import shutil, sys\n{code}\nfrom bitscb3.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_completion_without_shtab(tmp_path: Path) -> None:
    """Where shtab is missing, one line says how to install it."""
    out = without("sys.modules['shtab'] = None", "completion", "bash", cwd=tmp_path)
    assert out.returncode == 1
    (line,) = out.stderr.splitlines()
    assert 'pip install "bitscb3[cli]"' in line


def test_bench_without_nginx_and_curl(tmp_path: Path) -> None:
    """Where nginx and curl are missing, `bench` serves the file itself, and says so."""
    code = "shutil.which = lambda *a, **k: None"
    out = without(code, "bench", "--size", "100k", "--rounds", "1", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    assert "a server in Python" in out.stdout
    assert "curl is not installed" in out.stdout


def test_watch_without_rich(stalling: str, tmp_path: Path) -> None:
    """Where rich is missing, `watch` writes lines on a terminal, too."""
    leave_job(tmp_path, stalling)
    run("suspend", tmp_path, "left")
    code = "sys.modules['rich'] = None; sys.stdout.isatty = lambda: True"
    out = without(code, "watch", "left", "--store", "store", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    assert out.stdout.startswith("left  suspended")


def test_demo_as_json(tmp_path: Path) -> None:
    """`demo --json` writes an object for each event, and nothing else."""
    out = bitscb3("demo", "--size", "1", "--json", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    events = [json.loads(line) for line in out.stdout.splitlines()]
    assert sum(length for event in events for _, length in event["ranges"]) == MIB
    assert events[-1]["event"] == "transferred"


def test_interrupted_resume(stalling: str, tmp_path: Path) -> None:
    """`resume` that is interrupted names the command that goes on."""
    leave_job(tmp_path, stalling)
    pipe = subprocess.PIPE
    words = ("resume", "left", "--complete", "--store", "store")
    with running(*words, cwd=tmp_path, stderr=pipe) as process:
        eventually(lambda: ask("list", tmp_path)[0]["running"])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "resume --complete" in errors.splitlines()[-1]
    assert "--store store goes on" in errors


def test_completion_works_in_bash(tmp_path: Path) -> None:
    """Bash reads the script."""
    script = bitscb3("completion", "bash", cwd=tmp_path).stdout
    done = subprocess.run(["bash", "-n"], input=script, text=True, check=False)
    assert done.returncode == 0
