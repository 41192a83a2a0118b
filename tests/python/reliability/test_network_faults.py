# SPDX-License-Identifier: MIT
"""Faults of the network: downloads from one network namespace to another, over a wire that fails.

Most of their time is spent waiting, so they run several at once, each on a network of its own.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from name_server import NXDOMAIN, SERVFAIL, NameServer
from wire import (
    CLIENT,
    DEVICE,
    FAIR,
    SERVER,
    SERVER_6,
    Network,
    Weather,
    why_not,
)

from bitscb3 import Job, JobState, Manager, Settings
from bitscb3.testing import (
    Content,
    FakeClock,
    FaultServer,
    Request,
    Resource,
    Response,
    stall_after,
)
from codes import TRANSPORT, WINHTTP_CANNOT_CONNECT, WINHTTP_NAME_NOT_RESOLVED
from support import KIB, PATIENCE, eventually, open_manager

BG_E_CONNECTION_CLOSED, WINHTTP_TIMEOUT = 0x8020002E, 0x80072EE2
SIZE = 256 * KIB
HALF = SIZE // 2
CONTENT = Content(SIZE)
OTHER_CLIENT, OTHER_SERVER, NOBODY, NOBODY_6 = "10.77.0.11", "10.77.0.12", "10.77.0.3", "fd77::99"
RETRY_S = 5  # the shortest delay of BITS
AT_ONCE = 8  # faults

# One connection a file, so that half of it is here when a response stops half-way.
QUICK = Settings(connections_per_file=1, connect_timeout_s=2, stall_timeout_s=1, reconnects=8)
NO_RECONNECT = Settings(
    connections_per_file=1, connect_timeout_s=2, stall_timeout_s=1, reconnects=0
)
PATIENT = Settings(connect_timeout_s=5, stall_timeout_s=5, reconnects=20)


class Stage:
    """What a fault happens to: a network, a folder, and what is open until the end."""

    def __init__(self, network: Network, folder: Path, is_long: bool) -> None:
        self.network = network
        self.folder = folder
        self.is_long = is_long
        self.clock = FakeClock()
        self.release = threading.Event()
        """Lets go what a server holds back."""
        self._stack = contextlib.ExitStack()
        self._mended = time.monotonic()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self._stack.close()

    def serve(self, host: str = SERVER, port: int = 0) -> FaultServer:
        """Start a server on the one host."""
        server = FaultServer(host, port)
        with self.network.server.entered():
            server.__enter__()
        self._stack.callback(self._stop, server)
        return server

    def _stop(self, server: FaultServer) -> None:
        with self.network.server.entered():
            server.__exit__(None, None, None)

    def serve_half(self) -> str:
        """Serve half of a file, and the rest once `release` is set; gives its URL."""
        return self.serve().serve("/a", Resource(CONTENT), stall_after(HALF, self.release))

    def use_names(self, hosts: str = "", servers: str = "") -> Callable[[str], object]:
        """Have names of its own on the client; gives what changes them."""
        folder = self.folder / "names"
        folder.mkdir()
        return self.network.client.use_names(folder, servers, hosts)

    def ask_server(self, code: int | None, options: str) -> NameServer:
        """Start a name server that the client asks, and that knows no name yet."""
        self.use_names("127.0.0.1 localhost\n", f"nameserver {SERVER}\noptions {options}\n")
        return self._stack.enter_context(NameServer(self.network.server, SERVER, code))

    def open(self, settings: Settings, *, is_real: bool = False) -> Manager:
        """Open a manager on the other host; its time stands still, or is real."""
        clock = None if is_real else self.clock
        opened = self.network.client.call(lambda: open_manager(self.folder, settings, clock=clock))
        return self._stack.enter_context(opened)

    def start(self, manager: Manager, url: str, name: str = "a") -> Job:
        """A job that runs."""
        job = manager.create_job(name)
        job.add_file(url, self.folder / name)
        job.resume()
        return job

    def mended(self) -> None:
        """From here on the fault is over."""
        self._mended = time.monotonic()

    def finish(self, job: Job, content: Content = CONTENT, patience: float = PATIENCE) -> float:
        """The job becomes whole, by itself; no byte of a body came twice, and every one is right.

        Returns:
            How long it took, in seconds.
        """
        assert job.wait(patience) is JobState.TRANSFERRED
        took = time.monotonic() - self._mended
        assert job.bytes_received == len(content)
        assert job.manager.stats().restarts == 0
        path = Path(job.file(0).local_name)
        job.complete()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == content.sha256()
        return took


def wait_for_fault(job: Job, code: int) -> None:
    """The job waits for another try, for this reason."""
    eventually(lambda: job.state is JobState.TRANSIENT_ERROR)
    error = job.error
    assert error is not None
    assert (error.hresult, error.context) == (code, TRANSPORT), error


def wait_for_half(job: Job) -> None:
    """Half of the file is here."""
    eventually(lambda: job.progress.bytes_transferred >= HALF)


# Each is a fault, and what a download does in it; it gives how long that took once it was mended.


def weather(stage: Stage, kind: Weather, kib: int) -> float:
    """A download over a bad wire arrives whole."""
    stage.network.weather = kind
    # Otherwise the kernel waits 200 ms for an acknowledgement, over a distance of none.
    for host, peer in ((stage.network.client, SERVER), (stage.network.server, CLIENT)):
        host.ip(f"route add {peer}/32 dev {DEVICE} rto_min 20ms")
    content = Content(kib * KIB * (16 if stage.is_long else 1))
    url = stage.serve().serve("/a", Resource(content))
    job = stage.start(stage.open(PATIENT, is_real=True), url)
    return stage.finish(job, content, 240 if stage.is_long else 50)


def link_down_and_up(stage: Stage) -> float:
    """A link that is down until that was noticed costs reconnects, and the job no error."""
    job = stage.start(stage.open(QUICK, is_real=True), stage.serve_half())
    wait_for_half(job)
    stage.network.client.ip(f"link set {DEVICE} down")
    stage.release.set()
    eventually(lambda: job.manager.stats().reconnects >= 2)
    stage.network.client.ip(f"link set {DEVICE} up")
    stage.mended()
    took = stage.finish(job)
    assert job.manager.stats().retries == 0
    return took


def link_down_for_long(stage: Stage) -> float:
    """A link that stays down is a transient error, tried again by itself until it is up."""
    job = stage.start(stage.open(NO_RECONNECT), stage.serve_half())
    wait_for_half(job)
    stage.network.client.ip(f"link set {DEVICE} down")
    stage.release.set()
    wait_for_fault(job, WINHTTP_TIMEOUT)
    for retries in (2, 3):
        stage.clock.advance(RETRY_S)
        eventually(lambda count=retries: job.manager.stats().retries == count)
        wait_for_fault(job, WINHTTP_CANNOT_CONNECT)
    stage.network.client.ip(f"link set {DEVICE} up")
    stage.mended()
    stage.clock.advance(RETRY_S)
    return stage.finish(job)


def client_moves(stage: Stage) -> float:
    """A client whose address changes half-way goes on from the new one."""
    job = stage.start(stage.open(QUICK, is_real=True), stage.serve_half())
    wait_for_half(job)
    stage.network.client.ip(
        f"addr del {CLIENT}/24 dev {DEVICE}", f"addr add {OTHER_CLIENT}/24 dev {DEVICE}"
    )
    stage.mended()
    stage.release.set()
    took = stage.finish(job)
    assert job.manager.stats().retries == 0
    return took


def server_moves(stage: Stage) -> float:
    """A server that moved to another address under its name is found there by the next try."""
    set_hosts = stage.use_names(f"{SERVER} moving.example\n")
    stage.network.server.ip(f"addr add {OTHER_SERVER}/24 dev {DEVICE}")
    url = stage.serve_half().replace(SERVER, "moving.example")
    port = int(url.split(":")[2].split("/")[0])
    stage.serve(OTHER_SERVER, port).serve("/a", Resource(CONTENT))
    job = stage.start(stage.open(NO_RECONNECT), url)
    wait_for_half(job)
    stage.network.vanished = SERVER
    wait_for_fault(job, WINHTTP_TIMEOUT)
    set_hosts(f"{OTHER_SERVER} moving.example\n")
    stage.mended()
    stage.clock.advance(RETRY_S)
    return stage.finish(job)


def port_closed_then_open(stage: Stage) -> float:
    """A port that is closed is a transient error; once it is open the download begins."""
    with stage.network.server.entered(), FaultServer(SERVER) as server:
        _, port = server.address
    job = stage.start(stage.open(NO_RECONNECT), f"http://{SERVER}:{port}/a")
    wait_for_fault(job, WINHTTP_CANNOT_CONNECT)
    stage.serve(SERVER, port).serve("/a", Resource(CONTENT))
    stage.mended()
    stage.clock.advance(RETRY_S)
    return stage.finish(job)


def connection_dies_silently(stage: Stage) -> float:
    """A connection whose packets are lost from now on is given up for another one."""
    job = stage.start(stage.open(QUICK, is_real=True), stage.serve_half())
    wait_for_half(job)
    stage.network.forget_connections()
    stage.mended()
    stage.release.set()
    took = stage.finish(job)
    stats = job.manager.stats()
    assert (stats.reconnects, stats.retries) == (1, 0)
    return took


def idle_connections_die_silently(stage: Stage) -> float:
    """However many idle connections died silently, after one stall there is a new one."""
    many = 6
    together = threading.Barrier(many)

    def meet(request: Request) -> Response:
        together.wait(PATIENCE)
        return Resource(b"x")(request)

    server = stage.serve()
    small, url = server.serve("/small", meet), server.serve("/a", Resource(CONTENT))
    manager = stage.open(QUICK, is_real=True)
    before = manager.create_job("before")
    before.add_files([(small, stage.folder / f"{number}") for number in range(many)])
    before.resume()
    assert before.wait(PATIENCE) is JobState.TRANSFERRED
    assert manager.stats().connections_opened == many
    stage.network.forget_connections()
    stage.mended()
    took = stage.finish(stage.start(manager, url))
    stats = manager.stats()
    assert (stats.reconnects, stats.retries) == (1, 0)
    before.cancel()
    return took


def reset(stage: Stage) -> float:
    """A reset from somewhere on the way ends a connection, and the next one goes on."""
    job = stage.start(stage.open(QUICK, is_real=True), stage.serve_half())
    wait_for_half(job)
    stage.network.reset_connections()
    stage.mended()
    stage.release.set()
    took = stage.finish(job)
    assert job.manager.stats().retries == 0
    return took


def reset_without_reconnects(stage: Stage) -> float:
    """Where no reconnect is allowed, a reset is BG_E_CONNECTION_CLOSED until the next try."""
    job = stage.start(stage.open(NO_RECONNECT), stage.serve_half())
    wait_for_half(job)
    stage.network.reset_connections()
    stage.release.set()
    wait_for_fault(job, BG_E_CONNECTION_CLOSED)
    stage.mended()
    stage.clock.advance(RETRY_S)
    return stage.finish(job)


def black_hole(stage: Stage) -> float:
    """Where large packets vanish without a word, no body comes; the time-out is transient."""
    url = stage.serve().serve("/a", Resource(CONTENT))
    stage.network.weather = Weather(largest=1000)
    job = stage.start(stage.open(NO_RECONNECT), url)
    wait_for_fault(job, WINHTTP_TIMEOUT)
    stage.network.weather = FAIR
    stage.mended()
    stage.clock.advance(RETRY_S)
    return stage.finish(job)


def ipv6_only(stage: Stage) -> float:
    """A network without IPv4 serves, by address and by name."""
    stage.use_names(f"{SERVER_6} six.example\n")
    for host, address in ((stage.network.client, CLIENT), (stage.network.server, SERVER)):
        host.ip(f"addr del {address}/24 dev {DEVICE}")
    url = stage.serve(SERVER_6).serve("/a", Resource(CONTENT))
    manager = stage.open(QUICK)
    stage.finish(stage.start(manager, url))
    return stage.finish(stage.start(manager, url.replace(f"[{SERVER_6}]", "six.example"), "b"))


def first_address_is_dead(stage: Stage, dead: str) -> float:
    """Of several addresses of a name one that answers is found, whatever the others do."""
    stage.use_names(f"{dead} many.example\n{SERVER} many.example\n")
    url = stage.serve().serve("/a", Resource(CONTENT))
    manager = stage.open(QUICK, is_real=True)
    took = stage.finish(stage.start(manager, url.replace(SERVER, "many.example")))
    assert manager.stats().retries == 0
    return took


def name_is_not_found(stage: Stage, answer: int | None, code: int) -> float:
    """A name that is not found is a transient error; once it is known the download begins."""
    name_server = stage.ask_server(answer, "timeout:3 attempts:1")
    url = stage.serve().serve("/a", Resource(CONTENT)).replace(SERVER, "files.example")
    job = stage.start(stage.open(NO_RECONNECT), url)
    wait_for_fault(job, code)
    name_server.address = SERVER
    stage.mended()
    stage.clock.advance(RETRY_S)
    return stage.finish(job)


def no_name_server(stage: Stage) -> float:
    """Without a name server names are not found, and addresses do as ever."""
    stage.use_names("127.0.0.1 localhost\n", f"nameserver {SERVER}\noptions attempts:1\n")
    url = stage.serve().serve("/a", Resource(CONTENT))
    manager = stage.open(NO_RECONNECT)
    named = stage.start(manager, url.replace(SERVER, "files.example"))
    wait_for_fault(named, WINHTTP_NAME_NOT_RESOLVED)
    took = stage.finish(stage.start(manager, url, "b"))
    named.cancel()
    return took


def slow_name_server(stage: Stage) -> float:
    """While a name server does not answer, jobs that need none of it go on, and close() ends."""
    stage.ask_server(None, "timeout:30 attempts:1")  # longer than anything here has patience
    url = stage.serve().serve("/a", Resource(CONTENT))
    named = url.replace(SERVER, "files.example")
    manager = stage.open(Settings(connect_timeout_s=60))
    job = stage.start(manager, named)
    eventually(lambda: manager.stats().transfers_running)
    job.suspend()
    stage.finish(stage.start(manager, url, "b"))
    job.resume()
    eventually(lambda: manager.stats().transfers_running)
    job.cancel()
    took = stage.finish(stage.start(manager, url, "c"))
    stage.start(manager, named, "d")
    eventually(lambda: manager.stats().transfers_running)
    begun = time.monotonic()
    manager.close()
    assert time.monotonic() - begun < PATIENCE
    return took


FAULTS: dict[str, Callable[[Stage], float]] = {
    "5 % loss": functools.partial(weather, kind=Weather(loss=0.05), kib=256),
    "30 % loss": functools.partial(weather, kind=Weather(loss=0.3), kib=64),
    "delay of 100 to 300 ms": functools.partial(weather, kind=Weather(delay=(0.1, 0.3)), kib=256),
    "25 % reordered": functools.partial(
        weather, kind=Weather(delay=(0.005, 0.01), hurried=0.25), kib=256
    ),
    "25 % duplicated": functools.partial(weather, kind=Weather(duplicated=0.25), kib=256),
    "5 % corrupted": functools.partial(weather, kind=Weather(corrupted=0.05), kib=256),
    "1 Mbit/s": functools.partial(weather, kind=Weather(rate=1e6), kib=128),
    "link down and up": link_down_and_up,
    "link down for long": link_down_for_long,
    "client moves": client_moves,
    "server moves": server_moves,
    "port closed then open": port_closed_then_open,
    "connection dies silently": connection_dies_silently,
    "idle connections die silently": idle_connections_die_silently,
    "reset": reset,
    "reset without reconnects": reset_without_reconnects,
    "black hole for large packets": black_hole,
    "IPv6 only": ipv6_only,
    "first address is dead": functools.partial(first_address_is_dead, dead=NOBODY),
    "first address is dead, of IPv6": functools.partial(first_address_is_dead, dead=NOBODY_6),
    "SERVFAIL": functools.partial(
        name_is_not_found, answer=SERVFAIL, code=WINHTTP_NAME_NOT_RESOLVED
    ),
    "NXDOMAIN": functools.partial(
        name_is_not_found, answer=NXDOMAIN, code=WINHTTP_NAME_NOT_RESOLVED
    ),
    "silent name server": functools.partial(name_is_not_found, answer=None, code=WINHTTP_TIMEOUT),
    "no name server": no_name_server,
    "slow name server": slow_name_server,
}


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    figure: Callable[[str, object], None],
    is_long: bool,
) -> Iterator[dict[str, Future[float]]]:
    """The faults that were asked for, several at once."""
    if reason := why_not():
        pytest.skip(reason)
    ours = request.session.items
    asked = [item for item in ours if isinstance(item, pytest.Function) and item.obj is test_fault]
    names = [item.callspec.params["fault"] for item in asked]

    def run(name: str) -> float:
        folder = tmp_path_factory.mktemp("fault")
        with Network() as network, Stage(network, folder, is_long) as stage:
            return FAULTS[name](stage)

    with ThreadPoolExecutor(AT_ONCE, "fault") as pool:
        futures = {name: pool.submit(run, name) for name in names}
        yield futures
        pool.shutdown(cancel_futures=True)
    survived = [f for f in futures.values() if not f.cancelled() and f.exception() is None]
    figure("network: faults survived", f"{len(survived)} of {len(futures)}")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault(
    fault: str, running: dict[str, Future[float]], figure: Callable[[str, object], None]
) -> None:
    """Whatever the network does, a download gets through it, as the fault's function says."""
    figure(f"network: whole again after {fault!r}", f"{running[fault].result():.1f} s")
