# SPDX-License-Identifier: MIT
"""An HTTP/1.1 server that sends what it is told to, byte by byte."""

from __future__ import annotations

import selectors
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import TracebackType

from .faults import status
from .journal import Journal
from .messages import Behaviour, Fault, Hangup, Record, Request, Stall, Step, parse_request

_SHUTDOWN_S = 5.0
_TICK_S = 0.01
_LOOK_S = 0.05 if sys.platform == "win32" else None  # there shutdown() ends no select()
_HEAD_BYTES = 256 * 1024
_SEND_BUFFER_BYTES = 64 * 1024  # small, so that bytes counted as sent are near those received


class FaultServer:
    """Serves behaviours, each at its own path, and records every request.

        with FaultServer() as server:
            url = server.serve("/a.bin", Resource(b"..."), weak_etag(), cut_after(100))

    A path with no behaviour is answered with 404. An exception in a behaviour ends its connection
    and goes to `threading.excepthook`.

    Args:
        host: The address it listens at, of IPv4 or IPv6.
        port: Its port; 0: one that is free.

    Threads:
        One that accepts and one per connection, all ended when the context is left, stalled or not.
        Every method may be called from any thread.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._behaviours: dict[str, Behaviour] = {}
        self._host, self._port = host, port
        self._journal = Journal()
        self._closing = threading.Event()
        self._lock = threading.Lock()  # guards _connections
        self._connections: list[_Connection] = []
        self._acceptor = threading.Thread(
            target=self._accept, name="bitscb3-fault-server", daemon=True
        )

    def __enter__(self) -> FaultServer:
        """Start to serve."""
        self._listener = socket.create_server(
            (self._host, self._port),
            family=socket.AF_INET6 if ":" in self._host else socket.AF_INET,
            backlog=128,
        )
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End all connections and threads.

        Raises:
            RuntimeError: A thread is left after 5 s: a behaviour does not return.
        """
        deadline = time.monotonic() + _SHUTDOWN_S
        self._closing.set()
        socket.create_connection(self.address, timeout=_SHUTDOWN_S).close()  # wakes the acceptor
        self._acceptor.join(_SHUTDOWN_S)
        self._listener.close()
        with self._lock:
            connections = self._connections.copy()
        for connection in connections:
            connection.end()
        for connection in connections:
            connection.thread.join(max(deadline - time.monotonic(), 0))
        left = [connection for connection in connections if connection.thread.is_alive()]
        if left:
            raise RuntimeError(f"{len(left)} connections of the fault server did not end")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._listener.getsockname()[:2]
        return host, port

    def url(self, path: str) -> str:
        """The address of a path, which starts with a slash and is encoded already."""
        host, port = self.address
        return f"http://[{host}]:{port}{path}" if ":" in host else f"http://{host}:{port}{path}"

    def serve(self, path: str, behaviour: Behaviour, *faults: Fault) -> str:
        """Answer requests for a path, with any query, in this way from the next one on.

        Args:
            path: Starts with a slash.
            behaviour: What answers.
            faults: Put on the behaviour one after the other; the last sees requests first.

        Returns:
            The URL.
        """
        for fault in faults:
            behaviour = fault(behaviour)
        self._behaviours[path] = behaviour
        return self.url(path)

    @property
    def requests(self) -> list[Record]:
        """Every request so far, in the order of arrival, as it stands at this moment."""
        return self._journal.records()

    def bytes_sent(self, path: str) -> int:
        """Bytes after header blocks sent so far for a path, in all responses together."""
        return sum(record.bytes_sent for record in self.requests if record.path == path)

    def wait_for(
        self, predicate: Callable[[list[Record]], object], timeout: float = 10.0
    ) -> list[Record]:
        """Wait until the requests satisfy a predicate, and return them.

        Args:
            predicate: Called with all requests after every change.
            timeout: Longest wait in seconds.

        Raises:
            TimeoutError: It was not satisfied in time; the text shows the last requests.
        """
        return self._journal.wait_for(predicate, timeout)

    def _accept(self) -> None:
        number = 0
        while True:
            client, _ = self._listener.accept()
            if self._closing.is_set():
                client.close()
                return
            number += 1
            connection = _Connection(
                client, number, self._behaviour_of, self._journal, self._closing
            )
            with self._lock:
                self._connections = [c for c in self._connections if c.thread.is_alive()]
                connection.thread.start()
                self._connections.append(connection)

    def _behaviour_of(self, request: Request) -> Behaviour:
        return self._behaviours.get(request.path, status(404))


class _Connection:
    """One client: reads requests and runs the script of each response, one after the other.

    Threads:
        `run` in its own; `end` from any other, after which `run` returns soon.
    """

    def __init__(
        self,
        client: socket.socket,
        number: int,
        behaviour_of: Callable[[Request], Behaviour],
        journal: Journal,
        closing: threading.Event,
    ) -> None:
        self.thread = threading.Thread(
            target=self._run, name=f"bitscb3-fault-connection-{number}", daemon=True
        )
        self._socket = client
        self._number = number
        self._behaviour_of = behaviour_of
        self._journal = journal
        self._closing = closing
        self._received = b""
        self._selector = selectors.DefaultSelector()

    def end(self) -> None:
        """Wake the thread from any wait for the client."""
        with suppress(OSError):  # the client or the thread was faster
            self._socket.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        with self._socket, self._selector:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(self._socket, selectors.EVENT_READ)
            with suppress(OSError):  # the client or end() ended the connection
                while self._answer(self._read_request()):
                    pass

    def _read_request(self) -> Request:
        while b"\r\n\r\n" not in self._received:
            if len(self._received) > _HEAD_BYTES:
                raise ConnectionAbortedError("the request has too many headers")
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        request = parse_request(head)
        n_bytes = int(request.headers.get("content-length", "0"))
        while len(self._received) < n_bytes:
            self._receive()
        body, self._received = self._received[:n_bytes], self._received[n_bytes:]
        return replace(request, body=body)

    def _receive(self) -> None:
        self._wait(selectors.EVENT_READ)
        data = self._socket.recv(64 * 1024)
        if not data:
            raise ConnectionAbortedError("the client ended the connection")
        self._received += data

    def _answer(self, request: Request) -> bool:
        """Send the response to a request and tell whether the connection goes on."""
        index = self._journal.add(request, self._number)
        try:
            response = self._behaviour_of(request)(request)
            self._journal.update(index, status=response.status)
            if not response.is_raw:
                self._send(response.head(), self._socket.send)
            if response.is_raw or request.method != "HEAD":
                for step in response.body:
                    if not self._perform(step, index):
                        return False
            wishes = request.headers.get("connection"), response.header("Connection")
            return "close" not in [wish.lower() for wish in wishes if wish]
        finally:
            self._journal.update(index, finished=True)

    def _perform(self, step: Step, index: int) -> bool:
        """Do one step of a response and tell whether there may be another."""
        if isinstance(step, bytes):
            self._send(step, lambda data: self._journal.send(index, self._socket, data))
        elif isinstance(step, Stall):
            self._journal.update(index, stalled=True)
            while not step.release.wait(_TICK_S):
                if self._closing.is_set():
                    return False
            self._journal.update(index, stalled=False)
        elif step.reset:
            self._wait_until_arrived()
            no_linger = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        return not isinstance(step, Hangup)

    def _send(self, data: bytes, send: Callable[[memoryview], int]) -> None:
        rest = memoryview(data)
        while rest:
            n_bytes = 0
            with suppress(BlockingIOError):
                n_bytes = send(rest)
            if n_bytes == 0:
                self._wait(selectors.EVENT_WRITE)
            rest = rest[n_bytes:]

    def _wait(self, event: int) -> None:
        self._selector.modify(self._socket, event)
        while not self._selector.select(_LOOK_S):
            if self._closing.is_set():
                raise ConnectionAbortedError("the server ends")

    def _wait_until_arrived(self) -> None:
        """Wait until all that was sent has arrived: a reset drops what is on the way."""
        if sys.platform == "linux":
            import fcntl
            import termios

            waiting = b"\1\0\0\0"
            while any(waiting) and not self._closing.wait(_TICK_S / 10):
                waiting = fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(4))
