# SPDX-License-Identifier: MIT
"""The fixtures for users, in sessions of pytest of their own that find them by the entry point."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import bitscb3

pytest_plugins = ("pytester",)

PYTHON = Path(bitscb3.__file__).parents[1]

METADATA = "Metadata-Version: 2.1\nName: bitscb3\nVersion: 0\n"
ENTRY_POINTS = "[pytest11]\nbitscb3 = pytest_bitscb3\n"
RECORD = "bitscb3/__init__.py,,\npytest_bitscb3/__init__.py,,\n"

INI = """
[pytest]
addopts = --strict-markers -p no:cacheprovider -p no:asyncio
filterwarnings = error
"""

ALL_FIXTURES = """
from bitscb3 import JobState, Manager
from bitscb3.testing import Content, Resource, flaky, status

def test_download(bits_manager, range_server, tmp_path):
    url = range_server.serve("/a", Resource(Content(1000)))
    with bits_manager.create_job("a") as job:
        job.add_file(url, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == Content(1000)[:]

def test_nginx(bits_manager, nginx_server, nginx_root, tmp_path):
    assert nginx_server.root == nginx_root
    (nginx_root / "a").write_bytes(b"abc")
    with bits_manager.create_job("a") as job:
        job.add_file(nginx_server.url("/a"), tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"abc"

def test_clock(bits_manager, bits_clock, range_server, tmp_path):
    job = bits_manager.create_job("patient")
    job.minimum_retry_delay, job.no_progress_timeout = 600, 3600
    job.add_file(
        range_server.serve("/a", Resource(b"abc"), flaky(1, status(503))), tmp_path / "a"
    )
    job.resume()
    while job.state is not JobState.TRANSIENT_ERROR:
        assert job.state is not JobState.ERROR
    bits_clock.advance(600)
    assert job.wait(20) is JobState.TRANSFERRED

def test_store(bits_manager, bits_store, tmp_path):
    job = bits_manager.create_job("seen")
    job.add_file("http://127.0.0.1:9/a", tmp_path / "a")
    job.resume()
    with Manager("engine", bits_store) as other:
        assert [one.name for one in other.jobs()] == ["seen"]
"""

PROGRAM = """
import bitscb3
from bitscb3.testing import Content, Resource

def program(store, moment, url, path):
    with bitscb3.Manager("engine", store) as manager:
        job = manager.create_job("killed")
        job.add_file(url, path)
        job.resume()
        moment("resumed")

def test_it(kill_resume, range_server, tmp_path):
    url = range_server.serve("/a", Resource(Content(1000)))
    manager = kill_resume(program, url, tmp_path / "a", at="resumed")
    (job,) = manager.resume_all()
    job.wait(20)
    job.complete()
    assert (tmp_path / "a").read_bytes() == Content(1000)[:]
"""

HANDLERS = """
import pytest
from bitscb3.testing import Resource

def raise_it(job, file, ranges):
    raise ValueError("a wrong handler")

def download(manager, server, path):
    with manager.create_job("a") as job:
        job.add_file(server.serve("/a", Resource(b"abc")), path)
        job.on_ranges(raise_it)

def test_raises(bits_manager, range_server, tmp_path):
    download(bits_manager, range_server, tmp_path / "a")

@pytest.mark.bits_handler_errors
def test_allowed(bits_manager, range_server, tmp_path):
    download(bits_manager, range_server, tmp_path / "a")
"""


@pytest.fixture
def site(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as of installed packages, which has the entry point; new sessions look there."""
    site = pytester.mkdir("site")
    info = site / "bitscb3-0.dist-info"
    info.mkdir()
    for name, text in (
        ("METADATA", METADATA),
        ("RECORD", RECORD),
        ("entry_points.txt", ENTRY_POINTS),
    ):
        (info / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(PYTHON)]))
    pytester.makeini(INI)
    return site


@pytest.mark.usefixtures("site")
def test_fixtures_are_found(pytester: pytest.Pytester) -> None:
    """An installed package brings its fixtures, and no warning, with warnings being errors."""
    pytester.makepyfile(ALL_FIXTURES)
    pytester.runpytest_subprocess().assert_outcomes(passed=4)


@pytest.mark.usefixtures("site")
def test_after_an_import(pytester: pytest.Pytester) -> None:
    """Where bitscb3 is imported before pytest looks for plugins, there is no warning either."""
    pytester.makepyfile("def test_it(bits_manager): assert bits_manager.jobs() == []")
    code = "import sys, bitscb3, pytest; sys.exit(pytest.main(sys.argv[1:]))"
    result = pytester.run(sys.executable, "-W", "error", "-c", code, "-q")
    assert result.ret == 0, result.outlines + result.errlines
    assert not result.errlines


@pytest.mark.usefixtures("site")
def test_the_plugin_is_light(pytester: pytest.Pytester) -> None:
    """A session that uses no fixture does not import bitscb3."""
    pytester.makepyfile(
        "import sys\ndef test_it():\n"
        "    assert 'pytest_bitscb3' in sys.modules\n    assert 'bitscb3' not in sys.modules\n"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_broken_package_breaks_its_users_only(pytester: pytest.Pytester, site: Path) -> None:
    """Where the extension is missing, tests without these fixtures pass, and the others say why."""
    (site / "bitscb3").mkdir()
    (site / "bitscb3/__init__.py").write_text("from . import _core", encoding="utf-8")
    pytester.makepyfile("def test_a(): pass\ndef test_b(range_server): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ImportError: cannot import name '_core'*"])


@pytest.mark.usefixtures("site")
def test_it_can_be_turned_off(pytester: pytest.Pytester) -> None:
    """`-p no:bitscb3` takes the fixtures away."""
    pytester.makepyfile("def test_it(bits_manager): pass")
    pytester.runpytest_subprocess("-p", "no:bitscb3").assert_outcomes(errors=1)


@pytest.mark.usefixtures("site")
def test_a_handler_that_raises_fails_the_test(pytester: pytest.Pytester) -> None:
    """What a handler raises fails the test, unless it is marked as meant."""
    pytester.makepyfile(HANDLERS)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_raises*", "*ValueError: a wrong handler", "*a handler raised*"]
    )


@pytest.mark.usefixtures("site")
def test_a_missing_nginx_skips(pytester: pytest.Pytester) -> None:
    """Where nginx is not installed, tests of it are skipped with a reason."""
    pytester.makeconftest("import shutil\nshutil.which = lambda *_, **__: None")
    pytester.makepyfile("def test_it(nginx_server): pass")
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*apt-get install nginx-light*"])


@pytest.mark.usefixtures("site")
def test_settings_are_the_users(pytester: pytest.Pytester) -> None:
    """A conftest that overrides bits_settings decides how managers are opened."""
    pytester.makeconftest(
        "import bitscb3, pytest\n"
        "@pytest.fixture\n"
        "def bits_settings(): return bitscb3.Settings(minimum_retry_delay_s=77)\n"
    )
    pytester.makepyfile(
        "def test_it(bits_manager):\n"
        "    assert bits_manager.create_job('a').minimum_retry_delay == 77\n"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_programs_are_killed(pytester: pytest.Pytester, mode: str) -> None:
    """kill_resume runs a program of the test's module, however pytest imported that."""
    pytester.makepyfile(PROGRAM)
    pytester.runpytest_subprocess(f"--import-mode={mode}").assert_outcomes(passed=1)
