# SPDX-License-Identifier: MIT
"""What a server does wrong, byte by byte, and what the embedded BITS makes of it: one table."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bitscb3 import ErrorContext
from bitscb3.testing import (
    Behaviour,
    Content,
    Fault,
    Hangup,
    Request,
    Resource,
    Response,
    Stall,
    Step,
    chunked,
    header,
    ignore_range,
    long_body,
    no_content_length,
    raw,
    short_body,
)

SIZE = 100_000
DATA = Content(SIZE, seed=7)
OTHER = Content(SIZE + 17, seed=8)
RIGHT = Resource(DATA)

# How a job meets the fault: with its first request; with a third of the file on disk; on demand,
# a few ranges of a file it knows; the same with so many that several go into one request.
Way: TypeAlias = Literal["first", "begun", "few", "many"]
SINGLE: tuple[Way, ...] = ("first", "begun", "few")
BEGUN = 30_000
KNOWN = (50_000, 5_000)
WANTED: dict[Way, list[tuple[int, int]]] = {
    "few": [(0, 1_000), (40_000, 2_000), (90_000, 10_000)],
    "many": [(i * 8_000, 500) for i in range(12)],
}

REMOTE, TRANSPORT = ErrorContext.REMOTE_FILE, ErrorContext.GENERAL_TRANSPORT
INVALID = "BG_E_INVALID_SERVER_RESPONSE"
CLOSED = "BG_E_CONNECTION_CLOSED"
CHANGED = "BG_E_REMOTE_FILE_CHANGED"
NO_RANGES = "BG_E_INSUFFICIENT_RANGE_SUPPORT"
TIMEOUT = "ERROR_TIMEOUT"
GARBLED = "ERROR_INVALID_SERVER_RESPONSE"
TOO_FAR = "ERROR_REDIRECT_FAILED"

BODY = b"body"
FIN, RST = Hangup(), Hangup(reset=True)


@dataclass(frozen=True)
class End:
    """How a job ends: well, or with the name of a code."""

    code: str = ""
    context: ErrorContext = REMOTE
    is_transient: bool = False

    def __str__(self) -> str:
        """For messages."""
        kind = "TRANSIENT_ERROR" if self.is_transient else "ERROR"
        return f"{kind} {self.code} {self.context.name}" if self.code else "success"


@dataclass(frozen=True)
class Row:
    """One fault and its end."""

    fault: Fault
    end: End
    ways: tuple[Way, ...] = SINGLE
    but: dict[Way, End] = field(default_factory=dict)
    """Where the end is another one."""
    after: Resource = RIGHT
    """What the server has once it is mended."""
    is_anew: bool = False
    """The file begins anew, so that all of it may be fetched again."""


OK = End()


def fatal(code: str, context: ErrorContext = REMOTE) -> End:
    """An error that stays."""
    return End(code, context)


def passing(code: str, context: ErrorContext = TRANSPORT) -> End:
    """An error after which the job tries again by itself."""
    return End(code, context, is_transient=True)


# Faults, byte by byte.


def wire(script: Callable[[Response, bytes], Iterable[Step]]) -> Fault:
    """Send what `script` makes of the right answer and its body, and nothing else."""

    def fault(inner: Behaviour) -> Behaviour:
        def answer(request: Request) -> Response:
            right = inner(request)
            body = b"".join(step for step in right.body if isinstance(step, bytes))
            return Response(0, {}, script(right, body), is_raw=True)

        return answer

    return fault


def swap(pattern: bytes, by: bytes, *, end: Iterable[Step] = ()) -> Fault:
    """Replace a part of the head; `by` may refer to groups."""

    def script(right: Response, body: bytes) -> Iterable[Step]:
        changed, n = re.subn(pattern, by, right.head(), count=1)
        assert n == 1, (pattern, right.head())
        return (changed, body, *end)

    return wire(script)


def added(lines: bytes) -> Fault:
    """Send more header lines, before the right ones."""
    return swap(rb"\A([^\r]*\r\n)", rb"\g<1>" + lines.replace(b"\\", b"\\\\") + b"\r\n")


def instead(*steps: Step) -> Fault:
    """Send this to every request and nothing else."""
    return lambda inner: lambda request: Response(0, {}, steps, is_raw=True)


def always(behaviour: Behaviour) -> Fault:
    """Answer so whatever is asked."""
    return lambda inner: behaviour


def as_chunks(*steps: Step) -> Fault:
    """Send the right head for chunks, and then these bytes; BODY stands for one good chunk."""

    def script(right: Response, body: bytes) -> Iterable[Step]:
        yield chunked_head(right)
        for step in steps:
            yield b"%x\r\n%b\r\n" % (len(body), body) if step is BODY else step

    return wire(script)


def chunked_head(right: Response) -> bytes:
    """The head of the right answer, for a body in chunks."""
    bare = right.with_header("Content-Length", None)
    return bare.with_header("Transfer-Encoding", "chunked").head()


def each_time(make: Callable[[int], Behaviour]) -> Behaviour:
    """Another behaviour for each request, made of its number."""
    numbers = itertools.count()
    return lambda request: make(next(numbers))(request)


def endless(block: bytes) -> Iterator[bytes]:
    """The same for ever: only who hangs up ends it."""
    return itertools.repeat(block * (4096 // len(block) + 1))


def forever(head: bytes, block: bytes) -> Fault:
    """Send `head`, and then `block` for ever."""
    return lambda inner: (
        lambda request: Response(0, {}, itertools.chain((head,), endless(block)), is_raw=True)
    )


def dripping(pieces: Iterable[bytes], pause: float) -> Iterator[bytes]:
    """One after the other, `pause` seconds apart."""
    nothing = threading.Event()
    for piece in pieces:
        yield piece
        nothing.wait(pause)


def drip(head: bytes, block: bytes) -> Fault:
    """Send `head`, and then `block` ten times a second, for ever."""
    return lambda inner: (
        lambda request: Response(
            0, {}, itertools.chain((head,), dripping(itertools.repeat(block), 0.1)), is_raw=True
        )
    )


def held() -> Stall:
    """Nothing more, until the server ends."""
    return Stall(threading.Event())


def answered(code: int | str, headers: bytes = b"", body: bytes = b"") -> bytes:
    """An answer with Content-Length."""
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (
        str(code).encode(),
        headers,
        len(body),
        body,
    )


def half(data: bytes) -> bytes:
    """The first half."""
    return data[: len(data) // 2]


# The connection ends, or stands still.

STAGES: dict[str, Callable[[Response, bytes], tuple[bytes, ...]]] = {
    "before the status line": lambda right, body: (),
    "in the status line": lambda right, body: (right.head()[:12],),
    "in the headers": lambda right, body: (right.head()[:60],),
    "before the empty line": lambda right, body: (right.head()[:-2],),
    "after the headers": lambda right, body: (right.head(),),
    "in the body": lambda right, body: (right.head(), half(body)),
    "before the last byte": lambda right, body: (right.head(), body[:-1]),
}


def broken(how: Step) -> dict[str, Fault]:
    """The connection ends so at every stage."""
    return {
        stage: wire(lambda right, body, sent=sent: (*sent(right, body), how))
        for stage, sent in STAGES.items()
    }


CONNECTION = {
    **{f"reset {stage}": Row(fault, passing(CLOSED)) for stage, fault in broken(RST).items()},
    **{f"FIN {stage}": Row(fault, passing(CLOSED)) for stage, fault in broken(FIN).items()},
    "FIN in the head of a whole file": Row(
        lambda inner: wire(lambda r, b: (r.head()[:17], FIN))(ignore_range()(inner)),
        passing(CLOSED),
    ),
    "reset behind the last byte": Row(wire(lambda r, b: (r.head(), b, RST)), OK),
    "no answer at all": Row(always(raw()), passing(CLOSED)),
    "Connection: close on each answer": Row(header("Connection", "close"), OK),
    "one byte a packet": Row(
        wire(lambda r, b: itertools.chain((bytes([c]) for c in r.head()), (b,))), OK
    ),
    "HTTP/1.0": Row(swap(rb"HTTP/1.1", b"HTTP/1.0", end=(FIN,)), OK),
    "HTTP/1.0 with keep-alive": Row(
        swap(rb"HTTP/1.1 ([^\r]*)\r\n", rb"HTTP/1.0 \1\r\nConnection: keep-alive\r\n"), OK
    ),
    "an unwanted answer behind the right one": Row(long_body(b"surplus", is_declared=False), OK),
}

SLOW = {
    **{f"stalled {s}": Row(fault, passing(TIMEOUT)) for s, fault in broken(held()).items()},
    "stalled behind the last byte": Row(
        wire(lambda r, b: (r.with_header("Content-Length", None).head(), b, held())), OK
    ),
    "stalled before the last chunk": Row(as_chunks(BODY, held()), OK),
    "a chunk extension without end": Row(
        wire(
            lambda r, b: itertools.chain(
                (chunked_head(r), b"%x\r\n%b\r\n5;" % (len(b) // 2, half(b))), endless(b"x")
            )
        ),
        passing(TIMEOUT),
        ("first",),
    ),
    "stalled in the body of a 404": Row(
        instead(b"HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\nno", held()),
        fatal("BG_E_HTTP_ERROR_404"),
    ),
    "a drip of a header": Row(drip(b"HTTP/1.1 200 OK\r\nX: ", b"y"), passing(TIMEOUT)),
    "a drip of interim answers": Row(drip(b"", b"HTTP/1.1 103 Early\r\n\r\n"), passing(TIMEOUT)),
    "a drip of a 404's body": Row(
        drip(b"HTTP/1.1 404 No\r\nContent-Length: 60000\r\n\r\n", b"no"),
        fatal("BG_E_HTTP_ERROR_404"),
    ),
    "a drip that brings all": Row(
        wire(
            lambda r, b: itertools.chain(
                (r.head(),),
                dripping((b[i * len(b) // 30 : (i + 1) * len(b) // 30] for i in range(30)), 0.1),
            )
        ),
        OK,
    ),
}

# How long it is said to be.

LENGTH = rb"Content-Length: (\d+)"
WHOLE_FILE = ignore_range()  # 200, with the file's length


def whole_with(pattern: bytes, by: bytes, end: Iterable[Step] = (FIN,)) -> Fault:
    """A 200 with another head."""
    return lambda inner: swap(pattern, by, end=end)(WHOLE_FILE(inner))


LENGTHS = {
    "a negative Content-Length": Row(
        swap(LENGTH, b"Content-Length: -5", end=(FIN,)), passing(GARBLED)
    ),
    "a Content-Length of words": Row(
        swap(LENGTH, b"Content-Length: many", end=(FIN,)), passing(GARBLED)
    ),
    "an empty Content-Length": Row(swap(LENGTH, b"Content-Length:", end=(FIN,)), passing(GARBLED)),
    "a Content-Length of 2^64": Row(
        swap(LENGTH, b"Content-Length: 18446744073709551616", end=(FIN,)), fatal(INVALID)
    ),
    "a Content-Length of 10^30": Row(
        swap(LENGTH, b"Content-Length: 1" + b"0" * 30, end=(FIN,)), fatal(INVALID)
    ),
    "a whole file with a length of 10^30": Row(
        whole_with(LENGTH, b"Content-Length: 1" + b"0" * 30), fatal(INVALID)
    ),
    "a cut file with a length of 10^30": Row(
        lambda inner: wire(
            lambda r, b: (r.with_header("Content-Length", "1" + "0" * 30).head(), half(b), FIN)
        )(ignore_range()(inner)),
        fatal(INVALID),
    ),
    "two different Content-Lengths": Row(
        swap(LENGTH, rb"Content-Length: 7\r\nContent-Length: \1", end=(FIN,)), fatal(INVALID)
    ),
    "a whole file with two lengths": Row(
        whole_with(LENGTH, rb"Content-Length: 90000\r\nContent-Length: \1"), fatal(INVALID)
    ),
    "a list of different Content-Lengths": Row(
        swap(LENGTH, rb"Content-Length: \1, 7", end=(FIN,)), fatal(INVALID)
    ),
    "the same Content-Length twice": Row(
        swap(LENGTH, rb"Content-Length: \1\r\nContent-Length: \1"), OK
    ),
    "no Content-Length": Row(no_content_length(), OK),
    "a hexadecimal Content-Length": Row(
        swap(LENGTH, b"Content-Length: 0x10", end=(FIN,)), fatal(INVALID)
    ),
    "a body longer than its Content-Range": Row(
        lambda inner: lambda request: _longer(inner(request)), fatal(INVALID)
    ),
    "a shorter body, said so": Row(short_body(7), fatal(INVALID)),
    "a longer body, said so": Row(long_body(b"surplus"), fatal(INVALID)),
    "a shorter body": Row(short_body(7, is_declared=False), passing(CLOSED)),
    "a shorter body without a length": Row(
        wire(lambda r, b: (r.with_header("Content-Length", None).head(), b[:-7], FIN)),
        passing(CLOSED),
    ),
    "a cut whole file without a length": Row(
        lambda inner: wire(
            lambda r, b: (
                r.with_header("Content-Length", None)
                .with_header("Transfer-Encoding", "chunked")
                .head(),
                b"%x\r\n" % len(b) + half(b),
                FIN,
            )
        )(WHOLE_FILE(inner)),
        passing(CLOSED),
        is_anew=True,
    ),
    "Content-Length and chunks": Row(
        wire(
            lambda r, b: (
                r.with_header("Transfer-Encoding", "chunked").head(),
                b"%x\r\n%b\r\n0\r\n\r\n" % (len(b), b),
            )
        ),
        OK,
    ),
    "another Content-Length and chunks": Row(
        wire(
            lambda r, b: (
                r.with_header("Transfer-Encoding", "chunked")
                .with_header("Content-Length", "5")
                .head(),
                b"%x\r\n%b\r\n0\r\n\r\n" % (len(b), b),
            )
        ),
        fatal(INVALID),
    ),
}


def _longer(right: Response) -> Response:
    return (
        right.with_header("Content-Length", None)
        .with_header("Connection", "close")
        .with_body((*right.body, b"surplus"))
    )


CHUNKS = {
    "chunks": Row(chunked(), OK),
    "small chunks": Row(chunked(100), OK),
    "a chunk with a size that is none": Row(as_chunks(b"zz\r\n"), passing(CLOSED)),
    "a chunk of a negative size": Row(as_chunks(b"-5\r\n"), passing(CLOSED)),
    "a chunk of 2^64 bytes": Row(as_chunks(b"1" + b"0" * 16 + b"\r\n"), passing(CLOSED)),
    "a chunk size without an end": Row(as_chunks(*[b"0" * 4096] * 64), passing(CLOSED)),
    "no last chunk": Row(as_chunks(BODY, FIN), OK),
    "rubbish for the last chunk": Row(as_chunks(BODY, b"rubbish\r\n"), OK),
    "a chunk shorter than said": Row(
        wire(lambda r, b: (chunked_head(r), b"%x\r\n" % len(b) + half(b), FIN)), passing(CLOSED)
    ),
    "a chunk extension": Row(
        wire(lambda r, b: (chunked_head(r), b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(b), b))), OK
    ),
    "a huge chunk extension": Row(
        wire(lambda r, b: (chunked_head(r), b"%x;" % len(b), b"x" * 100_000, b"\r\n", b, FIN)),
        OK,
    ),
    "trailers": Row(as_chunks(BODY, b"0\r\nX-Sum: 1\r\n\r\n"), OK),
    "trailers that say otherwise": Row(
        as_chunks(
            BODY,
            b'0\r\nETag: "other"\r\nContent-Range: bytes 7-9/10\r\nContent-Encoding: gzip\r\n\r\n',
        ),
        OK,
    ),
    "a status line among the trailers": Row(
        as_chunks(BODY, b"0\r\nHTTP/1.1 404 Not Found\r\n\r\n"), OK
    ),
    "trailers without end": Row(
        wire(
            lambda r, b: itertools.chain(
                (chunked_head(r), b"%x\r\n%b\r\n0\r\n" % (len(b), b)), endless(b"X-T: y\r\n")
            )
        ),
        OK,
    ),
    "a trailer without end": Row(
        wire(
            lambda r, b: itertools.chain(
                (chunked_head(r), b"%x\r\n%b\r\n0\r\nX-T: " % (len(b), b)), endless(b"y")
            )
        ),
        OK,
    ),
    "an unknown Transfer-Encoding": Row(
        swap(LENGTH, b"Transfer-Encoding: lzma", end=(FIN,)), fatal(INVALID)
    ),
}
