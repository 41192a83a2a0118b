# SPDX-License-Identifier: MIT
"""The code in the README and in docs/ does what it says: every block is run, against a real nginx."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from authority import Authority
from bitscb3.cli import make_parser
from bitscb3.testing import Nginx, write_file
from pages import DOCS, HOST, ROOT, SHA256, Page, all_pages
from support import MIB

PAGES = all_pages()
SIZE = 3 * MIB

# Blocks that are not run, by a text in them, and why.
NOT_RUN = {"follow_network_manager": "needs a system bus: tests/python/test_network_manager.py"}
# Pictures that are on their way, by their path.
# Languages whose blocks are looked at elsewhere, or are no code.
OTHER_LANGUAGES = {
    "cmake": "tests/python/test_embedding.py",
    "text": "no code",
}
MANUAL = "docs/command-line.md"  # its commands need jobs in many states: test_cli.py runs each
# Commands that are not run here, by their beginning, and why.
OTHER_COMMANDS = {
    "./scripts/": "continuous integration runs them",
    "python3 -m venv": "this runs in one",
    "python -m pip install": "the package is installed where this runs",
    "python -m benchmarks": "tests/python/test_benchmarks.py",
    "cmake ": "tests/python/test_embedding.py",
    "c++ main.cpp": "tests/python/test_embedding.py",
    "sc config": "Windows",
    "echo 'source <(bitscb3 completion": "it changes the user's files",
}


def certificates(folder: Path) -> None:
    """A client's certificate and a server's."""
    authority = Authority(folder)
    authority.client("me")
    authority.server()[0].rename(folder / "server.pem")


PREPARE = {"docs/guide/http.md": certificates}  # what a page finds in its folder


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
    program = served(page.program(skip=tuple(NOT_RUN)), nginx, www)
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


@pytest.mark.parametrize("name", ["README.md", "docs/first-steps.md"])
def test_programs_stand_alone(name: str, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Each program of the README and of the first steps runs alone, as a reader pastes it."""
    (page,) = (page for page in PAGES if page.name == name)
    for number, block in enumerate(page.blocks_in("python")):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", served(block.text, nginx, www)],
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=50,
        )
        assert (done.returncode, done.stderr) == (0, ""), f"{name}:{block.line}: {done.stderr}"


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.blocks_in("console")], ids=lambda page: page.name
)
def test_console(page: Page, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Commands of bitscb3 work as a page writes them; others are known, and in bash's grammar.

    Those of the manual are ones that the command takes.
    """
    this_python = shlex.quote(sys.executable)
    start = f'set -eu -o pipefail; bitscb3() {{ {this_python} -m bitscb3 "$@"; }};'
    for command in page.commands():
        subprocess.run(["bash", "-nc", command], check=True, timeout=10)
        if command.startswith(tuple(OTHER_COMMANDS)):
            continue
        assert command.startswith("bitscb3 "), command
        if page.name == MANUAL and "--help" not in command:
            words = shlex.split(command.partition(" > ")[0])
            make_parser().parse_args(words[1:])
            continue
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    """A link between documents leads to a file, and to a heading that is there."""
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)", page.text):
        path = (page.path.parent / target).resolve() if target else page.path
        assert path.exists(), target
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
