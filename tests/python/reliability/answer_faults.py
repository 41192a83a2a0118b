# SPDX-License-Identifier: MIT
"""Whole answers: their heads, versions, codings, redirects and statuses."""

from __future__ import annotations

from server_faults import (
    CHANGED,
    DATA,
    FIN,
    GARBLED,
    INVALID,
    OK,
    OTHER,
    REMOTE,
    RIGHT,
    RST,
    TOO_FAR,
    Row,
    added,
    always,
    answered,
    each_time,
    fatal,
    forever,
    instead,
    passing,
    swap,
    wire,
)

from bitscb3.testing import (
    Behaviour,
    Fault,
    Resource,
    compressed,
    header,
    ignores_conditions,
    no_etag,
    no_validators,
    redirect,
    status,
    weak_etag,
)

FIRST = rb"\A([^\r]*)\r\n"  # the status line
LINE = rb"\AHTTP/1.1 206 Partial Content"
RANGE = rb"Content-Range: bytes (\d+)-(\d+)/(\d+)"
NOT_HTTP = fatal(INVALID)


def lines_end(by: bytes) -> Fault:
    """End the lines of the head otherwise."""
    return wire(lambda r, b: (r.head().replace(b"\r\n", by), b, FIN))


HEADS = {
    "a status line without a reason": Row(swap(LINE, b"HTTP/1.1 206"), OK),
    "a status line with an empty reason": Row(swap(LINE, b"HTTP/1.1 206 "), OK),
    "a status of four digits": Row(swap(LINE, b"HTTP/1.1 2060 What", end=(FIN,)), NOT_HTTP),
    "a status of two digits": Row(swap(LINE, b"HTTP/1.1 20 What", end=(FIN,)), NOT_HTTP),
    "a status of words": Row(swap(LINE, b"HTTP/1.1 fine", end=(FIN,)), NOT_HTTP),
    "HTTP/3.7": Row(swap(rb"HTTP/1.1", b"HTTP/3.7", end=(FIN,)), NOT_HTTP),
    "HTTP/2 for HTTP/1.1": Row(swap(rb"HTTP/1.1", b"HTTP/2"), NOT_HTTP),
    "ICY": Row(swap(LINE, b"ICY 200 OK", end=(FIN,)), NOT_HTTP),
    "HTTP/0.9": Row(wire(lambda r, b: (b, FIN)), NOT_HTTP),
    "another protocol": Row(instead(b"220 ftp ready\r\n", FIN), NOT_HTTP),
    "lines that end in LF": Row(lines_end(b"\n"), OK),
    "lines that end in CR": Row(lines_end(b"\r"), passing(GARBLED)),
    "a header without a colon": Row(added(b"Nonsense"), passing(GARBLED)),
    "a header without a name": Row(added(b": value"), OK),
    "a NUL in a header": Row(added(b"X-Odd: a\0b"), passing(GARBLED)),
    "bytes over 127 in a header": Row(added(b"X-Odd: \xe9\xff"), OK),
    "a folded header": Row(added(b"X-Odd: a\r\n b"), OK),
    "a folded Content-Range": Row(
        swap(rb"Content-Range: bytes ", b"Content-Range: bytes\r\n "), fatal(INVALID)
    ),
    "a CR in an ETag": Row(swap(rb'ETag: "[^\r]*', b'ETag: "a\rRange: bytes=0-1"'), OK),
    "an ETag of 50,000 bytes": Row(swap(rb'ETag: "[^\r]*', b'ETag: "' + b"a" * 50_000 + b'"'), OK),
    "a status line in the middle of a head": Row(
        added(b"HTTP/1.1 404 Not Found"), passing(GARBLED)
    ),
    "a space before the colon": Row(swap(rb"Content-Range:", b"Content-Range :"), fatal(INVALID)),
    "a header line of 99,000 bytes": Row(added(b"X-Odd: " + b"y" * 99_000), OK),
    "a header line of 300,000 bytes": Row(added(b"X-Odd: " + b"y" * 300_000), fatal(INVALID)),
    "a header line without end": Row(forever(b"HTTP/1.1 200 OK\r\nX: ", b"y"), fatal(INVALID)),
    "headers without end": Row(forever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), fatal(INVALID)),
    "a status line without end": Row(forever(b"HTTP/1.1 200 ", b"y"), fatal(INVALID)),
    "100 Continue": Row(wire(lambda r, b: (b"HTTP/1.1 100 Continue\r\n\r\n", r.head(), b)), OK),
    "103 Early Hints": Row(
        wire(
            lambda r, b: (b"HTTP/1.1 103 E\r\nContent-Length: 5\r\nETag: W/1\r\n\r\n", r.head(), b)
        ),
        OK,
    ),
    "100 without end": Row(forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), fatal(INVALID)),
    "103 without end": Row(forever(b"", b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"), fatal(INVALID)),
    "101, unasked": Row(
        instead(b"HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nPRI", FIN),
        passing("BG_E_HTTP_ERROR_101", REMOTE),
    ),
    "an odd header": Row(header("X-Odd", "é"), OK),
}

# Which version, and as what.

OLD, NEW = RIGHT, Resource(OTHER, version=2)
ONCE_BEGUN = ("begun", "few")


def on_same(behaviour: Resource, *faults: Fault) -> Fault:
    """Another file from now on."""

    def fault(inner: Behaviour) -> Behaviour:
        changed: Behaviour = behaviour
        for each in faults:
            changed = each(changed)
        return changed

    return fault


def changed(*faults: Fault, new: Resource = NEW) -> Row:
    """The file becomes another one, which is then fetched whole."""
    return Row(on_same(new, *faults), OK, ONCE_BEGUN, after=new, is_anew=True)


VERSIONS = {
    "another version": changed(),
    "another version, conditions ignored": changed(ignores_conditions()),
    "another version without validators": changed(no_validators()),
    "another ETag, all else equal": changed(ignores_conditions(), new=Resource(DATA, etag='"new"')),
    "another time, all else equal": changed(
        ignores_conditions(),
        no_etag(),
        new=Resource(DATA, last_modified="Tue, 01 Jan 2030 00:00:00 GMT"),
    ),
    "no validators": Row(no_validators(), OK, ("first",)),
    "no validators any more": Row(no_validators(), OK, ONCE_BEGUN, is_anew=True),
    "no ETag": Row(no_etag(), OK),
    "a weak ETag": Row(weak_etag(), OK),
    "conditions ignored": Row(ignores_conditions(), OK),
    "another version each time": Row(
        lambda inner: each_time(lambda i: Resource(DATA, version=i + 2)),
        fatal(CHANGED),
        ONCE_BEGUN,
        but={"begun": OK},  # the first answer brings all of it
        is_anew=True,
    ),
    "412 to everything": Row(always(status(412)), fatal(CHANGED), is_anew=True),
}


def coded(*names: str) -> Fault:
    """These headers of Content-Encoding, and the plain body."""
    return added(b"\r\n".join(b"Content-Encoding: " + name.encode() for name in names))


CODINGS = {
    "gzip": Row(compressed(), fatal(INVALID)),
    "br": Row(coded("br"), fatal(INVALID)),
    "an unknown coding": Row(coded("rot13"), fatal(INVALID)),
    "two codings": Row(coded("gzip, br"), fatal(INVALID)),
    "gzip and then identity": Row(coded("gzip", "identity"), fatal(INVALID)),
    "identity": Row(coded("identity"), OK),
}

# Elsewhere.


def moved(location: str | None, code: int = 302) -> Row:
    """A redirect nobody follows."""
    headers = {} if location is None else {"Location": location}
    return Row(always(status(code, headers, b"moved")), fatal(f"BG_E_HTTP_ERROR_{code}"))


def followed(code: int) -> Row:
    """A redirect to the same path with a query."""
    there = redirect("?there", code)
    return Row(lambda inner: lambda r: (inner if "?" in r.target else there)(r), OK)


def led_to(location: str, code: str = INVALID) -> Row:
    """A redirect to what is no place for a download."""
    return Row(always(redirect(location)), fatal(code))


REDIRECTS = {
    "a redirect to itself": Row(lambda inner: lambda r: redirect(r.target)(r), fatal(TOO_FAR)),
    "redirects without end": Row(
        lambda inner: lambda r: redirect(r.path + "?" + "x" * len(r.target))(r), fatal(TOO_FAR)
    ),
    "file://": led_to("file:///etc/passwd"),
    "ftp://": led_to("ftp://127.0.0.1/f"),
    "javascript:": led_to("javascript:alert(1)"),
    "data:": led_to("data:text/plain,x"),
    "smb://": led_to("smb://127.0.0.1/share/f"),
    "a port that is none": led_to("http://127.0.0.1:99999/f"),
    "half an address": led_to("http://[::1/f"),
    "no Location": moved(None),
    "an empty Location": moved(""),
    "a list of choices": moved(None, 300),
    "a Location of 50,000 bytes": Row(
        always(redirect("/" + "x" * 50_000)), fatal("BG_E_HTTP_ERROR_404")
    ),
    "a Location of 200,000 bytes": led_to("/" + "x" * 200_000),
    "303": followed(303),
    "307": followed(307),
    "308": followed(308),
    "300 with a Location": followed(300),
}

# What the server answers instead.


def said(code: int, *, again: bool = False) -> Row:
    """A status with a page."""
    name = f"BG_E_HTTP_ERROR_{code}"
    end = passing(name, REMOTE) if again else fatal(name)
    return Row(always(status(code, {}, b"a page" * 99)), end, ("begun", "few"))


STATUSES = {
    **{
        f"{code}": said(code)
        for code in (
            301,
            305,
            400,
            401,
            402,
            403,
            404,
            405,
            406,
            407,
            410,
            411,
            413,
            414,
            418,
            421,
            451,
            501,
            505,
        )
    },
    **{
        f"{code}": said(code, again=True)
        for code in (201, 202, 306, 408, 409, 429, 500, 502, 503, 504, 507, 511, 599, 600, 666, 999)
    },
    "204": Row(instead(b"HTTP/1.1 204 N\r\n\r\n"), passing("BG_E_HTTP_ERROR_204", REMOTE)),
    "205": Row(instead(answered(205)), passing("BG_E_HTTP_ERROR_205", REMOTE)),
    "304": Row(instead(b"HTTP/1.1 304 N\r\n\r\n"), fatal("BG_E_HTTP_ERROR_304")),
    "304 with a body": Row(
        instead(b"HTTP/1.1 304 N\r\nContent-Length: 3\r\n\r\nabc"), fatal("BG_E_HTTP_ERROR_304")
    ),
    "404 with a body without end": Row(
        forever(b"HTTP/1.1 404 N\r\n\r\n", b"no"), fatal("BG_E_HTTP_ERROR_404")
    ),
    "404 whose body breaks off": Row(
        instead(b"HTTP/1.1 404 N\r\nContent-Length: 9\r\n\r\nno", RST),
        fatal("BG_E_HTTP_ERROR_404"),
    ),
    "404 that ends with its head": Row(
        instead(b"HTTP/1.1 404 N\r\nContent-Length: 9\r\n\r\n", FIN),
        fatal("BG_E_HTTP_ERROR_404"),
    ),
    "503 and compressed": Row(
        instead(answered(503, b"Content-Encoding: gzip\r\n", b"no gzip")),
        passing("BG_E_HTTP_ERROR_503", REMOTE),
    ),
}
