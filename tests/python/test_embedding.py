# SPDX-License-Identifier: MIT
"""The embedded BITS as a library for other programs: CMake's ways to it, and pkg-config's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bitscb3.testing import Nginx, write_file
from support import MIB

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/embed"
PAGE = ROOT / "docs/embedding.md"
SIZE = 3 * MIB

pytestmark = [
    pytest.mark.skipif(not EXAMPLE.exists(), reason="the sources are not here"),
    pytest.mark.skipif(shutil.which("cmake") is None, reason="there is no cmake"),
    pytest.mark.timeout(600),  # the library may have to be compiled
]


def run(*command: object) -> str:
    """Run it; it has to succeed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def block(language: str, beginning: str) -> str:
    """The code block of the page on embedding that begins so."""
    text = PAGE.read_text("utf-8")
    found = re.search(rf"^```{language}\n({re.escape(beginning)}.*?)^```$", text, re.DOTALL | re.M)
    assert found, beginning
    return found[1]


def configure(source: Path, build: Path, **definitions: object) -> None:
    """Configure `source`, as a build that is made quickly."""
    run(
        *("cmake", "-S", source, "-B", build),
        *("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0"),
        *("-G", "Ninja" if shutil.which("ninja") else "Unix Makefiles"),
        *(f"-D{name}={value}" for name, value in definitions.items()),
    )


@pytest.fixture(scope="module")
def fetched() -> Path:
    """A project that has bitscb3 by FetchContent, as the page writes it, built.

    It lies in build/, so that the library is compiled again only where it changed.
    """
    source, build = ROOT / "build/embedding/source", ROOT / "build/embedding/build"
    source.mkdir(parents=True, exist_ok=True)
    text = (EXAMPLE / "CMakeLists.txt").read_text("utf-8")
    (package,) = re.findall(r"^find_package\(bitscb3.*\n", text, re.M)
    text = text.replace(package, block("cmake", "include(FetchContent)"))
    (source / "CMakeLists.txt").write_text(text)
    shutil.copy(EXAMPLE / "main.cpp", source)
    configure(source, build, FETCHCONTENT_SOURCE_DIR_BITSCB3=ROOT, BITSCB3_INSTALL="ON")
    run("cmake", "--build", build, "--parallel", 2)
    return build


@pytest.fixture(scope="module")
def installed(fetched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix with the headers, libraries and packages."""
    prefix = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", fetched, "--prefix", prefix)
    return prefix


def check_download(program: Path, nginx: Nginx, www: Path, folder: Path) -> None:
    """The program downloads a file, tells each byte once, and says what failed."""
    content = write_file(www / "f", SIZE)
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    out = folder / "out"
    done = subprocess.run(
        [program, nginx.url("/f"), out], capture_output=True, text=True, timeout=50, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert out.read_bytes() == content[:]
    told = [int(line.split()[0]) for line in done.stdout.splitlines()]
    assert sum(told) == SIZE
    failed = subprocess.run(
        [program, nginx.url("/none"), out],
        capture_output=True,
        text=True,
        timeout=50,
        env=environment,
    )
    assert (failed.returncode, failed.stderr) == (1, "0x80190194\n")


def test_fetch_content(fetched: Path, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A program gets bitscb3::engine by FetchContent and downloads with it."""
    check_download(fetched / "embed", nginx, www, tmp_path)


def test_find_package(installed: Path, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """The example finds an installed bitscb3 and downloads with it."""
    configure(EXAMPLE, tmp_path / "build", CMAKE_PREFIX_PATH=installed)
    run("cmake", "--build", tmp_path / "build")
    check_download(tmp_path / "build/embed", nginx, www, tmp_path)


@pytest.mark.skipif(shutil.which("pkg-config") is None, reason="there is no pkg-config")
def test_pkg_config(installed: Path, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """The page's command compiles the example with pkg-config."""
    (package,) = installed.glob("lib*/**/bitscb3.pc")
    command = block("console", "$ c++ main.cpp").removeprefix("$ ")
    subprocess.run(
        ["sh", "-euc", command],
        cwd=shutil.copytree(EXAMPLE, tmp_path / "source"),
        env={**os.environ, "PKG_CONFIG_PATH": str(package.parent)},
        check=True,
        timeout=100,
    )
    check_download(tmp_path / "source/embed", nginx, www, tmp_path)


def test_nothing_leaks(installed: Path) -> None:
    """Installed are the contract's headers, and nothing that names the machine that built it."""
    headers = {path.name for path in (installed / "include/bitscb3").iterdir()}
    assert headers == {path.name for path in (ROOT / "cpp/include/bitscb3").iterdir()}
    for path in installed.rglob("*"):
        if path.suffix in {".cmake", ".pc", ".h"}:
            assert str(ROOT) not in path.read_text("utf-8"), path.name


def test_wheels_do_without(tmp_path: Path) -> None:
    """A build of the Python extension installs the extension alone."""
    pybind11 = pytest.importorskip("pybind11")
    configure(
        ROOT,
        tmp_path,
        BITSCB3_PYTHON="ON",
        pybind11_DIR=pybind11.get_cmake_dir(),
        Python_EXECUTABLE=sys.executable,
    )
    assert "BITSCB3_INSTALL:BOOL=OFF" in (tmp_path / "CMakeCache.txt").read_text("utf-8")
    assert "libbitscb3" not in (tmp_path / "cmake_install.cmake").read_text("utf-8")
