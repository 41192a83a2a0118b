# SPDX-License-Identifier: MIT
"""A server of HTTP/2 on loopback whose every frame can be another than it should be."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import Event, RequestReceived
from h2.exceptions import H2Error, StreamClosedError
from hyperframe.frame import Frame

from bitscb3.testing import Behaviour, Request, Response, parse_ranges
from tls_server import Pair, Peer, TlsServer, serve

Answer = Callable[["Http2Peer", int, Request], None]


class Http2Peer:
    """A connection of HTTP/2.

    Threads: the connection's own.
    """

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.h2 = H2Connection(
            H2Configuration(
                client_side=False,
                header_encoding="latin-1",
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.is_over = False
        self.count = 0  # requests
        self._events: deque[Event] = deque()

    def begin(self, settings: dict[int, int]) -> None:
        """Say the first words."""
        self.h2.update_settings(settings)
        self.h2.initiate_connection()
        self.flush()

    def run(self, answer: Answer) -> None:
        """Answer requests until the connection ends."""
        while not self.is_over:
            while self._events and not self.is_over:
                event = self._events.popleft()
                if isinstance(event, RequestReceived):
                    self.count += 1
                    answer(self, event.stream_id, self._request(event))
                    self.flush()
            if not self.is_over and not self.listen():
                return

    def listen(self) -> bool:
        """Take what the client says next; false when it has gone."""
        data = self.peer.read()
        if data:
            self._events += self.h2.receive_data(data)
            self.flush()
        return bool(data)

    def flush(self) -> None:
        """Send what waits."""
        self.peer.write(self.h2.data_to_send())

    def send(self, frame: Frame | bytes) -> None:
        """Send a frame that nobody has checked, or anything else."""
        self.flush()
        self.peer.write(frame if isinstance(frame, bytes) else frame.serialize())

    def head(self, stream: int, response: Response, ends: bool = False) -> None:
        """Send the head of a response."""
        fields = [(name.lower(), value) for name, value in response.headers.items()]
        self.h2.send_headers(stream, [(":status", str(response.status)), *fields], ends)

    def body(self, stream: int, data: bytes, ends: bool = True, padding: int | None = None) -> None:
        """Send of a body what may be sent, as soon as it may be."""
        room_for_padding = 0 if padding is None else padding + 1
        while data:
            most = self.h2.local_flow_control_window(stream) - room_for_padding
            part = data[: min(most, self.h2.max_outbound_frame_size - room_for_padding)]
            if most <= 0:
                if not self.listen():
                    return
                continue
            data = data[len(part) :]
            self.h2.send_data(stream, part, ends and not data, padding)
            self.flush()

    def respond(self, stream: int, request: Request) -> None:
        """Answer as HTTP/2 asks for."""
        response = self.response(request)
        data = body_of(response)
        with suppress(StreamClosedError):  # the client does not want it any more
            self.head(stream, response, not data)
            self.body(stream, data)

    def response(self, request: Request) -> Response:
        """What is to be answered."""
        return self.peer.server.behaviour(request)

    def end(self) -> None:
        """Nothing more is said; the connection ends when the thread does."""
        self.flush()
        self.is_over = True

    def _request(self, event: RequestReceived) -> Request:
        fields = {str(name): str(value) for name, value in event.headers or []}
        ranges = parse_ranges(fields.get("range"))
        request = Request(fields[":method"], fields[":path"], fields, ranges)
        self.peer.server.requests.append(request)
        return request


def body_of(response: Response) -> bytes:
    """A body in one piece."""
    return b"".join(step for step in response.body if isinstance(step, bytes))


class Http2Server(TlsServer):
    """Answers in a way that may be changed at any moment; without h2 in ALPN as HTTP/1.1 asks for."""

    def __init__(self, pair: Pair, behaviour: Behaviour) -> None:
        super().__init__(pair, behaviour, ["h2", "http/1.1"])
        self.meet = self._meet
        self.answer: Answer = Http2Peer.respond
        self.settings: dict[int, int] = {}

    def _meet(self, peer: Peer) -> None:
        peer.shake_hands()
        if peer.protocol != "h2":
            serve(peer, is_open=True)
            return
        talk = Http2Peer(peer)
        with suppress(H2Error):  # h2 knows nothing of what was sent past it
            talk.begin(self.settings)
            talk.run(lambda talk, stream, request: self.answer(talk, stream, request))
        peer.socket.shutdown(socket.SHUT_WR)
        peer.hold()  # or a RST would take away what is on its way
