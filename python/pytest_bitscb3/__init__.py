# SPDX-License-Identifier: MIT
"""Fixtures for tests of programs that download with bitscb3; pytest finds them by itself.

| fixture | what |
| --- | --- |
| `bits_manager` | a manager with a store of its own; a handler that raised fails the test |
| `bits_store` | the folder of that store |
| `bits_settings` | what it is opened with; override it to return a `bitscb3.Settings` |
| `bits_clock` | a clock that the test moves; a `bits_manager` of the same test goes by it |
| `range_server` | a server on loopback that misbehaves to order |
| `nginx_server` | a real nginx that serves the folder `nginx_root`; without it tests are skipped |
| `kill_resume` | runs a program, kills it at a given moment, and opens its store again |

    def test_goes_on(bits_manager, range_server, tmp_path):
        url = range_server.serve("/a", Resource(Content(100_000)))
        with bits_manager.create_job("a") as job:
            job.add_file(url, tmp_path / "a")
        assert (tmp_path / "a").read_bytes() == Content(100_000)[:]

    def test_waits(bits_manager, bits_clock): ...       # bits_clock.advance(600)

    @pytest.mark.bits_handler_errors                    # handlers are meant to raise here
    def test_raises(bits_manager): ...

    def program(store, moment, url, path): ...          # at the top of the module; see KillResume
    def test_survives(kill_resume, range_server, tmp_path):
        manager = kill_resume(program, url, tmp_path / "a", at="resumed")

The types are `bitscb3.Manager`, and FakeClock, FaultServer, Nginx and KillResume of
`bitscb3.testing`, which is of use without pytest, too.
`-p no:bitscb3` turns the fixtures off.

Every session of pytest loads this module, so it imports bitscb3 only when a fixture is used. That
is why it lies beside the package, not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bitscb3 import Manager, Settings
    from bitscb3.testing import FakeClock, FaultServer, KillResume, Nginx

__all__ = [
    "bits_clock",
    "bits_manager",
    "bits_settings",
    "bits_store",
    "kill_resume",
    "nginx_root",
    "nginx_server",
    "range_server",
]

_MARK = "bits_handler_errors"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line(
        "markers", f"{_MARK}: handlers of bits_manager's jobs may raise in this test"
    )


@pytest.fixture
def bits_store(tmp_path: Path) -> Path:
    """The folder of the jobs of `bits_manager` and `kill_resume`."""
    return tmp_path / "bits-store"


@pytest.fixture
def bits_settings() -> Settings | None:
    """What `bits_manager` and `kill_resume` open managers with; None: the defaults."""
    return None


@pytest.fixture
def bits_clock() -> FakeClock:
    """A clock that stands still until the test advances it."""
    from bitscb3.testing import FakeClock

    return FakeClock()


@pytest.fixture
def bits_manager(
    bits_store: Path, bits_settings: Settings | None, request: pytest.FixtureRequest
) -> Iterator[Manager]:
    """A manager on the embedded BITS with a store of its own, closed after the test.

    A handler that raised fails the test, unless it has the mark `bits_handler_errors`.
    """
    with _open(bits_store, bits_settings, request) as manager:
        yield manager


@pytest.fixture
def range_server() -> Iterator[FaultServer]:
    """A `FaultServer` that knows no path yet."""
    from bitscb3.testing import FaultServer

    with FaultServer() as server:
        yield server


@pytest.fixture
def nginx_root(tmp_path: Path) -> Path:
    """The folder that `nginx_server` serves, at first empty."""
    folder = tmp_path / "nginx-root"
    folder.mkdir()
    return folder


@pytest.fixture
def nginx_server(nginx_root: Path) -> Iterator[Nginx]:
    """A real nginx that serves `nginx_root`; the test is skipped where there is none."""
    from bitscb3.testing import Nginx

    with ExitStack() as running:
        try:
            server = running.enter_context(Nginx(nginx_root))
        except FileNotFoundError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture
def kill_resume(
    bits_store: Path, bits_settings: Settings | None, request: pytest.FixtureRequest
) -> Iterator[KillResume]:
    """Runs a program, kills it at a moment, and opens its store, `bits_store`: see `KillResume`."""
    from bitscb3.testing import KillResume

    with KillResume(bits_store, lambda: _open(bits_store, bits_settings, request)) as killer:
        yield killer


def _open(store: Path, settings: Settings | None, request: pytest.FixtureRequest) -> Manager:
    """A manager that goes by the test's clock, where it has one, and minds its mark."""
    from bitscb3 import Manager
    from bitscb3.testing import CheckedManager

    kind = Manager if request.node.get_closest_marker(_MARK) else CheckedManager
    has_clock = "bits_clock" in request.fixturenames
    clock: FakeClock | None = request.getfixturevalue("bits_clock") if has_clock else None
    return kind("engine", store, settings, clock=clock)
