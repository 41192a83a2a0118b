# SPDX-License-Identifier: MIT
"""Fixtures: a folder of files, the servers, figures, and a guard that nothing of ours outlives the tests."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pytest_bitscb3
from bitscb3.testing import FaultServer, Nginx
from contract import Bits
from support import SLOWNESS

FIGURES = pytest.StashKey[list[str]]()
PASSED: Counter[object] = Counter()  # by the name of a figure


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the long forms of tests are asked for with."""
    parser.addoption(
        "--long", action="store_true", help="the long forms: a thousand kills, an hour of soak"
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show what the tests counted and measured."""
    figures = config.stash.get(FIGURES, [])
    figures += [f"{name} that passed: {count}" for name, count in PASSED.items()]
    if figures:
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.write_line(line)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what passed."""
    if report.when == "call" and report.passed:
        PASSED.update(value for name, value in report.user_properties if name == "tally")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the figures of one of several processes to the one that shows them."""
    workeroutput = getattr(session.config, "workeroutput", None)
    if workeroutput is not None:
        workeroutput["figures"] = session.config.stash.get(FIGURES, [])


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's
def pytest_testnodedown(node: Any) -> None:
    """Take the figures of one of several processes; one that crashed has none."""
    figures = getattr(node, "workeroutput", {}).get("figures", [])
    node.config.stash.setdefault(FIGURES, []).extend(figures)


def pytest_configure(config: pytest.Config) -> None:
    """Have the fixtures for users, also where the package is not installed."""
    if not config.pluginmanager.has_plugin("bitscb3"):
        config.pluginmanager.register(pytest_bitscb3, "bitscb3")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give slow runs, as those of sanitizers, more time: PATIENCE is longer there, too."""
    if SLOWNESS != 1:
        for item in items:
            mark = item.get_closest_marker("timeout")
            limit = mark.args[0] if mark is not None and mark.args else config.getini("timeout")
            item.add_marker(pytest.mark.timeout(float(limit) * SLOWNESS), append=False)


@pytest.fixture(scope="session")
def is_long(pytestconfig: pytest.Config) -> bool:
    """Whether the long forms are asked for."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture(scope="session")
def figure(pytestconfig: pytest.Config) -> Callable[[str, object], None]:
    """Notes a figure by its name; the end of the run shows it."""
    figures = pytestconfig.stash.setdefault(FIGURES, [])
    return lambda name, value: figures.append(f"{name}: {value}")


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> None:
    """Counts the test, if it passes, in the figure that its module names `TALLY`."""
    request.node.user_properties.append(("tally", request.module.TALLY))


@pytest.fixture
def www(tmp_path: Path) -> Path:
    """An empty folder, which `nginx` serves."""
    folder = tmp_path / "www"
    folder.mkdir()
    return folder


@pytest.fixture
def nginx(www: Path) -> Iterator[Nginx]:
    """A real nginx that serves `www`."""
    with Nginx(www) as server:
        yield server


@pytest.fixture
def fault_server(range_server: FaultServer) -> FaultServer:
    """A server that misbehaves to order; it knows no path yet."""
    return range_server


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Lets go what a server holds back."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def bits(tmp_path: Path) -> Iterator[Bits]:
    """The embedded BITS with BITS' own numbers."""
    with Bits(tmp_path) as service:
        yield service


@pytest.fixture(scope="session", autouse=True)
def _control_c_is_heard() -> None:
    """Undo that a shell lets what it starts in the background ignore SIGINT, here and below."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """Fail the run if a thread of ours is alive after the last test."""
    yield
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("bitscb3")]
    for thread in ours:
        thread.join(timeout=5)
    assert not [thread for thread in ours if thread.is_alive()]
