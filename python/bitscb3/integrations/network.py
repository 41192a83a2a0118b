# SPDX-License-Identifier: MIT
"""The network as NetworkManager sees it, told to a manager: `pip install bitscb3[network]`.

with bitscb3.Manager() as manager, follow_network_manager(manager):
    job.cost_flags = CostFlags.TRANSFER_UNRESTRICTED  # it waits while the network is metered
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

from bitscb3.closing import Closing
from bitscb3.enums import CostFlags
from bitscb3.errors import InvalidStateError
from bitscb3.logs import MAIN, WARNING, log

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

    from bitscb3.manager import Manager

__all__ = ["NetworkFollower", "follow_network_manager"]

_NAME: Final = "org.freedesktop.NetworkManager"
_PATH: Final = "/org/freedesktop/NetworkManager"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_BUS: Final = "org.freedesktop.DBus"
_RULES: Final = (
    f"type='signal',sender='{_NAME}',path='{_PATH}',interface='{_PROPERTIES}',"
    f"member='PropertiesChanged',arg0='{_NAME}'",
    f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{_NAME}'",
)
_WATCHED: Final = frozenset({"Metered", "State", "Connectivity"})
_SECONDS: Final = 10.0  # longest wait for the bus or for NetworkManager to answer

# NetworkManager's D-Bus types: NMState, NMConnectivityState, NMMetered.
_NO_NETWORK: Final = frozenset({10, 20, 30, 40})  # asleep, disconnected, disconnecting, connecting
_PORTAL: Final = 2  # a hotspot that answers every request with its own page
_METERED: Final = frozenset({1, 3})  # yes, and guessed so


def follow_network_manager(
    manager: Manager,
    *,
    metered: CostFlags = CostFlags.CAPPED_USAGE_UNKNOWN,
    bus_address: str | None = None,
) -> NetworkFollower:
    """Tell `manager` what the network is like, now and whenever NetworkManager sees it change.

    `Manager.set_network` is called with None while there is no network or a hotspot's login page
    is in the way, with `metered` while the network is metered, or guessed to be, and else with
    CostFlags.UNRESTRICTED, also where NetworkManager does not run. Which jobs wait is in their
    `cost_flags`.

    It returns once the first state was told, within milliseconds; a coroutine may call it by
    `asyncio.to_thread`.

    Args:
        manager: A manager of the embedded BITS.
        metered: What a metered network counts as; NetworkManager knows no more of its cost.
        bus_address: D-Bus address; None: DBUS_SYSTEM_BUS_ADDRESS, or the system bus' usual place.

    Returns:
        What follows it, until `close()` or the end of its context.

    Raises:
        ModuleNotFoundError: The package dbus-fast is missing.
        ConnectionError: There is no such bus, or it does not answer.
        ValueError: `metered` is not one state.
        BitsError: The system's BITS finds that out by itself.
        InvalidStateError: The manager is closed.
    """
    try:
        import dbus_fast  # noqa: F401
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "following NetworkManager needs the package dbus-fast: pip install bitscb3[network]",
            name="dbus_fast",
        ) from None
    return NetworkFollower(manager, CostFlags(metered), bus_address)


class NetworkFollower(Closing):
    """Tells a manager what NetworkManager sees; made by `follow_network_manager`.

    Use it as a context manager, in coroutines too, or call `close()`. It ends by itself when the
    manager is closed or dropped, which is noticed at the next change, and when the bus goes away.

    Threads:
        Any; it has a thread of its own.
    """

    def __init__(self, manager: Manager, metered: CostFlags, bus_address: str | None) -> None:
        """Made by `follow_network_manager`."""
        self._manager = weakref.ref(manager)
        self._metered = metered
        self._address = bus_address
        self._state: CostFlags | None = CostFlags.UNRESTRICTED
        self._ready = threading.Event()  # the first state was told, or it failed
        self._failures: list[BaseException] = []  # before that; at most one
        self._lock = threading.Lock()  # guards _stopping and _task
        self._stopping = False
        self._task: asyncio.Task[None] | None = None  # while it may be told to stop
        self._news = asyncio.Event()  # something changed, or close(); of the thread's loop
        self._thread = threading.Thread(target=self._run, name="bitscb3-network", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failures:
            self._thread.join()
            raise self._failures[0]

    @property
    def state(self) -> CostFlags | None:
        """What the manager was told last; None: there is no network."""
        return self._state

    @property
    def closed(self) -> bool:
        """True once it follows no more."""
        return not self._thread.is_alive()

    def close(self) -> None:
        """Follow no more; the network counts as CostFlags.UNRESTRICTED again. Idempotent."""
        with self._lock:
            self._stopping = True
            if self._task is not None:
                self._task.get_loop().call_soon_threadsafe(self._stop, self._task)
        self._thread.join()

    async def __aenter__(self) -> NetworkFollower:
        """The follower."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, which takes no longer than a call of the manager."""
        self.close()

    def __repr__(self) -> str:
        """What it told last."""
        told = "no network" if self._state is None else self._state.name
        return f"<NetworkFollower {'closed' if self.closed else told}>"

    def _run(self) -> None:
        try:
            asyncio.run(self._follow())
        except asyncio.CancelledError:
            pass  # by close()
        except BaseException as error:  # the caller's, or to be logged: nobody else hears of it
            if not self._ready.is_set():
                self._failures.append(error)
            elif not isinstance(error, InvalidStateError):  # the manager is closed
                log(MAIN, WARNING, "NetworkManager is not followed any more", exc_info=True)
        finally:
            self._ready.set()

    async def _follow(self) -> None:
        with self._lock:
            self._task = asyncio.current_task()
        try:
            bus = await _connect(self._address, self._hear)
            try:
                await self._tell_changes(bus)
            finally:
                bus.disconnect()
                if self._ready.is_set():
                    self._tell(CostFlags.UNRESTRICTED)
        finally:
            with self._lock:
                self._task = None  # close() must not call a loop that is closed

    def _stop(self, task: asyncio.Task[None]) -> None:
        self._news.set()
        task.cancel()  # NetworkManager may owe an answer

    async def _tell_changes(self, bus: MessageBus) -> None:
        lost = asyncio.ensure_future(_outlive(bus))
        lost.add_done_callback(lambda _: self._news.set())
        while not self._stopping:
            # Signals only say that there is news, which is asked for: so none is out of order.
            self._news.clear()
            if not self._tell(self._judge(await _read_network(bus))):
                return
            self._ready.set()
            await self._news.wait()
            if lost.done() and not self._stopping:
                raise ConnectionError("the D-Bus system bus went away")

    def _hear(self, message: Message) -> None:
        if message.member == "NameOwnerChanged":
            self._news.set()
        elif message.member == "PropertiesChanged":
            _, changed, invalidated = message.body
            if not _WATCHED.isdisjoint([*changed, *invalidated]):
                self._news.set()

    def _judge(self, network: dict[str, Any]) -> CostFlags | None:
        if network.get("State") in _NO_NETWORK or network.get("Connectivity") == _PORTAL:
            return None
        return self._metered if network.get("Metered") in _METERED else CostFlags.UNRESTRICTED

    def _tell(self, state: CostFlags | None) -> bool:
        """Whether there still is somebody to tell."""
        manager = self._manager()
        if manager is None:
            return False
        try:
            manager.set_network(state)
        except InvalidStateError:
            if not self._ready.is_set():
                raise
            return False
        self._state = state
        return True


async def _connect(address: str | None, hear: Callable[[Message], None]) -> MessageBus:
    """The bus, whose signals about NetworkManager `hear` is told of."""
    from dbus_fast import BusType
    from dbus_fast.aio import MessageBus

    try:
        bus = MessageBus(bus_address=address, bus_type=BusType.SYSTEM)
        await asyncio.wait_for(bus.connect(), _SECONDS)
        bus.add_message_handler(hear)
        for rule in _RULES:
            await _call(bus, _BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", rule)
    except Exception as error:  # OSError, and several of dbus-fast's own without a common base
        why = str(error) or type(error).__name__
        raise ConnectionError(f"the D-Bus system bus cannot be reached: {why}") from error
    return bus


async def _outlive(bus: MessageBus) -> None:
    """Return when the bus is gone, for whatever reason."""
    disconnected: Any = bus.wait_for_disconnect
    with contextlib.suppress(Exception):
        await disconnected()


async def _call(
    bus: MessageBus, destination: str, path: str, interface: str, member: str, argument: str
) -> list[Any]:
    """What the method answers.

    Raises:
        DBusError: An error was the answer.
        TimeoutError: There was none in time (asyncio's own before Python 3.11).
    """
    from dbus_fast import DBusError, Message, MessageType

    message = Message(
        destination=destination,
        path=path,
        interface=interface,
        member=member,
        signature="s",
        body=[argument],
    )
    answer: Any = await asyncio.wait_for(bus.call(message), _SECONDS)
    if answer.message_type is not MessageType.METHOD_RETURN:
        raise DBusError(answer.error_name, " ".join(map(str, answer.body)))
    body: list[Any] = answer.body
    return body


async def _read_network(bus: MessageBus) -> dict[str, Any]:
    """NetworkManager's properties; empty when it does not run or does not tell."""
    from dbus_fast import DBusError

    try:
        (properties,) = await _call(bus, _NAME, _PATH, _PROPERTIES, "GetAll", _NAME)
    except (asyncio.TimeoutError, DBusError):
        return {}
    return {name: value.value for name, value in properties.items() if name in _WATCHED}
