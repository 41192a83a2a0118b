# SPDX-License-Identifier: MIT
"""Two hosts on this machine, and between them a wire that is as bad as it is told to be.

A host is a network namespace without a name: it goes with the last who uses it, whatever happens
to the tests. The wire is a thread that carries packets between two TUN devices, so that it needs
no queueing discipline of the kernel. Debian's package: iproute2.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

DEVICE = "wire"
CLIENT, SERVER = "10.77.0.1", "10.77.0.2"
CLIENT_6, SERVER_6 = "fd77::1", "fd77::2"

T = TypeVar("T")

# Source: sched.h, mount.h and if_tun.h of Linux.
_NEW_MOUNTS, _NEW_NET = 0x00020000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_SET_DEVICE, _TUN, _NO_HEAD = 0x400454CA, 0x0001, 0x1000

_TCP, _RESET = 6, 0x14  # the flags RST and ACK
_libc = ctypes.CDLL(None, use_errno=True)


def why_not() -> str:
    """Why there can be no such network here; empty when there can."""
    if not hasattr(_libc, "setns"):
        return "no network namespaces on this system"
    if shutil.which("ip") is None:
        return "ip is not installed (iproute2)"
    if not Path("/dev/net/tun").exists():
        return "no TUN devices"
    try:
        with Network():
            return ""
    except (OSError, subprocess.CalledProcessError) as error:
        return f"network namespaces are not allowed: {error}"


class Host:
    """One end of the wire.

    Threads:
        Any.
    """

    def __init__(self) -> None:
        """Make it, with nothing but a loopback that is down."""
        self._name_files: list[tuple[Path, Path]] = []

        def make() -> int:
            _checked(_libc.unshare(_NEW_NET))
            return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

        self._net = _in_new_thread(make)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._net)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Meanwhile sockets, threads and processes that the calling thread makes are there."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _checked(_libc.setns(self._net, _NEW_NET))
            try:
                yield
            finally:
                _checked(_libc.setns(before, _NEW_NET))
        finally:
            os.close(before)

    def ip(self, *commands: str) -> None:
        """Run commands of `ip`."""
        with self.entered():
            subprocess.run(
                ["ip", "-batch", "-"],
                input="\n".join(commands),
                text=True,
                check=True,
                capture_output=True,
            )

    def use_names(self, folder: Path, servers: str, hosts: str) -> Callable[[str], None]:
        """Have a resolv.conf and a hosts of its own, for what `call` runs from now on.

        Returns:
            A function that changes hosts.
        """
        texts = {"resolv.conf": servers, "hosts": hosts, "nsswitch.conf": "hosts: files dns\n"}
        for name, text in texts.items():
            (folder / name).write_text(text)
            self._name_files.append((folder / name, Path("/etc", name)))
        return lambda text: (folder / "hosts").write_text(text) and None

    def call(self, function: Callable[[], T]) -> T:
        """Run `function` in a thread that is there; so are the threads it starts."""

        def inside() -> T:
            _checked(_libc.setns(self._net, _NEW_NET))
            if self._name_files:
                _checked(_libc.unshare(_NEW_MOUNTS))
                _mount(b"none", b"/", _RECURSIVE | _PRIVATE)
            for own, place in self._name_files:
                _mount(bytes(own), bytes(place.resolve()), _BIND)
            return function()

        return _in_new_thread(inside)


@dataclass(frozen=True)
class Weather:
    """What becomes of packets, in both directions. A share is from 0 to 1."""

    loss: float = 0.0
    duplicated: float = 0.0
    corrupted: float = 0.0
    """Share in which one bit is another."""
    delay: tuple[float, float] = (0.0, 0.0)
    """Seconds, from and to."""
    hurried: float = 0.0
    """Share that is not delayed, and so overtakes."""
    rate: float = 0.0
    """Bits per second; 0: without limit."""
    largest: int = 65535
    """Bytes; what is larger vanishes without a word."""


FAIR = Weather()


class Network:
    """A client, a server and the wire, while its context is entered.

    Threads:
        One carries the packets. Every method may be called from any thread.
    """

    def __init__(self, seed: int = 0) -> None:
        """Prepare it."""
        self.weather = FAIR
        """From the next packet on."""
        self.vanished = ""
        """An IPv4 address that no packet comes from or gets to."""
        self._random = random.Random(seed)
        self._late: list[tuple[float, int, int, bytes]] = []  # due, order, to which device, packet
        self._order = 0
        self._free = [0.0, 0.0]  # when the wire has room, by direction
        self._flows: dict[frozenset[bytes], None] = {}
        self._dead: frozenset[frozenset[bytes]] = frozenset()
        self._doomed: frozenset[frozenset[bytes]] = frozenset()  # to be reset
        self._kept = contextlib.ExitStack()

    def __enter__(self) -> Network:
        """Connect the two."""
        with contextlib.ExitStack() as making:
            self.client = making.enter_context(contextlib.closing(Host()))
            self.server = making.enter_context(contextlib.closing(Host()))
            self._devices = []
            for host, v4, v6 in (
                (self.client, CLIENT, CLIENT_6),
                (self.server, SERVER, SERVER_6),
            ):
                device = _open_device(host)
                making.callback(os.close, device)
                self._devices.append(device)
                host.ip(
                    "link set lo up",
                    f"addr add {v4}/24 dev {DEVICE}",
                    f"addr add {v6}/64 dev {DEVICE} nodad",
                    f"link set {DEVICE} mtu 1500 up",
                )
            stop, self._stop = os.pipe()
            making.callback(os.close, stop)
            making.callback(os.close, self._stop)
            self._thread = threading.Thread(
                target=self._carry, args=(stop,), name="wire", daemon=True
            )
            self._thread.start()
            self._kept = making.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take it apart."""
        os.write(self._stop, b".")
        self._thread.join()
        self._kept.close()

    def forget_connections(self) -> None:
        """Lose every packet of the connections there were so far, as a router that restarts."""
        self._dead = frozenset(list(self._flows))

    def reset_connections(self) -> None:
        """Give the client a reset for each next packet of the connections there were so far."""
        self._doomed = frozenset(list(self._flows))

    def _carry(self, stop: int) -> None:
        poll = select.poll()
        for descriptor in (*self._devices, stop):
            poll.register(descriptor, select.POLLIN)
        while True:
            wait = None
            if self._late:
                wait = max(0.0, self._late[0][0] - time.monotonic()) * 1000
            for descriptor, _ in poll.poll(wait):
                if descriptor == stop:
                    return
                with contextlib.suppress(BlockingIOError):
                    while True:
                        packet = os.read(descriptor, 65535)
                        self._take(1 - self._devices.index(descriptor), packet)
            now = time.monotonic()
            while self._late and self._late[0][0] <= now:
                _, _, to, packet = heapq.heappop(self._late)
                with contextlib.suppress(OSError):  # its device is down
                    os.write(self._devices[to], packet)

    def _take(self, to: int, packet: bytes) -> None:
        weather = self.weather
        flow = _flow_of(packet)
        if flow is not None:
            self._flows[flow] = None
        if flow in self._dead or len(packet) > weather.largest:
            return
        if self.vanished and _is_of(packet, self.vanished):
            return
        if flow in self._doomed and to == 0:
            packet = _reset(packet)
        draw = self._random.random
        if draw() < weather.loss:
            return
        if draw() < weather.corrupted:
            bit = self._random.randrange(len(packet) * 8)
            packet = bytes(b ^ (1 << bit % 8) * (i == bit // 8) for i, b in enumerate(packet))
        due = time.monotonic()
        if weather.rate:
            self._free[to] = max(due, self._free[to]) + len(packet) * 8 / weather.rate
            due = self._free[to]
        if draw() >= weather.hurried:
            due += self._random.uniform(*weather.delay)
        for _ in range(2 if draw() < weather.duplicated else 1):
            self._order += 1
            heapq.heappush(self._late, (due, self._order, to, packet))


def _in_new_thread(function: Callable[[], T]) -> T:
    """What `function` gives in a thread whose namespaces end with it."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="host")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _mount(source: bytes, place: bytes, flags: int) -> None:
    _checked(_libc.mount(source, place, None, ctypes.c_ulong(flags), None))


def _open_device(host: Host) -> int:
    with host.entered():
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        request = struct.pack("16sH22x", DEVICE.encode(), _TUN | _NO_HEAD)
        try:
            fcntl.ioctl(device, _SET_DEVICE, request)
        except OSError:
            os.close(device)
            raise
    return device


def _flow_of(packet: bytes) -> frozenset[bytes] | None:
    """Both ends of a TCP connection over IPv4; None: something else."""
    if packet[0] >> 4 != 4 or packet[9] != _TCP:
        return None
    head = (packet[0] & 15) * 4
    source = packet[12:16] + packet[head : head + 2]
    return frozenset({source, packet[16:20] + packet[head + 2 : head + 4]})


def _is_of(packet: bytes, address: str) -> bool:
    """Whether a packet of IPv4 comes from or goes to an address."""
    wanted = socket.inet_aton(address)
    return packet[0] >> 4 == 4 and wanted in (packet[12:16], packet[16:20])


def _reset(packet: bytes) -> bytes:
    """The packet of a TCP connection over IPv4 as a reset in its place."""
    head = (packet[0] & 15) * 4
    tcp = packet[head : head + 12] + struct.pack("!BBHHH", 5 << 4, _RESET, 0, 0, 0)
    pseudo = packet[12:20] + struct.pack("!BBH", 0, _TCP, len(tcp))
    tcp = tcp[:16] + _checksum(pseudo + tcp) + tcp[18:]
    ip = packet[:2] + struct.pack("!H", head + len(tcp)) + packet[4:10] + b"\0\0" + packet[12:head]
    return ip[:10] + _checksum(ip) + ip[12:] + tcp


def _checksum(data: bytes) -> bytes:
    """Source: RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
