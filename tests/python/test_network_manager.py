# SPDX-License-Identifier: MIT
"""The network as NetworkManager tells it over D-Bus: a real bus, and a NetworkManager of our own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from bitscb3 import CostFlags, InvalidStateError, JobState, Manager
from bitscb3.integrations.network import follow_network_manager
from bitscb3.testing import Nginx, write_file
from support import PATIENCE, eventually, open_manager

dbus_fast = pytest.importorskip("dbus_fast", reason="the package dbus-fast is not installed")

pytestmark = pytest.mark.skipif(
    shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed"
)

NAME = "org.freedesktop.NetworkManager"
PATH = "/org/freedesktop/NetworkManager"
ASLEEP, DISCONNECTED, CONNECTING, LOCAL, SITE, GLOBAL = 10, 20, 40, 50, 60, 70
UNKNOWN, YES, NO, GUESS_YES, GUESS_NO = range(5)
PORTAL, LIMITED, FULL = 2, 3, 4
METERED = CostFlags.CAPPED_USAGE_UNKNOWN

CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


class Bus:
    """A D-Bus daemon of our own, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        self.address = f"unix:path={folder / 'bus'}"
        (folder / "bus.conf").write_text(CONFIGURATION.format(socket=folder / "bus"))
        self._program = subprocess.Popen(
            ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
        )
        assert self._program.stdout is not None
        assert self._program.stdout.readline()

    def end(self) -> None:
        """As when the system goes down."""
        self._program.kill()
        self._program.wait()
        assert self._program.stdout is not None
        self._program.stdout.close()


class FakeNetworkManager:
    """The service org.freedesktop.NetworkManager, as far as its three properties go."""

    def __init__(self, address: str) -> None:
        """Be ready to run."""
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._bus: Any = None
        self.values = {"State": GLOBAL, "Metered": NO, "Connectivity": FULL}
        self.reads = 0

    def start(self) -> None:
        """Appear on the bus."""
        self._wait(self._start())

    def stop(self) -> None:
        """Go away from it."""
        self._wait(self._stop())

    def change(self, tell: bool = True, **values: int) -> None:
        """Have other values, and tell who listens; not to `tell`, they are only invalidated."""
        self._wait(self._change(tell, values))

    def end(self) -> None:
        """Stop for good."""
        if self._bus is not None:
            self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, coroutine: Coroutine[Any, Any, None]) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        future.result(PATIENCE)

    async def _start(self) -> None:
        from dbus_fast.aio import MessageBus

        self._bus = await MessageBus(bus_address=self._address).connect()
        self._bus.add_message_handler(self._answer)
        await self._bus.request_name(NAME)

    async def _stop(self) -> None:
        self._bus.disconnect()
        with contextlib.suppress(EOFError):  # the bus went first
            await self._bus.wait_for_disconnect()
        self._bus = None

    async def _change(self, tell: bool, values: dict[str, int]) -> None:
        self.values |= values
        told = self._variants(values) if tell else {}
        await self._bus.send(
            dbus_fast.Message(
                message_type=dbus_fast.MessageType.SIGNAL,
                path=PATH,
                interface="org.freedesktop.DBus.Properties",
                member="PropertiesChanged",
                signature="sa{sv}as",
                body=[NAME, told, [] if tell else list(values)],
            )
        )

    def _answer(self, message: Any) -> Any:
        if message.member != "GetAll" or message.body != [NAME]:
            return None
        self.reads += 1
        extra = {"Version": dbus_fast.Variant("s", "1.42.4")}
        return dbus_fast.Message.new_method_return(
            message, "a{sv}", [self._variants(self.values) | extra]
        )

    def _variants(self, values: dict[str, int]) -> dict[str, Any]:
        return {name: dbus_fast.Variant("u", value) for name, value in values.items()}


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """A system bus."""
    daemon = Bus(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
    yield daemon
    daemon.end()


@pytest.fixture
def service(bus: Bus) -> Iterator[FakeNetworkManager]:
    """A NetworkManager that runs, with an unmetered network."""
    fake = FakeNetworkManager(bus.address)
    fake.start()
    yield fake
    fake.end()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager."""
    with open_manager(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, CostFlags.UNRESTRICTED),
        ({"Metered": YES}, METERED),
        ({"Metered": GUESS_YES}, METERED),
        ({"Metered": GUESS_NO}, CostFlags.UNRESTRICTED),
        ({"Metered": UNKNOWN}, CostFlags.UNRESTRICTED),
        ({"State": ASLEEP}, None),
        ({"State": DISCONNECTED, "Metered": YES}, None),
        ({"State": CONNECTING}, None),
        ({"State": LOCAL, "Connectivity": LIMITED}, CostFlags.UNRESTRICTED),
        ({"State": SITE, "Connectivity": PORTAL}, None),
        ({"State": 0, "Connectivity": 0}, CostFlags.UNRESTRICTED),
    ],
)
def test_what_it_is_like(
    service: FakeNetworkManager,
    manager: Manager,
    values: dict[str, int],
    expected: CostFlags | None,
) -> None:
    """The network is told as NetworkManager has it when it is asked first."""
    service.values |= values
    with follow_network_manager(manager) as follower:
        assert follower.state == expected
        assert not follower.closed
    assert follower.state is CostFlags.UNRESTRICTED
    assert follower.closed


def test_a_job_follows(
    service: FakeNetworkManager, manager: Manager, nginx: Nginx, www: Path, tmp_path: Path
) -> None:
    """A job that may not use a metered network waits while it is one, and then goes on by itself."""
    write_file(www / "f", 1000)
    service.values["Metered"] = YES
    with follow_network_manager(manager) as follower, manager.create_job("a") as job:
        job.cost_flags = CostFlags.TRANSFER_UNRESTRICTED
        job.add_file(nginx.url("/f"), tmp_path / "a")
        job.resume()
        assert job.error is not None
        assert job.error.name == "BG_E_BLOCKED_BY_COST_TRANSFER_POLICY"
        service.change(State=DISCONNECTED)
        eventually(lambda: follower.state is None)
        service.change(State=GLOBAL)
        eventually(lambda: follower.state == METERED)
        assert job.state is JobState.TRANSIENT_ERROR
        service.change(tell=False, Metered=NO)
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert follower.state is CostFlags.UNRESTRICTED


def test_another_cost(service: FakeNetworkManager, manager: Manager) -> None:
    """What a metered network counts as may be chosen, and is one state."""
    service.values["Metered"] = YES
    with follow_network_manager(manager, metered=CostFlags.ROAMING) as follower:
        assert follower.state is CostFlags.ROAMING
    with pytest.raises(ValueError, match="one state"):
        follow_network_manager(manager, metered=CostFlags.TRANSFER_ALWAYS)


def test_the_last_of_many_changes_counts(service: FakeNetworkManager, manager: Manager) -> None:
    """After many changes in a row the manager has been told the last one."""
    with follow_network_manager(manager) as follower:
        for n in range(300):
            service.change(State=(GLOBAL, DISCONNECTED)[n % 2])
        service.change(State=GLOBAL, Metered=YES)
        eventually(lambda: follower.state == METERED)
        reads = service.reads
        service.change(Version=1)  # of no interest
        service.change(Metered=NO)
        eventually(lambda: follower.state is CostFlags.UNRESTRICTED)
        assert service.reads == reads + 1


def test_network_manager_comes_and_goes(bus: Bus, manager: Manager) -> None:
    """Without NetworkManager the network counts as unrestricted; it is followed once it runs."""
    with follow_network_manager(manager, bus_address=bus.address) as follower:
        assert follower.state is CostFlags.UNRESTRICTED
        service = FakeNetworkManager(bus.address)
        service.values["Metered"] = YES
        for _ in range(2):
            service.start()
            eventually(lambda: follower.state == METERED)
            service.stop()
            eventually(lambda: follower.state is CostFlags.UNRESTRICTED)
        service.end()


def test_the_bus_goes_away(bus: Bus, manager: Manager, caplog: pytest.LogCaptureFixture) -> None:
    """When the bus ends, that is logged and the network counts as unrestricted again."""
    service = FakeNetworkManager(bus.address)
    service.start()
    service.values["State"] = DISCONNECTED
    with caplog.at_level(logging.WARNING, "bitscb3"):
        follower = follow_network_manager(manager)
        assert follower.state is None
        bus.end()
        eventually(lambda: follower.closed)
    assert follower.state is CostFlags.UNRESTRICTED
    assert "NetworkManager is not followed any more" in caplog.text
    assert "bits_event" in vars(caplog.records[-1])  # every record of ours has what is documented
    follower.close()
    service.end()


def test_the_manager_is_closed_first(
    service: FakeNetworkManager, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A follower ends quietly after its manager, whether that was closed or dropped."""
    manager = open_manager(tmp_path)
    first = follow_network_manager(manager)
    second = follow_network_manager(manager)
    manager.close()
    first.close()
    del manager
    gc.collect()
    service.change(Metered=YES)
    eventually(lambda: second.closed)
    assert not caplog.records


def test_closed_manager(service: FakeNetworkManager, tmp_path: Path) -> None:
    """A closed manager cannot be told anything."""
    manager = open_manager(tmp_path)
    manager.close()
    with pytest.raises(InvalidStateError):
        follow_network_manager(manager)


async def test_in_a_coroutine(service: FakeNetworkManager, tmp_path: Path) -> None:
    """It is an asynchronous context manager, too."""
    service.values["Metered"] = YES
    with open_manager(tmp_path) as manager:
        async with await asyncio.to_thread(follow_network_manager, manager) as follower:
            assert follower.state == METERED
            assert repr(follower) == "<NetworkFollower CAPPED_USAGE_UNKNOWN>"
        assert repr(follower) == "<NetworkFollower closed>"


@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "nonsense", "tcp:host=127.0.0.1"])
def test_no_bus(manager: Manager, address: str) -> None:
    """A bus that is not there is an error that says so."""
    with pytest.raises(ConnectionError, match="D-Bus system bus cannot be reached"):
        follow_network_manager(manager, bus_address=address)
    assert not [one for one in threading.enumerate() if one.name == "bitscb3-network"]


def test_no_package(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without dbus-fast the error names the extra to install."""
    monkeypatch.setitem(sys.modules, "dbus_fast", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install bitscb3\[network\]"):
        follow_network_manager(manager)
