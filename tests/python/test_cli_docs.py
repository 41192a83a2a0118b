# SPDX-License-Identifier: MIT
"""docs/command-line.md lists what the command has."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import get_type_hints

import pytest

from bitscb3.cli import COMMANDS, make_parser, records
from command import ask
from support import open_manager

DOCUMENT = Path(__file__).parents[2] / "docs/command-line.md"
COMMON = {"--json", "--store", "--backend", "-h", "--help"}
RECORDS = {  # by command: what its JSON holds
    "get": [records.GetEvent],
    "list": [records.JobRecord],
    "info": [records.FileRecord],
    "watch": [records.WatchEvent],
    "suspend": [records.Action],
    "ranges": [records.FilledRanges],
    "gc": [records.Forgotten],
    "doctor": [records.Check],
    "bench": [records.BenchRun],
    "demo": [records.DemoEvent],
}

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="the documents are not here")


def section(name: str) -> str:
    """What stands under that heading."""
    text = DOCUMENT.read_text(encoding="utf-8")
    (found,) = re.findall(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return str(found)


def rows(text: str, head: str) -> set[str]:
    """The names in the first column of the tables with that head."""
    tables = re.findall(rf"^\| {head} \| what \|\n\| --- \| --- \|\n((?:\|.*\n?)+)", text, re.M)
    return {
        name
        for table in tables
        for line in table.splitlines()
        for name in re.findall(r"`([^`]+)`", line.replace("\\|", "").split("|")[1])
    }


def test_commands() -> None:
    """Every command has a section, and every section of a command is one of it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert re.findall(r"^## bitscb3 (\S+)$", text, re.M) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_arguments(command: str) -> None:
    """The section of a command lists every argument that it has, and no other."""
    parser = make_parser().command(command)
    real = set()
    for action in parser._actions:
        if action.help != argparse.SUPPRESS and COMMON.isdisjoint(action.option_strings):
            real |= set(action.option_strings or [str(action.metavar)])
    assert rows(section(f"bitscb3 {command}"), "argument") == real


def test_common_arguments() -> None:
    """The options of every command are listed once, and each command has what is listed there."""
    assert rows(section("What holds for every command"), "argument") == COMMON
    for command in COMMANDS:
        real = {name for a in make_parser().command(command)._actions for name in a.option_strings}
        assert ("--json" in real) == (command != "completion")


@pytest.mark.parametrize("command", RECORDS)
def test_fields(command: str) -> None:
    """The section of a command lists every field of its JSON, and no other."""
    listed = rows(section(f"bitscb3 {command}"), "field")
    real = {name for record in RECORDS[command] for name in get_type_hints(record)}
    if command == "info":
        real |= set(get_type_hints(records.JobDetails)) - set(get_type_hints(records.JobRecord))
    assert listed == real


def test_fields_of_errors() -> None:
    """The fields of errors are listed."""
    real = set(get_type_hints(records.ErrorLine)) | set(get_type_hints(records.JobError))
    assert rows(section("What holds for every command"), "field") == real


def test_fields_are_written(tmp_path: Path) -> None:
    """What is written as JSON has the fields that are listed."""
    with open_manager(tmp_path) as manager:
        manager.create_job("a").add_file("http://127.0.0.1:9/a", tmp_path / "a")
    assert set(ask("list", tmp_path)[0]) == set(get_type_hints(records.JobRecord))
    details = ask("info", tmp_path, "a")
    assert set(details) == set(get_type_hints(records.JobDetails))
    assert set(details["files"][0]) == set(get_type_hints(records.FileRecord))
    assert set(ask("ranges", tmp_path, "a")[0]) == set(get_type_hints(records.FilledRanges))
    (garbage,) = ask("gc", tmp_path, "--older-than", "0s")
    assert set(garbage) == set(get_type_hints(records.Forgotten))
    assert set(ask("doctor", tmp_path)[0]) == set(get_type_hints(records.Check))
    assert set(ask("cancel", tmp_path, "a")[0]) == set(get_type_hints(records.Action))


@pytest.mark.parametrize("name", ["get", "watch"])
def test_images(name: str) -> None:
    """The pictures of the terminal are small, show a map, and name no place of a machine."""
    text = (DOCUMENT.parent / f"images/{name}.svg").read_text(encoding="utf-8")
    assert len(text) < 20_000
    assert "█" in text
    assert not re.search(r"/(tmp|home|root|usr)/|127\.0\.0\.1|@font-face", text)
