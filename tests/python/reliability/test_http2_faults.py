# SPDX-License-Identifier: MIT
"""Servers that break HTTP/2, or use the rights it gives them: what a job makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from hpack.hpack import encode_integer
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from authority import HOST, Authority, save
from bitscb3 import File, JobState, Settings
from bitscb3.testing import (
    Content,
    Fault,
    Request,
    Resource,
    compressed,
    long_body,
    lying_206,
    other_range,
    short_body,
)
from http2_server import Answer, Http2Peer, Http2Server, body_of
from support import KIB, PATIENCE, covered, eventually, open_manager, settle

TALLY = "HTTP/2 faults"
pytestmark = pytest.mark.usefixtures("tally")

SIZE = 600 * KIB
CONTENT = Content(SIZE, 7)
HERE = (64 * KIB, 128 * KIB)  # filled before the fault
THERE = (300 * KIB, 200 * KIB)  # asked for while it lasts
CUT = 40_000  # bytes of a body that arrive before the fault; any window takes them
# A lost connection is made good once; one that is silent for a second is lost.
SETTINGS = Settings(reconnects=1, connect_timeout_s=2, stall_timeout_s=1, connections_per_file=1)

CLOSED = "BG_E_CONNECTION_CLOSED"
SILENT = "ERROR_TIMEOUT"
ENDLESS = f"{CLOSED} {SILENT}"  # by who sees it first
INVALID = "BG_E_INVALID_SERVER_RESPONSE"


class Ledger:
    """Looks, whenever a request arrives, whether it asks for what is here."""

    def __init__(self) -> None:
        self.file: File | None = None
        self.twice = 0  # bytes

    def check(self, request: Request) -> None:
        """Count what is asked for again."""
        here = list(self.file.filled_ranges()) if self.file is not None else []
        for asked in request.ranges:
            part = asked.resolve(SIZE)
            assert part is not None
            self.twice += sum(
                max(0, min(part.stop, old.end) - max(part.start, old.offset)) for old in here
            )


@contextmanager
def begun(
    tmp_path: Path, settings: Settings = SETTINGS
) -> Iterator[tuple[Http2Server, File, Ledger]]:
    """A server without fault, and a file of which something is here."""
    authority = Authority(tmp_path)
    pair = save(tmp_path, authority.identity.issue(HOST))
    ledger = Ledger()
    with (
        Http2Server(pair, Resource(CONTENT)) as server,
        open_manager(tmp_path, settings, ca_file=authority.file) as manager,
    ):
        job = manager.create_job("http2", on_demand=True)
        ledger.file = file = job.add_file(server.url(), tmp_path / "out")
        file.request_ranges([HERE]).result(PATIENCE)
        assert job.wait(PATIENCE) is JobState.SUSPENDED
        server.forget()
        yield server, file, ledger
        assert ledger.twice == 0


def check_disk(file: File, tmp_path: Path) -> None:
    """What is told to be here is of the file, what was here still is, and nothing looks finished."""
    filled = list(file.filled_ranges())
    for offset, length in filled:
        assert file.read(offset, length) == CONTENT[offset : offset + length]
    assert any(start <= HERE[0] and sum(HERE) <= start + length for start, length in filled)
    assert not (tmp_path / "out").exists()


# -- faults ---------------------------------------------------------------------------------------


def goaway(last: int, code: ErrorCodes = ErrorCodes.NO_ERROR) -> Frame:
    """No more requests here, and none after `last` was looked at."""
    return GoAwayFrame(0, last_stream_id=last, error_code=code)


def at_head(*frames: Callable[[int], Frame | bytes], ends: bool = False) -> Answer:
    """In place of an answer send these, given the stream."""

    def answer(peer: Http2Peer, stream: int, request: Request) -> None:
        for frame in frames:
            peer.send(frame(stream))
        if ends:
            peer.end()

    return answer


def in_body(*frames: Callable[[int], Frame | bytes], ends: bool = False) -> Answer:
    """Send the head and CUT bytes of the body, and then these."""

    def answer(peer: Http2Peer, stream: int, request: Request) -> None:
        response = peer.response(request)
        peer.head(stream, response)
        peer.body(stream, body_of(response)[:CUT], ends=False)
        at_head(*frames, ends=ends)(peer, stream, request)

    return answer


def reset_with(code: ErrorCodes) -> Callable[[int], Frame]:
    """End a stream."""
    return lambda stream: RstStreamFrame(stream, error_code=code)


def with_faults(*faults: Fault) -> Answer:
    """Say something untrue, in correct frames."""

    def answer(peer: Http2Peer, stream: int, request: Request) -> None:
        behaviour = peer.peer.server.behaviour
        for fault in faults:
            behaviour = fault(behaviour)
        response = behaviour(request)
        peer.head(stream, response)
        peer.body(stream, body_of(response))

    return answer


def longer(peer: Http2Peer, stream: int, request: Request) -> None:
    """Send more than Content-Length tells."""
    response = peer.response(request)
    peer.head(stream, response)
    peer.body(stream, body_of(response), ends=False)
    peer.send(DataFrame(stream, bytes(100), flags=["END_STREAM"]))


def shorter(peer: Http2Peer, stream: int, request: Request) -> None:
    """End the stream before Content-Length is reached."""
    response = peer.response(request)
    peer.head(stream, response)
    peer.body(stream, body_of(response)[:CUT])


def flood(*frames: Frame) -> Answer:
    """Send these without end, and take what the client says meanwhile."""

    def answer(peer: Http2Peer, stream: int, request: Request) -> None:
        many = b"".join(frame.serialize() for frame in frames) * 200
        while True:
            peer.peer.write(many)
            peer.peer.take_waiting()

    return answer


def flood_of_heads(peer: Http2Peer, stream: int, request: Request) -> None:
    """Begin a head that never ends."""
    peer.send(HeadersFrame(stream, peer.h2.encoder.encode([(":status", "206")])))
    while True:
        peer.peer.write(ContinuationFrame(stream, literal("x", "y" * 8000)).serialize())


def flood_of_hints(peer: Http2Peer, stream: int, request: Request) -> None:
    """Send informational heads without end."""
    block = literal(":status", "103") + literal("link", "y" * 100)
    flood(HeadersFrame(stream, block, flags=["END_HEADERS"]))(peer, stream, request)


def flood_of_nothing(peer: Http2Peer, stream: int, request: Request) -> None:
    """Send a head, and then a body of which there is nothing, without end."""
    peer.head(stream, peer.response(request))
    peer.flush()
    flood(DataFrame(stream, b""))(peer, stream, request)


def literal(name: str, value: str) -> bytes:
    """A field that is not to be indexed, as HPACK has it."""
    return b"\0" + b"".join(
        bytes(encode_integer(len(text), 7)) + text.encode() for text in (name, value)
    )


def head_with(*fields: tuple[str, str]) -> Callable[[int], Frame]:
    """A head in which such fields are."""
    block = b"\x8a" + b"".join(literal(*field) for field in fields)  # :status 206
    return lambda stream: HeadersFrame(stream, block, flags=["END_HEADERS"])


def push(stream: int) -> Frame:
    """Offer what nobody asked for."""
    block = b"\x82\x87" + literal(":path", "/g") + literal(":authority", HOST)
    return PushPromiseFrame(stream, 2, block, flags=["END_HEADERS"])


def upper_case(peer: Http2Peer, stream: int, request: Request) -> None:
    """Send field names as they may not be written."""
    response = peer.response(request)
    fields = [(":status", str(response.status)), *response.headers.items()]
    block = b"".join(literal(name, value) for name, value in fields)
    peer.send(HeadersFrame(stream, block, flags=["END_HEADERS"]))
    peer.send(DataFrame(stream, body_of(response)[:CUT]))


def downgrade(peer: Http2Peer, stream: int, request: Request) -> None:
    """Ask for HTTP/1.1, which is spoken from the next connection on where it is wanted."""
    peer.send(reset_with(ErrorCodes.HTTP_1_1_REQUIRED)(stream))


def hold(peer: Http2Peer, stream: int, request: Request) -> None:
    """Answer nothing."""


class Row(NamedTuple):
    """A fault and what it ends with, when it comes again and again."""

    answer: Answer
    code: str | None = None  # or several; None: the file is filled nevertheless, piece by piece
    is_final: bool = False


def row(answer: Answer, code: str | None = CLOSED, is_final: bool = False) -> Row:
    """A row."""
    return Row(answer, code, is_final)


CODES = [
    ErrorCodes.NO_ERROR,
    ErrorCodes.PROTOCOL_ERROR,
    ErrorCodes.INTERNAL_ERROR,
    ErrorCodes.REFUSED_STREAM,
    ErrorCodes.CANCEL,
    ErrorCodes.ENHANCE_YOUR_CALM,
]

FAULTS: dict[str, Row] = {
    **{f"stream reset before the head: {c.name}": row(at_head(reset_with(c))) for c in CODES},
    **{f"stream reset in the body: {c.name}": row(in_body(reset_with(c)), None) for c in CODES},
    "GOAWAY, not looked at": row(at_head(lambda _: goaway(0), ends=True)),
    "GOAWAY, not looked at, in the body": row(in_body(lambda _: goaway(0), ends=True), None),
    "GOAWAY with an error": row(at_head(lambda _: goaway(0, ErrorCodes.INTERNAL_ERROR), ends=True)),
    "GOAWAY: calm": row(at_head(lambda s: goaway(s, ErrorCodes.ENHANCE_YOUR_CALM), ends=True)),
    "GOAWAY, then the end in the body": row(in_body(goaway, ends=True), None),
    "FIN before the head": row(at_head(ends=True)),
    "FIN in the body": row(in_body(ends=True), None),
    "no answer": row(hold, SILENT),
    "longer than told": row(longer, None),
    "shorter than told": row(shorter, None),
    "PINGs without end": row(flood(PingFrame(0, bytes(8))), ENDLESS),
    "SETTINGS without end": row(flood(SettingsFrame(0, {3: 100})), ENDLESS),
    "empty DATA without end": row(flood_of_nothing, ENDLESS),
    "head without end": row(flood_of_heads),
    "hints without end": row(flood_of_hints),
    "garbage": row(at_head(lambda _: b"\xff" * 100)),
    "garbage in the body": row(in_body(lambda _: b"\xff" * 100), None),
    "HTTP/1.1": row(at_head(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
    "a frame too large": row(at_head(lambda s: b"\x01\x00\x00\x00\x00" + s.to_bytes(4, "big"))),
    "a frame cut off": row(
        in_body(lambda s: b"\x00\x40\x00\x00\x00" + s.to_bytes(4, "big"), ends=True), None
    ),
    "DATA on no stream": row(
        at_head(lambda _: DataFrame(1, b"x").serialize()[:5] + bytes(4) + b"x")
    ),
    "DATA on an idle stream": row(at_head(lambda s: DataFrame(s + 100, b"x"))),
    "DATA before the head": row(at_head(lambda s: DataFrame(s, b"x"))),
    "a head of an idle stream": row(
        at_head(lambda s: HeadersFrame(2, b"\x88", flags=["END_HEADERS"]))
    ),
    "a head without status": row(
        at_head(lambda s: HeadersFrame(s, literal("a", "b"), flags=["END_HEADERS"]))
    ),
    "a status of no number": row(
        at_head(lambda s: HeadersFrame(s, literal(":status", "abc"), flags=["END_HEADERS"]))
    ),
    "a head that cannot be read": row(
        at_head(lambda s: HeadersFrame(s, b"\xff" * 20, flags=["END_HEADERS"]))
    ),
    "upper case": row(upper_case),
    "Connection": row(at_head(head_with(("connection", "close")))),
    "two lengths": row(at_head(head_with(("content-length", "5"), ("content-length", "6")))),
    "no window": row(at_head(lambda s: WindowUpdateFrame(s, 1).serialize()[:-1] + b"\0")),
    "a window too large": row(at_head(lambda _: WindowUpdateFrame(0, 2**31 - 1))),
    "settings out of bounds": row(at_head(lambda _: SettingsFrame(0, {4: 2**31}))),
    "CONTINUATION of nothing": row(at_head(lambda s: ContinuationFrame(s, b""))),
    "push": row(at_head(push)),
    "HTTP/1.1 required": row(downgrade, None),
    "another range": row(with_faults(other_range(10)), INVALID, True),
    "another range than told": row(with_faults(lying_206(shift=10)), INVALID, True),
    "more than told in Content-Range": row(with_faults(lying_206(stretch=10)), INVALID, True),
    "compressed": row(with_faults(compressed()), INVALID, True),
    "a short body": row(with_faults(short_body(10)), INVALID, True),
    "a long body": row(with_faults(long_body(b"x" * 10)), INVALID, True),
}


SLOW = ["PINGs without end", "SETTINGS without end"]


@pytest.mark.parametrize("name", FAULTS)
def test_fault(name: str, tmp_path: Path, is_long: bool) -> None:
    """A fault that stays is an error, or costs time only; one that passes is not seen at all."""
    if name in SLOW and not is_long:
        pytest.skip("it takes three times a second of silence: with --long only")
    fault, code, is_final = FAULTS[name]
    with begun(tmp_path) as (server, file, ledger):
        job = file.job

        def always(peer: Http2Peer, stream: int, request: Request) -> None:
            ledger.check(request)
            fault(peer, stream, request)

        def once(peer: Http2Peer, stream: int, request: Request) -> None:
            server.answer = well
            always(peer, stream, request)

        def well(peer: Http2Peer, stream: int, request: Request) -> None:
            ledger.check(request)
            peer.respond(stream, request)

        server.answer = always
        request = file.request_ranges([THERE])
        ends = (JobState.ERROR, JobState.TRANSIENT_ERROR, JobState.SUSPENDED)
        eventually(lambda: request.done() or job.state in ends)
        error = job.error
        if code is None:
            assert error is None
            request.result(PATIENCE)
        else:
            assert error is not None
            assert error.name in code.split()
            end = JobState.ERROR if is_final else JobState.TRANSIENT_ERROR
            assert job.state is end
        check_disk(file, tmp_path)
        server.answer = well if is_final else once
        job.on_demand = False
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
        assert (tmp_path / "out").read_bytes() == CONTENT[:]


# -- what a server may do ---------------------------------------------------------------------------

MANY = [(index * 20 * KIB, 5 * KIB) for index in range(30)]


def after(count: int, then: Callable[[Http2Peer, int], None]) -> Answer:
    """Answer so many requests of each connection, and do something to it."""

    def answer(peer: Http2Peer, stream: int, request: Request) -> None:
        peer.respond(stream, request)
        peer.flush()
        if peer.count == count:
            then(peer, stream)

    return answer


def leave_gracefully(peer: Http2Peer, stream: int) -> None:
    """Take no more requests on this connection, as nginx after keepalive_requests."""
    peer.send(goaway(stream))
    peer.end()


def leave_anyhow(peer: Http2Peer, stream: int) -> None:
    """Be gone."""
    peer.end()


def leave_in_two_steps(peer: Http2Peer, stream: int) -> None:
    """Announce the end before it is known which request is the last one."""
    peer.send(goaway(2**31 - 1))
    peer.send(goaway(stream))
    peer.end()


def leave_without_the_last(peer: Http2Peer, stream: int, request: Request) -> None:
    """Answer three requests of each connection, and go away with a fourth one under way."""
    if peer.count <= 3:
        peer.respond(stream, request)
        return
    response = peer.response(request)
    peer.head(stream, response)
    peer.body(stream, body_of(response)[:1000], ends=False)
    peer.send(goaway(stream - 2))
    peer.end()


def padded(peer: Http2Peer, stream: int, request: Request) -> None:
    """Send a body in small frames, each with as much padding as there may be."""
    response = peer.response(request)
    data = body_of(response)
    peer.head(stream, response)
    for start in range(0, len(data), 100):
        peer.body(stream, data[start : start + 100], start + 100 >= len(data), 255)


def crumbs(peer: Http2Peer, stream: int, request: Request) -> None:
    """Send a body in frames of a few bytes, with frames between that mean nothing."""
    response = peer.response(request)
    data = body_of(response)
    peer.head(stream, response)
    for start in range(0, len(data), 64):
        peer.body(stream, data[start : start + 64], start + 64 >= len(data))
        if start % 4096 == 0:
            peer.send(b"\0\0\4\xbe\0" + stream.to_bytes(4, "big") + b"what")  # of no known type


def with_trailers(peer: Http2Peer, stream: int, request: Request) -> None:
    """Send after the body what could be mistaken for another head."""
    response = peer.response(request)
    peer.head(stream, response)
    peer.body(stream, body_of(response), ends=False)
    trailers = [("etag", '"another"'), ("content-range", "bytes 0-9/10"), ("content-length", "10")]
    peer.h2.send_headers(stream, trailers, end_stream=True)


def with_hints(peer: Http2Peer, stream: int, request: Request) -> None:
    """Send informational heads before the answer."""
    block = literal(":status", "103") + literal("etag", '"another"') + literal("link", "</a>")
    peer.send(HeadersFrame(stream, block, flags=["END_HEADERS"]))
    peer.respond(stream, request)


def backwards(peer: Http2Peer, stream: int, request: Request) -> None:
    """Let no window be updated for the client: it never sends a body."""
    peer.send(SettingsFrame(0, {SettingCodes.INITIAL_WINDOW_SIZE: 0}))
    peer.respond(stream, request)


ALLOWED: dict[str, tuple[Answer, dict[int, int]]] = {
    "GOAWAY after every request": (after(1, leave_gracefully), {}),
    "GOAWAY after three requests": (after(3, leave_gracefully), {}),
    "GOAWAY in two steps": (after(3, leave_in_two_steps), {}),
    "GOAWAY without the last request": (leave_without_the_last, {}),
    "the end after three requests": (after(3, leave_anyhow), {}),
    "one stream at a time": (Http2Peer.respond, {SettingCodes.MAX_CONCURRENT_STREAMS: 1}),
    "no window": (backwards, {SettingCodes.INITIAL_WINDOW_SIZE: 0}),
    "padding": (padded, {}),
    "small frames": (crumbs, {}),
    "trailers": (with_trailers, {}),
    "hints": (with_hints, {}),
}


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("name", ALLOWED)
def test_allowed(name: str, connections: int, tmp_path: Path) -> None:
    """What HTTP/2 allows is no error: each range is fetched and told once, then the rest of the file."""
    answer, settings = ALLOWED[name]
    told: list[tuple[int, int]] = []
    errors: list[object] = []
    options = Settings(connections_per_file=connections, stall_timeout_s=3)
    with begun(tmp_path, options) as (server, file, ledger):

        def checked(peer: Http2Peer, stream: int, request: Request) -> None:
            if connections == 1:
                ledger.check(request)
            answer(peer, stream, request)

        job = file.job
        job.on_ranges(lambda job, file, ranges: told.extend(ranges))
        job.on_error(lambda job, error: errors.append(error))
        server.settings = settings
        server.answer = checked
        server.close_all()  # the next connection begins with these settings
        for one in [file.request_ranges([wanted]) for wanted in MANY]:
            one.result(PATIENCE)
        check_disk(file, tmp_path)
        job.on_demand = False
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        settle(job)
        job.complete()
        assert (tmp_path / "out").read_bytes() == CONTENT[:]
        assert errors == []
        assert job.manager.stats().retries == 0  # nor was there one that passed
        assert covered(told) == [(0, SIZE)]


def test_silent_connection(tmp_path: Path) -> None:
    """A connection that has fallen silent is not used again, whoever else waits on it."""
    options = Settings(connections_per_file=4, stall_timeout_s=1)
    with begun(tmp_path, options) as (server, file, _):
        silent: list[Http2Peer] = []  # once for each request

        def answer(peer: Http2Peer, stream: int, request: Request) -> None:
            if silent and peer is not silent[0]:
                peer.respond(stream, request)
            else:
                silent.append(peer)

        server.answer = answer
        for one in [file.request_ranges([wanted]) for wanted in MANY]:
            one.result(PATIENCE)
        assert file.job.error is None
        assert len(silent) <= options.connections_per_host  # that were under way together


def test_one_stream_fails(tmp_path: Path) -> None:
    """A stream that is reset costs the others of its connection nothing."""
    with begun(tmp_path, Settings(connections_per_file=4)) as (server, file, _):
        bad = (200 * KIB, 20 * KIB)
        seen: list[int] = []
        resets = [1, 2]

        def answer(peer: Http2Peer, stream: int, request: Request) -> None:
            seen.append(id(peer))
            if request.ranges[0].offset == bad[0] and resets:
                resets.pop()
                peer.send(reset_with(ErrorCodes.INTERNAL_ERROR)(stream))
            else:
                peer.respond(stream, request)

        server.answer = answer
        good = [file.request_ranges([(offset, 10)]) for offset in range(250 * KIB, 290 * KIB, KIB)]
        failing = file.request_ranges([bad])
        for one in good:
            one.result(PATIENCE)
        failing.result(PATIENCE)
        assert len(set(seen)) == 1
