# SPDX-License-Identifier: MIT
"""The documents tell what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bitscb3

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HEADERS = ROOT / "cpp/include/bitscb3"

pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the documents are not here")


def methods_of_headers() -> set[tuple[str, str]]:
    """Interface and method of every slot the headers declare."""
    found = set()
    for path in HEADERS.glob("bits_*.h"):
        text = path.read_text(encoding="utf-8").replace("\\\n", "\n")
        for part in re.split(r"#define (?=I\w+_OWN\(SLOT\))", text)[1:]:
            interface = part[: part.index("_OWN")]
            own = part[: part.index("#define")]
            found |= {(interface, name) for name in re.findall(r"SLOT\((\w+), ", own)}
    return found


def test_every_method_has_a_state() -> None:
    """docs/contract.md lists every method of every interface once, and nothing else."""
    listed: list[tuple[str, str]] = []
    interface = ""
    text = (DOCS / "contract.md").read_text(encoding="utf-8")
    for line in text[: text.index("## Properties")].splitlines():
        if line.startswith("## "):
            interface = line.split()[1]
        elif match := re.match(r"\| (\w+) \| (full|partial|not applicable) \| (.*)\|", line):
            listed.append((interface, match[1]))
            assert match[2] == "full" or match[3].strip(), f"{line} does not say why"
    assert len(listed) == len(set(listed))
    assert set(listed) == methods_of_headers()


def test_the_sum_is_right() -> None:
    """docs/contract.md counts its rows rightly."""
    text = (DOCS / "contract.md").read_text(encoding="utf-8")
    rows = text[: text.index("## Properties")]
    states = ("full", "partial", "not applicable")
    counts = [len(re.findall(rf"^\| \w+ \| {state} \|", rows, re.MULTILINE)) for state in states]
    summary = "{} methods: {} full, {} partial, {} not applicable.".format(sum(counts), *counts)
    assert summary in text


def test_python_names_exist() -> None:
    """The guide for people who know BITS names what the package has."""
    text = (DOCS / "for-people-who-know-bits.md").read_text(encoding="utf-8")
    names = re.findall(
        r"`([A-Z]\w+(?:\.\w+)?)", text[text.index("## COM → Python") : text.index("## In C")]
    )
    assert len(names) > 60
    for name in names:
        owner, _, member = name.partition(".")
        assert hasattr(bitscb3, owner), name
        assert not member or hasattr(getattr(bitscb3, owner), member), name


def test_every_property_of_a_job_is_told() -> None:
    """Every public name of Job, File and HttpOptions that BITS has is in the guide, or is ours."""
    ours = {
        *("http", "file", "manager", "wait", "handler_errors", "add_file", "shown_name", "failure"),
        *("on_restarted", "calls", "open", "read", "readinto", "index", "job", "require", "size"),
        *(
            "rate_limit",
            "bytes_received",
            "aread",
            "acomplete",
            "check_resumed",
            "outcome",
            "timed_out",
        ),
        *("whereabouts", "note_silent", "allows", "drop_stream", "remove_handler", "update_flags"),
        *("plot", "watch"),
    }
    text = (DOCS / "for-people-who-know-bits.md").read_text(encoding="utf-8")
    for owner in (bitscb3.Job, bitscb3.File, bitscb3.HttpOptions):
        for name in {name for base in owner.__mro__[:-1] for name in vars(base)}:
            if not name.startswith("_") and name not in ours:
                assert f"{owner.__name__}.{name}" in text, f"{owner.__name__}.{name}"
