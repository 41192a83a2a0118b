# SPDX-License-Identifier: MIT
"""A server on loopback whose TLS can be cut, held and falsified at any byte."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from bitscb3.testing import Behaviour, Hangup, Request, Response
from bitscb3.testing.messages import parse_request
from support import PATIENCE

Pair = tuple[Path, Path]  # files of a certificate's chain and of its key
Meeting = Callable[["Peer"], None]


class Peer:
    """A client that came, before and after the TLS handshake.

    Threads: the connection's own.
    """

    def __init__(self, client: socket.socket, server: TlsServer) -> None:
        self.socket = client
        self.server = server
        self.most: int | None = None  # bytes of TLS yet to be sent; then the connection is cut
        self.spoil = False  # change a bit of what is sent
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    def receive(self) -> bytes:
        """What comes next, as it is on the wire; nothing: the client is gone."""
        data = self.socket.recv(1 << 16)
        self.server.arrived += data
        return data

    def shake_hands(self) -> None:
        """Make the connection one over TLS."""
        self._tls = self.server.context.wrap_bio(self._in, self._out, server_side=True)
        self._do(self._tls.do_handshake)

    @property
    def protocol(self) -> str | None:
        """What was agreed upon by ALPN."""
        assert self._tls is not None
        return self._tls.selected_alpn_protocol()

    def read(self) -> bytes:
        """What comes next through TLS; nothing: the client is gone."""
        tls = self._tls
        assert tls is not None
        with suppress(ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return self._do(lambda: tls.read(1 << 16))
        return b""

    def read_request(self) -> Request | None:
        """The next request, without a body; nothing: the client is gone."""
        text = b""
        while b"\r\n\r\n" not in text:
            data = self.read()
            if not data:
                return None
            text += data
        request = parse_request(text.partition(b"\r\n\r\n")[0])
        self.server.requests.append(request)
        return request

    def write(self, data: bytes) -> None:
        """Send through TLS."""
        assert self._tls is not None
        if data:
            self._tls.write(data)
        self.flush()

    def flush(self) -> None:
        """Put on the wire what TLS has made, or what may be sent of it."""
        data = self._out.read()
        if self.spoil and data:
            data = data[:-1] + bytes([data[-1] ^ 1])
        if self.most is None:
            self.socket.sendall(data)
            return
        self.socket.sendall(data[: self.most])
        if len(data) > self.most:
            raise ConnectionAbortedError("cut")
        self.most -= len(data)

    def respond(self, response: Response) -> None:
        """Send a response over HTTP/1.1."""
        self.write(response.head())
        for step in response.body:
            if isinstance(step, Hangup):
                raise ConnectionAbortedError("cut")
            assert isinstance(step, bytes)
            self.write(step)

    def end(self) -> None:
        """Say by close_notify that nothing follows. A bare FIN is what follows without it."""
        assert self._tls is not None
        with suppress(ssl.SSLWantReadError, ssl.SSLSyscallError):
            self._tls.unwrap()
        self.flush()

    def reset(self) -> None:
        """Let the end be a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def take_waiting(self) -> None:
        """Take what the client has sent, and forget it."""
        while select.select([self.socket], [], [], 0)[0] and self.receive():
            pass

    def hold(self) -> None:
        """Be silent until the client goes away."""
        while self.receive():
            pass

    def _do(self, step: Callable[[], bytes | None]) -> bytes:
        while True:
            try:
                done = step() or b""
            except ssl.SSLWantReadError:
                self.flush()
                data = self.receive()
                if data:
                    self._in.write(data)
                else:
                    self._in.write_eof()
            except ssl.SSLError:
                self.flush()  # the alert
                raise
            else:
                self.flush()
                return done


def serve(peer: Peer, *, is_open: bool = False) -> None:
    """Answer one request as HTTP and TLS ask for."""
    if not is_open:
        peer.shake_hands()
    request = peer.read_request()
    if request is not None:
        peer.respond(peer.server.behaviour(request).with_header("Connection", "close"))
        peer.end()


class TlsServer:
    """Meets each client in a way that may be changed at any moment, while its context is entered.

    It answers CONNECT as a proxy that leads to nobody but itself: so it has any name.

    Args:
        pair: Of the certificate it shows.
        behaviour: What answers requests.
        protocols: Offered by ALPN.
    """

    def __init__(self, pair: Pair, behaviour: Behaviour, protocols: Iterable[str] = ()) -> None:
        self.pair = pair
        self.context = context_of(pair, protocols)
        self.behaviour = behaviour
        self.meet: Meeting = serve
        self.requests: list[Request] = []  # that came through TLS
        self.arrived = b""  # what came on the wire, of all connections
        self.connections = 0
        self._lock = threading.Lock()  # guards _open
        self._open: list[tuple[threading.Thread, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._acceptor = threading.Thread(target=self._accept, name="bitscb3-tls-server")

    def __enter__(self) -> TlsServer:
        """Start to serve."""
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every connection and thread."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(PATIENCE)
        self._listener.close()
        self.close_all()

    def close_all(self) -> None:
        """End every connection there is."""
        with self._lock:
            left = self._open.copy()
        for _, client in left:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread, _ in left:
            thread.join(PATIENCE)

    def forget(self) -> None:
        """Begin to count anew."""
        self.requests.clear()
        self.arrived = b""
        self.connections = 0

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def url(self, host: str = "127.0.0.1") -> str:
        """The address of the file."""
        return f"https://{host}:{self._listener.getsockname()[1]}/f"

    def _accept(self) -> None:
        with suppress(OSError):  # the end
            while True:
                client, _ = self._listener.accept()
                client.settimeout(PATIENCE)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                thread = threading.Thread(
                    target=self._serve, args=(client,), name="bitscb3-tls-connection"
                )
                with self._lock:
                    self._open = [each for each in self._open if each[0].is_alive()]
                    self._open.append((thread, client))
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):  # a connection that ends in one way or another
            if client.recv(7, socket.MSG_PEEK) == b"CONNECT":
                client.recv(1 << 16)
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            self.meet(Peer(client, self))


def context_of(pair: Pair, protocols: Iterable[str] = ()) -> ssl.SSLContext:
    """A server's context, to which no certificate is too weak."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(*pair)
    names = list(protocols)
    if names:
        context.set_alpn_protocols(names)
    return context
