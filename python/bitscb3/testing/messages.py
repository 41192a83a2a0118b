# SPDX-License-Identifier: MIT
"""What passes between client and fault server: a request in, a response script out.

A `Behaviour` turns a request into a response. A `Fault` turns a behaviour into a worse one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.client import responses
from typing import TypeAlias

from .spans import Span, parse_ranges


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    target: str
    """Path and query, as sent."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """By lower-case name; repeated ones are joined by a comma."""
    ranges: tuple[Span, ...] = ()
    """What the Range header asks for; none if it is missing or malformed."""
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def without(self, *names: str) -> Request:
        """The same request without the headers of these lower-case names."""
        return replace(self, headers={k: v for k, v in self.headers.items() if k not in names})


@dataclass(frozen=True)
class Record(Request):
    """A request and what became of it so far."""

    connection: int = 0
    """Number of the connection it came on, from 1."""
    status: int = 0
    """Status answered; 0 before that, and for a raw response."""
    bytes_sent: int = 0
    """Bytes after the header block that the system took: framing of parts and chunks included."""
    stalled: bool = False
    """The response is being held by a `Stall`."""
    finished: bool = False
    """Nothing more will be sent: all was, or the connection ended."""


@dataclass(frozen=True)
class Stall:
    """Step of a response: send nothing more until `release` is set."""

    release: threading.Event


@dataclass(frozen=True)
class Hangup:
    """Step of a response: end the connection, after all sent before has arrived.

    `reset` ends it with RST (the client sees ECONNRESET) in place of FIN (an early end).
    """

    reset: bool = False


Step: TypeAlias = bytes | Stall | Hangup


@dataclass(frozen=True)
class Response:
    """What the server does on the socket, step by step. It is used for one request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Sent as they are, in this order; nothing is added."""
    body: Iterable[Step] = ()
    """Sent as it is, except to HEAD."""
    is_raw: bool = False
    """The body is everything: no status line and headers are sent, and HEAD is no exception."""

    def head(self) -> bytes:
        """Status line and headers, with the empty line that ends them."""
        lines = [f"HTTP/1.1 {self.status} {responses.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")

    def header(self, name: str) -> str | None:
        """The value of a header, its name in any case."""
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), None)

    def with_header(self, name: str, value: str | None) -> Response:
        """The same response with one header set, in its old place if any, or removed (None)."""
        headers = dict(self.headers)
        name = next((old for old in headers if old.lower() == name.lower()), name)
        if value is None:
            headers.pop(name, None)
        else:
            headers[name] = value
        return replace(self, headers=headers)

    def with_body(self, body: Iterable[Step], length_change: int = 0) -> Response:
        """The same response with another body, and Content-Length changed by so many bytes."""
        changed = replace(self, body=body)
        if length_change:
            changed = changed.with_header("Content-Length", str(self.length + length_change))
        return changed

    @property
    def length(self) -> int:
        """Content-Length in bytes.

        Raises:
            ValueError: There is none: `chunked` and `no_content_length` go after what needs it.
        """
        value = self.header("Content-Length")
        if value is None:
            raise ValueError(f"the {self.status} response has no Content-Length")
        return int(value)


Behaviour: TypeAlias = Callable[[Request], Response]
Fault: TypeAlias = Callable[[Behaviour], Behaviour]


def inserted(body: Iterable[Step], offset: int, step: Step) -> Iterator[Step]:
    """Yield the steps of a body with one more after its first `offset` bytes, if it has so many."""
    left = offset
    is_pending = True
    for old in body:
        if is_pending and isinstance(old, bytes):
            if len(old) >= left:
                is_pending = False
                yield old[:left]
                yield step
                old = old[left:]
            left -= len(old)
        yield old
    if is_pending and left == 0:
        yield step


def parse_request(head: bytes) -> Request:
    """Read a request without its body.

    Args:
        head: Request line and headers, without the empty line after them.

    Raises:
        ValueError: The request line has not three words, or a header no colon.
    """
    request_line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = request_line.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"a header without a colon: {line!r}")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(method, target, headers, parse_ranges(headers.get("range")))
