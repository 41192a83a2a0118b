# SPDX-License-Identifier: MIT
"""The code in the README and in docs/ does what it says: every block is run, against a real nginx."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path

import pytest

import bitscb3
from authority import Authority
from bitscb3.testing import Nginx, write_file
from pages import DOCS, HOST, ROOT, SHA256, Page, all_pages
from support import MIB

PAGES = all_pages()
SIZE = 3 * MIB

# Names that are on their way, by a text of the blocks that use them. Once a name is there its line
# has to go, so that the blocks are run.
NOT_YET: dict[str, Callable[[], bool]] = {
    "bitscb3.download": lambda: hasattr(bitscb3, "download"),
    "bitscb3.adownload": lambda: hasattr(bitscb3, "adownload"),
    "bitscb3.open": lambda: hasattr(bitscb3, "open"),
    "progress=": lambda: hasattr(bitscb3, "Progress"),
    "rate_limit": lambda: hasattr(bitscb3.Job, "rate_limit"),
    "manager.stats()": lambda: hasattr(bitscb3.Manager, "stats"),
    "request.cancel()": lambda: hasattr(bitscb3.RangeRequest, "cancel"),
    "await job": lambda: hasattr(bitscb3.Job, "__await__"),
    "file.aread(": lambda: hasattr(bitscb3.File, "aread"),
    "async with Manager": lambda: hasattr(bitscb3.Manager, "__aenter__"),
    "acomplete()": lambda: hasattr(bitscb3.Job, "acomplete"),
    "file.plot()": lambda: hasattr(bitscb3.File, "plot"),
    "manager.verbose": lambda: hasattr(bitscb3.Manager, "verbose"),
    "integrations.opentelemetry": lambda: is_module("bitscb3.integrations.opentelemetry"),
    "integrations.network": lambda: is_module("bitscb3.integrations.network"),
}
# Blocks that are not run, by a text in them, and why.
NOT_RUN = {"follow_network_manager": "needs a system bus: tests/python/test_network_manager.py"}
# Pictures that are on their way, by their path.
PICTURES_NOT_YET = {"docs/images/ranges.svg", "docs/images/get.svg"}
# Languages whose blocks are looked at elsewhere, or are no code.
OTHER_LANGUAGES = {
    "cmake": "tests/python/test_embedding.py",
    "text": "no code",
}
# Commands that are not run here, by their beginning, and why.
OTHER_COMMANDS = {
    "./scripts/": "continuous integration runs them",
    "python -m pip install": "the package is installed where this runs",
    "python -m benchmarks": "tests/python/test_benchmarks.py",
    "cmake ": "tests/python/test_embedding.py",
    "c++ main.cpp": "tests/python/test_embedding.py",
    "sc config": "Windows",
}


def is_module(name: str) -> bool:
    """Whether there is a module of that name."""
    package, _, _ = name.rpartition(".")
    return bool(find_spec(package) and find_spec(name))


def certificates(folder: Path) -> None:
    """A client's certificate and a server's."""
    authority = Authority(folder)
    authority.client("me")
    authority.server()[0].rename(folder / "server.pem")


PREPARE = {"docs/guide/http.md": certificates}  # what a page finds in its folder


def waiting() -> tuple[str, ...]:
    """The texts of blocks that cannot run, or not yet."""
    return (*NOT_RUN, *(text for text, is_there in NOT_YET.items() if not is_there()))


def served(text: str, nginx: Nginx, www: Path) -> str:
    """`text` with this nginx for the host, which serves every path that is named, and their hash."""
    digest = ""
    for path in re.findall(rf"{re.escape(HOST)}(/[\w./-]*\w)", text):
        (www / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        digest = write_file(www / path[1:], SIZE).sha256()
    return SHA256.sub(digest, text.replace(HOST, nginx.url("")))


def environment(folder: Path) -> dict[str, str]:
    """The variables of a program whose user has the state folder here."""
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "NO_COLOR": "1"}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.blocks_in("python")], ids=lambda page: page.name
)
def test_python(page: Page, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """The Python blocks of a page run as one program, without a word of complaint."""
    folder = tmp_path / "here"
    folder.mkdir()
    PREPARE.get(page.name, lambda _: None)(folder)
    program = served(page.program(skip=waiting()), nginx, www)
    (tmp_path / page.path.name).write_text(program, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", tmp_path / page.path.name],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.blocks_in("console")], ids=lambda page: page.name
)
def test_console(page: Page, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Commands of bitscb3 work as a page writes them; others are known, and in bash's grammar."""
    this_python = shlex.quote(sys.executable)
    start = f'set -eu -o pipefail; bitscb3() {{ {this_python} -m bitscb3 "$@"; }};'
    for command in page.commands():
        subprocess.run(["bash", "-nc", command], check=True, timeout=10)
        if command.startswith(tuple(OTHER_COMMANDS)):
            continue
        assert command.startswith("bitscb3 "), command
        done = subprocess.run(
            ["bash", "-c", f"{start} {served(command, nginx, www)}"],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.mark.skipif(shutil.which("c++") is None, reason="no C++ compiler here")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.blocks_in("cpp")], ids=lambda page: page.name
)
def test_cpp(page: Page, tmp_path: Path) -> None:
    """The C++ blocks of a page compile, with the contract's headers alone."""
    for block in page.blocks_in("cpp"):
        source = f'#line {block.line} "{page.path.name}"\n{block.text}'
        if "#include" not in block.text:
            source = f"#include <bitscb3/bits.h>\n#include <bitscb3/engine.h>\n{source}"
        command = ["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++"]
        done = subprocess.run(
            [*command, "-I", ROOT / "cpp/include", "-"],
            input=source,
            capture_output=True,
            text=True,
            timeout=50,
        )
        assert done.returncode == 0, done.stderr


def test_no_block_is_left_out() -> None:
    """Every block is in a language that is run, or is known to need no run; each has a language."""
    known = {"python", "console", "cpp", *OTHER_LANGUAGES}
    for page in PAGES:
        assert page.text.count("\n```") == 2 * len(page.blocks), f"{page.name}: a fence is open"
        for block in page.blocks:
            assert block.language in known or block.language.startswith("{"), (
                f"{page.name}:{block.line} is in {block.language or 'no language'}"
            )


@pytest.mark.parametrize("text", NOT_YET)
def test_what_is_not_yet_there(text: str) -> None:
    """A name that is said to be on its way is not there yet, and the pages use it."""
    assert not NOT_YET[text](), f"{text} is there: remove its line, so that its blocks are run"
    assert any(text in block.text for page in PAGES for block in page.blocks_in("python"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    """A link between documents leads to a file, and to a heading that is there."""
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)", page.text):
        path = (page.path.parent / target).resolve() if target else page.path
        name = path.relative_to(ROOT).as_posix()
        assert path.exists() != (name in PICTURES_NOT_YET), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, f"{target}#{anchor}"


def slug(heading: str) -> str:
    """The anchor that forges and Sphinx give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_pages_are_told_of() -> None:
    """The table of contents has every page."""
    entries = [
        line
        for block in Page(DOCS / "index.md").blocks_in("{toctree}")
        for line in block.text.splitlines()
        if line and not line.startswith(":")
    ]
    for page in PAGES[1:]:
        name = page.path.relative_to(DOCS).with_suffix("").as_posix()
        assert name == "index" or any(fnmatchcase(name, entry) for entry in entries), name
