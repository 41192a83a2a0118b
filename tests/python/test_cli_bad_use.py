# SPDX-License-Identifier: MIT
"""Wrong use of the command line: one line that names what is wrong and what to do, exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bitscb3.cli import COMMANDS, main
from command import bitscb3, on_terminal

URL = "http://host/a"
EMPTY = "--store=store"  # a folder that is there

WRONG = [
    (["gte", URL], ["'gte'", "did you mean get?"]),
    (["frobnicate"], ["frobnicate", "--help"]),
    (["--frobnicate"], ["--frobnicate", "--help"]),
    (["get"], ["URL", "-i FILE"]),
    (["get", ""], ["empty"]),
    (["get", "host/a"], ["not a URL"]),
    (["get", "ftp://host/a"], ["ftp"]),
    (["get", "http:///a"], ["host"]),
    (["get", "http://host:99999/a"], ["port"]),
    (["get", "http://me:hidden@host/a"], ["password"]),
    (["get", "http://host/"], ["-o PATH"]),
    (["get", "http://host"], ["-o PATH"]),
    (["get", "http://host/" + "n" * 300], ["-o PATH"]),
    (["get", "http://host/\x1b[2J"], ["control"]),
    (["get", URL, "-o", "no/such/a"], ["folder"]),
    (["get", URL, "-o", "none/"], ["folder"]),
    (["get", URL, "-o", ""], ["-o"]),
    (["get", URL, "-o", "file/a"], ["folder"]),
    (["get", URL, "-o", "/dev/null"], ["regular"]),
    (["get", URL, "http://host/b", "-o", "file"], ["-o file", "folder"]),
    (["get", URL, URL], ["two URLs"]),
    (["get", URL, "-i", "none"], ["none", "No such file"]),
    (["get", URL, "-i", "folder"], ["folder"]),
    (["get", URL, "--sha256", "5"], ["64"]),
    (["get", URL, "--sha256", "g" * 64], ["hexadecimal"]),
    (["get", URL, "http://host/b", "--sha256", "0" * 64], ["--sha256", "one URL"]),
    (["get", URL, "http://host/b", "--ranges", "0-"], ["--ranges", "one URL"]),
    (["get", URL, "--ranges", ""], ["FIRST-LAST"]),
    (["get", URL, "--ranges=-5"], ["FIRST-LAST"]),
    (["get", URL, "--ranges", "5-4"], ["ends before"]),
    (["get", URL, "--ranges", "0-5,5-9"], ["share"]),
    (["get", URL, "--ranges", "0-,5-9"], ["share"]),
    (["get", URL, "--ranges", "٣-٤"], ["FIRST-LAST"]),
    (["get", URL, "--limit-rate", "fast"], ["500k"]),
    (["get", URL, "--limit-rate", "0"], ["500k"]),
    (["get", URL, "--give-up-after", "5"], ["30min"]),
    (["get", URL, "--priority", "urgent"], ["urgent", "normal"]),
    (["get", URL, "--header", "hidden"], ["Name: value"]),
    (["get", URL, "--header", "A B: hidden"], ["Name: value"]),
    (["get", URL, "--header", "A: x\r\nB: hidden"], ["Name: value"]),
    (["get", URL, "--header", "@none"], ["none", "No such file"]),
    (["get", URL, "--proxy", "two words"], ["--proxy", "host:port"]),
    (["get", URL, "--proxy", "me:hidden@host:1"], ["--proxy", "login"]),
    (["get", URL, "--ca", "none"], ["PEM"]),
    (["get", URL, "--store", "file"], ["--store file", "folder"]),
    (["get", URL, "--store", ""], ["store"]),
    (["get", URL, "--backend", "none"], ["none", "engine"]),
    (["get", URL, "--sha", "0"], ["--sha", "did you mean --sha256?"]),
    (["get", URL, "-x"], ["-x", "--help"]),
    (["list", "--store", "none"], ["none", "--store"]),
    (["--quiet", "get", URL], ["behind the command"]),
    (["list", "extra", EMPTY], ["'extra'", "too many"]),
    (["info", EMPTY], ["JOB"]),
    (["info", "none", EMPTY], ["'none'", "list"]),
    (["info", "", EMPTY], ["no job"]),
    (["info", "00000000-0000-0000-0000-000000000000", EMPTY], ["no job"]),
    (["info", "\x1b[2J", EMPTY], ["no job"]),
    (["watch", "none", EMPTY], ["'none'"]),
    (["suspend", EMPTY], ["JOB"]),
    (["suspend", "none", EMPTY], ["'none'"]),
    (["resume", EMPTY], ["--all"]),
    (["resume", "none", "--all", EMPTY], ["--all"]),
    (["resume", "none", EMPTY], ["'none'"]),
    (["cancel", EMPTY], ["JOB"]),
    (["cancel", "none", EMPTY], ["'none'"]),
    (["complete", EMPTY], ["JOB"]),
    (["complete", "none", EMPTY], ["'none'"]),
    (["ranges", EMPTY], ["JOB"]),
    (["ranges", "none", EMPTY], ["'none'"]),
    (["gc", "--older-than", "old", EMPTY], ["7d"]),
    (["gc", "--older-than", "-1d", EMPTY], ["--older-than"]),
    (["gc", "none", EMPTY], ["too many"]),
    (["doctor", "none"], ["too many"]),
    (["bench", "ftp://host/a"], ["ftp"]),
    (["bench", "--size", "9T"], ["--size"]),
    (["bench", "--rounds", "0"], ["1 to 1000"]),
    (["demo", "--size", "0"], ["MiB"]),
    (["demo", "extra"], ["too many"]),
    (["completion"], ["SHELL"]),
    (["completion", "ksh"], ["ksh", "zsh"]),
]


@pytest.mark.parametrize(("words", "parts"), WRONG, ids=lambda value: " ".join(value)[:60])
def test_wrong_use(
    words: list[str],
    parts: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Wrong use is exit code 2 and one line that says what is wrong; nothing is left behind."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "store").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("bitscb3: ")
    for part in parts:
        assert part in line
    assert "hidden" not in line
    assert "\x1b" not in line
    assert not (tmp_path / "state").exists()
    assert len(list(tmp_path.iterdir())) == 3


def test_every_command_is_used_wrongly() -> None:
    """The table has wrong uses of every command."""
    assert {words[0] for words, _ in WRONG} >= set(COMMANDS)


def test_wrong_use_as_json(tmp_path: Path) -> None:
    """With --json a complaint is a JSON object on standard error, and standard output is empty."""
    out = bitscb3("info", "none", "--json", "--store", tmp_path, cwd=tmp_path)
    assert out.returncode == 2
    assert out.stdout == ""
    assert set(json.loads(out.stderr)) == {"error", "name"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, tmp_path: Path) -> None:
    """`--help` of every command is exit code 0, and says what it does."""
    out = bitscb3(command, "--help", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    assert out.stderr == ""
    assert len(out.stdout.split("\n\n")[1].split()) > 4


def test_version(tmp_path: Path) -> None:
    """`--version` is exit code 0."""
    out = bitscb3("--version", cwd=tmp_path)
    assert (out.returncode, out.stdout.split()[0]) == (0, "bitscb3")


def test_a_full_look_at_a_terminal(tmp_path: Path) -> None:
    """Wrong use on a terminal is one line, too."""
    code, shown = on_terminal("gte", cwd=tmp_path)
    assert code == 2
    assert len(shown.splitlines()) == 1
