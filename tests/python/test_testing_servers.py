# SPDX-License-Identifier: MIT
"""The fault server: what it puts on the wire, byte by byte, without faults and with each."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from bitscb3.testing import (
    Content,
    FaultServer,
    Hangup,
    Multipart,
    MultiRange,
    Request,
    Resource,
    Response,
    Stall,
    change_after,
    chunked,
    compressed,
    cut_after,
    flaky,
    header,
    ignore_range,
    ignores_conditions,
    long_body,
    lying_206,
    merged,
    multi_range,
    no_content_length,
    no_etag,
    no_validators,
    other_range,
    raw,
    redirect,
    refuse_head,
    short_body,
    stall_after,
    status,
    weak_etag,
    wrong_total,
)

DATA = bytes(range(256)) * 4
ETAG, LAST_MODIFIED = Resource(DATA).validators
PAST = "Wed, 01 Jan 2020 00:00:00 GMT"


@dataclass(frozen=True)
class Answer:
    """A response as a client reads it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        """A header's value."""
        return self.headers[name]


def fetch(url: str, method: str = "GET", **headers: str) -> Answer:
    """Make one request; `if_match="x"` sends `if-match: x`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        target = parts._replace(scheme="", netloc="").geturl()
        connection.request(method, target, headers=names)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def connect(url: str, *lines: str, method: str = "GET") -> socket.socket:
    """Send one request that asks for the connection to be closed after it."""
    parts = urlsplit(url)
    client = socket.create_connection((parts.hostname, parts.port or 80), timeout=10)
    head = [f"{method} {parts.path} HTTP/1.1", "Host: test", "Connection: close", *lines, "", ""]
    client.sendall("\r\n".join(head).encode())
    return client


def read_into(received: bytearray, client: socket.socket) -> None:
    """Add to `received` all that comes until the connection ends."""
    while data := client.recv(65536):
        received += data


def wire(url: str, *lines: str, method: str = "GET") -> bytes:
    """Make one request and return every byte of the answer until the connection ends."""
    received = bytearray()
    with connect(url, *lines, method=method) as client:
        read_into(received, client)
    return bytes(received)


def wire_body(url: str, *lines: str) -> bytes:
    """The bytes of an answer after its header block."""
    return wire(url, *lines).partition(b"\r\n\r\n")[2]


def test_a_whole_file_is_exact_on_the_wire(fault_server: FaultServer) -> None:
    """A response holds the status line, the headers as given and the body, and nothing else."""
    url = fault_server.serve("/a", Resource(b"hello", etag='"e"', last_modified="x"))
    assert wire(url) == (
        b'HTTP/1.1 200 OK\r\nETag: "e"\r\nLast-Modified: x\r\nAccept-Ranges: bytes\r\n'
        b"Content-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\nhello"
    )


def test_a_range_is_served_as_asked(fault_server: FaultServer) -> None:
    """A range inside, at and across the end is a 206 with its part; beyond it is a 416."""
    url = fault_server.serve("/a", Resource(DATA))
    for value, part in [("10-19", (10, 20)), ("1000-", (1000, 1024)), ("-24", (1000, 1024))]:
        answer = fetch(url, range=f"bytes={value}")
        assert (answer.status, answer.body) == (206, DATA[part[0] : part[1]])
        assert answer["Content-Range"] == f"bytes {part[0]}-{part[1] - 1}/1024"
    beyond = fetch(url, range="bytes=1024-")
    assert (beyond.status, beyond["Content-Range"]) == (416, "bytes */1024")


def test_several_ranges_are_parts_on_the_wire(fault_server: FaultServer) -> None:
    """Several ranges are answered by parts with the boundary, order and lines that were set."""
    form = Multipart("XX", lambda p: p[::-1], ["content-range: {range}", "X: 1"], b"pre\r\n")
    answer = fetch(
        fault_server.serve("/a", Resource(b"0123456789", multipart=form)), range="bytes=0-1,4-6,70-"
    )
    assert answer.status == 206
    assert answer["Content-Type"] == "multipart/byteranges; boundary=XX"
    assert answer.body == (
        b"pre\r\n--XX\r\ncontent-range: bytes 4-6/10\r\nX: 1\r\n\r\n456"
        b"\r\n--XX\r\ncontent-range: bytes 0-1/10\r\nX: 1\r\n\r\n01\r\n--XX--\r\n"
    )
    assert int(answer["Content-Length"] or 0) == len(answer.body)


def test_parts_may_be_merged_and_dropped(fault_server: FaultServer) -> None:
    """Ranges that touch are merged into one 206, and dropped ones are left out."""
    touching = Resource(DATA, multipart=Multipart(arrange=merged))
    answer = fetch(fault_server.serve("/a", touching), range="bytes=10-19,0-9,5-12")
    assert (answer["Content-Range"], answer.body) == ("bytes 0-19/1024", DATA[:20])
    dropping = Resource(DATA, multipart=Multipart(arrange=lambda parts: parts[1:]))
    body = fetch(fault_server.serve("/b", dropping), range="bytes=0-0,2-2,4-4").body
    assert [f"bytes {i}-{i}/1024".encode() in body for i in (0, 2, 4)] == [False, True, True]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("if_match", ETAG, 206),
        ("if_match", f'"x", {ETAG}', 206),
        ("if_match", "*", 206),
        ("if_match", '"x"', 412),
        ("if_unmodified_since", LAST_MODIFIED, 206),
        ("if_unmodified_since", PAST, 412),
        ("if_range", ETAG, 206),
        ("if_range", LAST_MODIFIED, 206),
        ("if_range", '"x"', 200),
    ],
)
def test_conditions_are_kept(fault_server: FaultServer, name: str, value: str, code: int) -> None:
    """A condition that holds serves the range; a miss is a 412, or the whole file for If-Range."""
    url = fault_server.serve("/a", Resource(DATA))
    assert fetch(url, range="bytes=0-9", **{name: value}).status == code


def test_head_has_the_headers_of_get(fault_server: FaultServer) -> None:
    """HEAD is answered by the header block of GET and no body, also with a range."""
    url = fault_server.serve("/a", Resource(DATA))
    for lines in ([], ["Range: bytes=0-9"]):
        head, _, body = wire(url, *lines).partition(b"\r\n\r\n")
        assert wire(url, *lines, method="HEAD") == head + b"\r\n\r\n"
        assert body


def test_a_connection_is_kept(fault_server: FaultServer) -> None:
    """Requests sent together on one connection are answered one after the other on it."""
    fault_server.serve("/a", Resource(b"ab"))
    with socket.create_connection(fault_server.address, timeout=10) as client:
        client.sendall(b"GET /a HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nConnection: close\r\n\r\n")
        answers = bytearray()
        read_into(answers, client)
    assert answers.count(b"\r\n\r\nab") == 2
    assert [record.connection for record in fault_server.requests] == [1, 1]


def test_every_request_is_recorded(fault_server: FaultServer) -> None:
    """A record holds what was asked and answered, and a byte that was read is counted."""
    url = fault_server.serve("/a", Resource(DATA))
    fetch(url + "?q=1", range="bytes=0-9,-4", x_y="z")
    assert fetch(url, "HEAD").status == 200
    assert fetch(fault_server.url("/none"), "POST").status == 404
    first, second, third = fault_server.wait_for(lambda r: len(r) == 3 and r[-1].finished)
    assert (first.method, first.target, first.path, first.status) == ("GET", "/a?q=1", "/a", 206)
    assert (first.ranges, first.headers["x-y"]) == (((0, 10), (-4, None)), "z")
    assert (second.method, second.status, second.bytes_sent) == ("HEAD", 200, 0)
    assert (third.path, third.status) == ("/none", 404)
    assert fault_server.bytes_sent("/a") == first.bytes_sent
    fetch(url, range="bytes=100-199")
    assert fault_server.bytes_sent("/a") == first.bytes_sent + 100


def test_the_body_of_a_request_is_read(fault_server: FaultServer) -> None:
    """A handler gets the body of a request, and a response made by hand is sent as it is."""

    def echo(request: Request) -> Response:
        return Response(299, {"content-LENGTH": str(len(request.body))}, [request.body])

    url = fault_server.serve("/a", echo)
    answer = wire(url, "Content-Length: 3", "", "abc", method="PUT")
    assert answer.startswith(b"HTTP/1.1 299 Unknown\r\ncontent-LENGTH: 3\r\n\r\nabc")


def test_a_wait_for_requests_ends(fault_server: FaultServer) -> None:
    """A wait for requests that do not come ends with TimeoutError."""
    with pytest.raises(TimeoutError, match="last requests"):
        fault_server.wait_for(lambda records: records, timeout=0.01)


def test_an_error_in_a_behaviour_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in a behaviour ends the connection and reaches `threading.excepthook`."""
    errors: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: errors.append(args.exc_value))
    with FaultServer() as server:
        assert wire(server.serve("/a", Resource(DATA), chunked(), short_body(1))) == b""
    assert "has no Content-Length" in str(errors[0])


def test_a_status_is_sent_as_given(fault_server: FaultServer) -> None:
    """`status` sends its status, headers and body."""
    url = fault_server.serve("/a", status(429, {"Retry-After": "1"}, b"no"))
    assert wire(url) == (
        b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\nno"
    )


def test_redirects_lead_elsewhere(fault_server: FaultServer) -> None:
    """`redirect` sends its status and the other address."""
    answer = fetch(fault_server.serve("/a", redirect("/b?x", 307)))
    assert (answer.status, answer["Location"], answer.body) == (307, "/b?x", b"")


def test_raw_bytes_are_all_that_is_sent(fault_server: FaultServer) -> None:
    """`raw` sends its bytes only, to HEAD too, and then ends the connection."""
    url = fault_server.serve("/a", raw(b"HTTP/1.1 2", b"00 ?\n\n"))
    assert wire(url) == wire(url, method="HEAD") == b"HTTP/1.1 200 ?\n\n"
    assert wire(fault_server.serve("/b", raw(Hangup()))) == b""


def test_ranges_may_be_ignored(fault_server: FaultServer) -> None:
    """`ignore_range` answers a range with 200 and the whole file, and offers none."""
    answer = fetch(fault_server.serve("/a", Resource(DATA), ignore_range()), range="bytes=5000-")
    assert (answer.status, answer.body) == (200, DATA)
    assert answer["Accept-Ranges"] is answer["Content-Range"] is None


def test_conditions_may_be_ignored(fault_server: FaultServer) -> None:
    """`ignores_conditions` answers 206 although every condition misses."""
    url = fault_server.serve("/a", Resource(DATA), ignores_conditions())
    for name, value in [("if_match", '"x"'), ("if_unmodified_since", PAST), ("if_range", '"x"')]:
        assert fetch(url, range="bytes=0-9", **{name: value}).status == 206


def test_head_may_be_refused(fault_server: FaultServer) -> None:
    """`refuse_head` answers HEAD with its status and GET as ever."""
    url = fault_server.serve("/a", Resource(DATA), refuse_head(403))
    assert [fetch(url, "HEAD").status, fetch(url).status] == [403, 200]


@pytest.mark.parametrize(
    ("policy", "code", "part", "body"),
    [
        ("refuse416", 416, "bytes */1024", b""),
        ("whole200", 200, None, DATA),
        ("first_only", 206, "bytes 0-0/1024", DATA[:1]),
    ],
)
def test_several_ranges_may_be_too_many(
    fault_server: FaultServer, policy: MultiRange, code: int, part: str | None, body: bytes
) -> None:
    """`multi_range` refuses, ignores or cuts several ranges, and serves single ones."""
    url = fault_server.serve("/a", Resource(DATA), multi_range(policy))
    answer = fetch(url, range="bytes=0-0,5-6")
    assert (answer.status, answer["Content-Range"], answer.body) == (code, part, body)
    assert fetch(url, range="bytes=5-6").body == DATA[5:7]


def test_ranges_after_the_tenth_may_be_dropped(fault_server: FaultServer) -> None:
    """`limit10` serves the first ten parts of twelve, and `serve` all of them."""
    several = "bytes=" + ",".join(f"{i}-{i}" for i in range(0, 24, 2))
    limited = fault_server.serve("/a", Resource(DATA), multi_range("limit10"))
    unlimited = fault_server.serve("/b", Resource(DATA), multi_range("serve"))
    bodies = [fetch(url, range=several).body for url in (limited, unlimited)]
    assert [body.count(b"Content-Range") for body in bodies] == [10, 12]
    assert b"bytes 18-18/" in bodies[0]


def test_another_range_may_be_served(fault_server: FaultServer) -> None:
    """`other_range` serves a range further on and says so."""
    answer = fetch(fault_server.serve("/a", Resource(DATA), other_range(5)), range="bytes=0-9")
    assert (answer["Content-Range"], answer.body) == ("bytes 5-14/1024", DATA[5:15])


def test_any_header_may_be_set_or_removed(fault_server: FaultServer) -> None:
    """`header` replaces a header in its place, or removes it."""
    url = fault_server.serve(
        "/a", Resource(b"", etag="e"), header("etag", "f"), header("Last-Modified", None)
    )
    assert wire(url).startswith(b"HTTP/1.1 200 OK\r\nETag: f\r\nAccept-Ranges: bytes\r\n")


def test_there_may_be_no_etag(fault_server: FaultServer) -> None:
    """`no_etag` leaves Last-Modified and its conditions only."""
    url = fault_server.serve("/a", Resource(DATA), no_etag())
    answer = fetch(url, range="bytes=0-9", if_match='"x"', if_range='"x"')
    assert answer.status == 206
    assert (answer["ETag"], answer["Last-Modified"]) == (None, LAST_MODIFIED)
    assert fetch(url, if_unmodified_since=PAST).status == 412
    assert fetch(url, range="bytes=0-9", if_range=PAST).status == 200


def test_an_etag_may_be_weak(fault_server: FaultServer) -> None:
    """`weak_etag` sends a weak ETag that meets no condition, and ranges are served without one."""
    url = fault_server.serve("/a", Resource(DATA), weak_etag())
    answer = fetch(url, range="bytes=0-9")
    assert (answer.status, answer["ETag"]) == (206, f"W/{ETAG}")
    for tag in (ETAG, f"W/{ETAG}"):
        assert fetch(url, range="bytes=0-9", if_match=tag).status == 412
        assert fetch(url, range="bytes=0-9", if_range=tag).status == 200
    assert fetch(url, range="bytes=0-9", if_range=LAST_MODIFIED).status == 206
    assert fetch(url, if_match="*").status == 200


def test_there_may_be_no_validators(fault_server: FaultServer) -> None:
    """`no_validators` sends neither ETag nor Last-Modified and serves whatever the condition."""
    url = fault_server.serve("/a", Resource(DATA), no_validators())
    answer = fetch(url, range="bytes=0-9", if_match='"x"')
    assert answer.status == 206
    assert answer["ETag"] is answer["Last-Modified"] is None


def test_content_range_may_lie(fault_server: FaultServer) -> None:
    """`lying_206` and `wrong_total` change Content-Range only, and only that of a 206."""
    for path, fault, claim in [
        ("/a", lying_206(shift=1), "bytes 11-20/1024"),
        ("/b", lying_206(stretch=-2), "bytes 10-17/1024"),
        ("/c", wrong_total(7), "bytes 10-19/1031"),
    ]:
        url = fault_server.serve(path, Resource(DATA), fault)
        answer = fetch(url, range="bytes=10-19")
        assert (answer.status, answer["Content-Range"]) == (206, claim)
        assert (answer["Content-Length"], answer.body) == ("10", DATA[10:20])
        assert fetch(url)["Content-Range"] is None


def test_a_body_may_be_short(fault_server: FaultServer) -> None:
    """`short_body` leaves bytes out, with a Content-Length that tells or one that promises more."""
    told = fault_server.serve("/a", Resource(DATA), short_body(3))
    answer = fetch(told, range="bytes=0-9")
    assert (answer["Content-Range"], answer["Content-Length"]) == ("bytes 0-9/1024", "7")
    assert answer.body == DATA[:7]
    untold = fault_server.serve("/b", Resource(DATA), short_body(3, is_declared=False))
    assert wire_body(untold, "Range: bytes=0-9") == DATA[:7]
    with pytest.raises(http.client.IncompleteRead):
        fetch(untold)


def test_a_body_may_be_long(fault_server: FaultServer) -> None:
    """`long_body` adds bytes that Content-Length counts, or that follow what it counts."""
    told = fault_server.serve("/a", Resource(b"ab"), long_body(b"XY"))
    assert (fetch(told).body, fetch(told)["Content-Length"]) == (b"abXY", "4")
    untold = fault_server.serve("/b", Resource(b"ab"), long_body(b"XY", is_declared=False))
    assert (fetch(untold).body, wire_body(untold)) == (b"ab", b"abXY")


def test_a_body_may_be_compressed(fault_server: FaultServer) -> None:
    """`compressed` sends a gzipped body although identity was asked for."""
    url = fault_server.serve("/a", Resource(DATA), compressed())
    answer = fetch(url, accept_encoding="identity")
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.body) == DATA


def test_a_body_may_end_with_the_connection(fault_server: FaultServer) -> None:
    """`no_content_length` sends the body without a length and ends the connection."""
    answer = fetch(fault_server.serve("/a", Resource(DATA), no_content_length()))
    assert (answer["Content-Length"], answer["Connection"], answer.body) == (None, "close", DATA)


def test_a_body_may_be_chunked(fault_server: FaultServer) -> None:
    """`chunked` frames the body in chunks of its size and sends no length."""
    url = fault_server.serve("/a", Resource(b"0123456789ab"), chunked(10))
    assert wire_body(url) == b"a\r\n0123456789\r\n2\r\nab\r\n0\r\n\r\n"
    assert (fetch(url)["Content-Length"], fetch(url).body) == (None, b"0123456789ab")


@pytest.mark.parametrize("n_bytes", [0, 1, 70_000, 500_000])
def test_a_body_may_be_cut(fault_server: FaultServer, n_bytes: int) -> None:
    """`cut_after` sends exactly so many bytes, then FIN or RST, and counts them."""
    content = Content(600_000)
    ended = fault_server.serve("/a", Resource(content), cut_after(n_bytes))
    assert wire_body(ended) == content[:n_bytes]
    assert fault_server.bytes_sent("/a") == n_bytes
    with connect(fault_server.serve("/b", Resource(content), cut_after(n_bytes, reset=True))) as c:
        received = bytearray()
        with pytest.raises(ConnectionResetError):
            read_into(received, c)
        assert received.partition(b"\r\n\r\n")[2] == content[:n_bytes]


def test_a_short_enough_body_is_not_cut(fault_server: FaultServer) -> None:
    """`cut_after` and `stall_after` leave a body alone that has fewer bytes."""
    faults = (stall_after(11, threading.Event()), cut_after(11))
    url = fault_server.serve("/a", Resource(DATA), *faults)
    assert fetch(url, range="bytes=0-9").body == DATA[:10]


def test_a_body_may_stall(fault_server: FaultServer) -> None:
    """`stall_after` sends exactly so many bytes, and the rest once it is released."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(DATA), stall_after(100, release))
    with connect(url) as client:
        fault_server.wait_for(lambda records: records and records[0].stalled)
        assert fault_server.bytes_sent("/a") == 100
        received = bytearray()
        while len(received.partition(b"\r\n\r\n")[2]) < 100:
            received += client.recv(65536)
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(1)
        client.setblocking(True)
        release.set()
        read_into(received, client)
    assert received.endswith(b"\r\n\r\n" + DATA)


def test_a_silent_server_never_answers(fault_server: FaultServer) -> None:
    """`raw` with a stall takes the request and sends nothing until it is released."""
    release = threading.Event()
    with connect(fault_server.serve("/a", raw(Stall(release), b"late"))) as client:
        fault_server.wait_for(lambda records: records and records[0].stalled)
        release.set()
        assert client.recv(65536) == b"late"


def test_a_file_may_change(fault_server: FaultServer) -> None:
    """`change_after` serves another file with other validators from some request on."""
    url = fault_server.serve("/a", Resource(b"old"), change_after(2, Resource(b"new", version=2)))
    answers = [fetch(url) for _ in range(4)]
    assert [answer.body for answer in answers] == [b"old", b"old", b"new", b"new"]
    assert len({answer["ETag"] for answer in answers}) == 2
    assert len({answer["Last-Modified"] for answer in answers}) == 2
    assert fetch(url, if_match=answers[0]["ETag"] or "").status == 412
    assert fetch(url, if_unmodified_since=answers[0]["Last-Modified"] or "").status == 412


def test_a_server_may_fail_at_first(fault_server: FaultServer) -> None:
    """`flaky` fails so many requests of one path, then serves."""
    fault = flaky(2, status(503))
    for path in ("/a", "/b"):
        url = fault_server.serve(path, Resource(DATA), fault)
        assert [fetch(url).status for _ in range(3)] == [503, 503, 200]


def test_faults_compose(fault_server: FaultServer) -> None:
    """Faults apply from the first to the last: the last sees the frame that those before made."""
    url = fault_server.serve("/a", Resource(b"0123456789"), wrong_total(1), chunked(), cut_after(5))
    answer = wire(url, "Range: bytes=0-7")
    assert b"Content-Range: bytes 0-7/11\r\n" in answer
    assert answer.endswith(b"\r\n\r\n8\r\n01")


def test_a_fault_server_ends_with_clients_in_any_state() -> None:
    """Leaving the server ends a stalled, an unread, an idle and a silent connection."""
    with FaultServer() as server:
        stalled = server.serve("/a", Resource(DATA), stall_after(10, threading.Event()))
        unread = server.serve("/b", Resource(Content(1 << 30)))
        clients = [connect(stalled), connect(unread), socket.create_connection(server.address)]
        server.wait_for(lambda r: len(r) == 2 and any(x.stalled for x in r) and r[1].bytes_sent)
    for client in clients:
        client.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("bitscb3-fault")]


def test_a_client_that_leaves_ends_its_response(fault_server: FaultServer) -> None:
    """A client that goes away early ends the response, and few bytes more than it read are sent."""
    with connect(fault_server.serve("/a", Resource(Content(1 << 30)))) as client:
        client.recv(1000)
    (record,) = fault_server.wait_for(lambda records: records[0].finished)
    assert record.bytes_sent < 1 << 25
