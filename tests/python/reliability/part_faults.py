# SPDX-License-Identifier: MIT
"""Parts of a file: what they are said to be, and several in one answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from server_faults import (
    CHANGED,
    CLOSED,
    DATA,
    FIN,
    INVALID,
    OK,
    RST,
    SIZE,
    Row,
    always,
    each_time,
    endless,
    fatal,
    half,
    passing,
    swap,
    wire,
)

from bitscb3.testing import (
    Behaviour,
    Fault,
    Hangup,
    Multipart,
    Request,
    Resource,
    Response,
    chunked,
    header,
    ignore_range,
    lying_206,
    merged,
    multi_range,
    no_content_length,
    other_range,
    refuse_head,
    status,
    wrong_total,
)

# What part of the file it is said to be.


RANGE = rb"Content-Range: bytes (\d+)-(\d+)/(\d+)"


def content_range(value: bytes) -> Fault:
    """Another Content-Range; groups 1, 2 and 3 are the first byte, the last one and the size."""
    return swap(RANGE, b"Content-Range: " + value, end=(FIN,))


def refusal(value: str | None) -> Behaviour:
    """416."""
    return status(416, {"Content-Range": value} if value else {})


RANGES = {
    "no Content-Range": Row(header("Content-Range", None), fatal(INVALID)),
    **{
        f"Content-Range: {shown}": Row(content_range(value), fatal(INVALID))
        for shown, value in {
            "of words": b"bytes x",
            "an earlier end than start": rb"bytes \2-\1/\3",
            "up to 2^64": rb"bytes \1-18446744073709551616/*",
            "up to 2^64 - 2": rb"bytes \1-18446744073709551614/18446744073709551615",
            "up to 2^65": rb"bytes \1-36893488147419103232/\3",
            "of 2^63": rb"bytes \1-\2/9223372036854775808",
            "negative": rb"bytes -\1-\2/\3",
            "without a total": rb"bytes \1-\2",
            "an empty total": rb"bytes \1-\2/",
            "a total before its end": rb"bytes \1-\2/1",
            "in lines": rb"lines \1-\2/\3",
            "without a unit": rb"\1-\2/\3",
            "with an equals sign": rb"bytes=\1-\2/\3",
            "with spaces": rb"bytes \1 - \2 / \3",
            "of nothing": rb"bytes */\3",
            "hexadecimal": rb"bytes 0x\1-\2/\3",
            "empty": b"",
            "twice, differing": rb"bytes \1-\2/\3\r\nContent-Range: bytes 0-0/\3",
        }.items()
    },
    "the same Content-Range twice": Row(
        swap(RANGE, rb"Content-Range: bytes \1-\2/\3\r\nContent-Range: bytes \1-\2/\3"), OK
    ),
    "an unknown total": Row(
        content_range(rb"bytes \1-\2/*"), OK, but={"first": fatal("BG_E_MISSING_FILE_SIZE")}
    ),
    "a part beyond the end of the file": Row(
        lambda inner: lambda request: _beyond(inner(request)), fatal(INVALID), ("begun", "few")
    ),
    "another range": Row(other_range(100), fatal(INVALID)),
    "another start": Row(lying_206(shift=10), fatal(INVALID), ("few",)),
    "a lying Content-Range": Row(lying_206(shift=10), fatal(INVALID), ("first",)),
    "a longer part than is sent": Row(lying_206(stretch=-5), fatal(INVALID)),
    "another total each time": Row(
        lambda inner: each_time(lambda i: wrong_total(i + 1)(inner)),
        fatal(CHANGED),
        ("begun", "few"),
        is_anew=True,
    ),
    "206 to no Range": Row(
        lambda inner: lambda request: _unasked(inner, request),
        fatal(INVALID),
        ("begun",),
        is_anew=True,
    ),
    "200 to a Range": Row(ignore_range(), OK, is_anew=True),
    "200 to a Range, in chunks": Row(
        lambda inner: chunked()(ignore_range()(inner)), OK, is_anew=True
    ),
    "200 to a Range, without a length": Row(
        lambda inner: no_content_length()(ignore_range()(inner)),
        OK,
        is_anew=True,
    ),
    "416 to everything": Row(
        always(refusal(f"bytes */{SIZE}")), fatal("BG_E_HTTP_ERROR_416"), ("begun", "few")
    ),
    **{
        f"416 {shown}": Row(
            always(refusal(value)), fatal("BG_E_HTTP_ERROR_416"), ("begun", "few"), is_anew=True
        )
        for shown, value in {
            "without Content-Range": None,
            "with another total": "bytes */7",
            "with a total of words": "bytes */x",
        }.items()
    },
    "HEAD refused": Row(refuse_head(), OK),
}


def _unasked(inner: Behaviour, request: Request) -> Response:
    """The whole file where a range is asked for, and as a part where none is."""
    if request.ranges:
        return ignore_range()(inner)(request)
    whole = replace(inner(request), status=206)
    return whole.with_header("Content-Range", f"bytes 0-{SIZE - 1}/{SIZE}")


def _beyond(right: Response) -> Response:
    first = (right.header("Content-Range") or "").split()[1].split("-")[0]
    size = SIZE + 1000
    said = f"bytes {first}-{int(first) + size - 1}/*"
    return (
        right.with_header("Content-Range", said)
        .with_header("Content-Length", str(size))
        .with_body((bytes(size),))
    )


# Several parts.

BOUNDARY = b"bitscb3-01234567"


def is_multipart(right: Response) -> bool:
    """Whether the right answer has several parts."""
    return (right.header("Content-Type") or "").startswith("multipart/")


def parts(edit: Callable[[bytes], bytes]) -> Fault:
    """Change the body of an answer with several parts; other answers are right."""

    def script(right: Response, body: bytes) -> Sequence[bytes]:
        if not is_multipart(right):
            return (right.head(), body)
        changed = edit(body)
        return (right.with_body((), len(changed) - len(body)).head(), changed)

    return wire(script)


def multipart_type(value: str) -> Fault:
    """Another Content-Type of an answer with several parts."""
    return wire(lambda r, b: (_typed(r, value).head() if is_multipart(r) else r.head(), b))


def _typed(right: Response, value: str) -> Response:
    return right.with_header("Content-Type", value)


def multipart(form: Multipart) -> Fault:
    """Answer several ranges in this form."""
    return always(Resource(DATA, multipart=form))


MANY = ("many",)


def cut_in_parts(at: bytes, how: Hangup) -> Fault:
    """End the connection where these bytes are found behind the first kilobytes."""
    return wire(lambda r, b: (r.head(), b[: b.find(at, 3_000)], how))


def replaced(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    """Replace bytes of a body."""

    def edit(body: bytes) -> bytes:
        assert old in body, old
        return body.replace(old, new, count)

    return edit


PARTS = {
    "parts as asked": Row(multipart(Multipart()), OK, MANY),
    "parts in another order": Row(
        multipart(
            Multipart(boundary="=" * 60, arrange=lambda parts: list(reversed(merged(parts))))
        ),
        OK,
        MANY,
    ),
    "parts joined": Row(
        multipart(Multipart(arrange=lambda parts: [range(0, 88_500)] * 1)), OK, MANY
    ),
    "two parts for twelve": Row(multipart(Multipart(arrange=lambda parts: parts[:2])), OK, MANY),
    "one part for twelve": Row(multi_range("first_only"), OK, MANY),
    "416 to several": Row(multi_range("refuse416"), OK, MANY),
    "the whole file for several": Row(multi_range("whole200"), OK, MANY),
    "a quoted boundary": Row(
        multipart_type('multipart/byteranges; a=b; boundary="bitscb3-01234567"'), OK, MANY
    ),
    "no boundary told": Row(multipart_type("multipart/byteranges"), fatal(INVALID), MANY),
    "another boundary told": Row(
        multipart_type("multipart/byteranges; boundary=x"), fatal(INVALID), MANY
    ),
    "a boundary of 9,000 bytes": Row(
        multipart(Multipart(boundary="b" * 9_000)), fatal(INVALID), MANY
    ),
    "no closing delimiter": Row(
        parts(replaced(b"\r\n--" + BOUNDARY + b"--\r\n", b"")), passing(CLOSED), MANY
    ),
    "a part without Content-Range": Row(
        multipart(Multipart(part_headers=("Content-Type: {type}",))), fatal(INVALID), MANY
    ),
    "a part with two that differ": Row(
        multipart(Multipart(part_headers=("Content-Range: {range}", "Content-Range: bytes 0-0/9"))),
        fatal(INVALID),
        MANY,
    ),
    "a part of another size of file": Row(
        parts(replaced(b"/100000", b"/100001")), fatal(CHANGED), MANY, is_anew=True
    ),
    "a part beyond the file": Row(
        parts(replaced(b"bytes 8000-8499/100000", b"bytes 8000-108499/*")), fatal(INVALID), MANY
    ),
    "a part nobody asked for": Row(
        parts(replaced(b"bytes 8000-8499", b"bytes 9000-9499")), fatal(INVALID), MANY
    ),
    "parts that overlap": Row(
        multipart(Multipart(arrange=lambda parts: [range(0, 88_500), *parts])), fatal(INVALID), MANY
    ),
    "a part shorter than said": Row(
        parts(replaced(b"bytes 8000-8499", b"bytes 8000-8600")), fatal(INVALID), MANY
    ),
    "a part that swallows the next": Row(
        parts(replaced(b"bytes 8000-8499", b"bytes 8000-23999")), passing(CLOSED), MANY
    ),
    "a part longer than said": Row(
        parts(replaced(b"bytes 8000-8499", b"bytes 8000-8400")), fatal(INVALID), MANY
    ),
    "a part header of 9,000 bytes": Row(
        multipart(Multipart(part_headers=("X: " + "y" * 9_000, "Content-Range: {range}"))),
        fatal(INVALID),
        MANY,
    ),
    "a hundred headers of a part": Row(
        multipart(Multipart(part_headers=(*["X: y"] * 100, "Content-Range: {range}"))),
        fatal(INVALID),
        MANY,
    ),
    "a preamble of words": Row(multipart(Multipart(preamble=b"Words\r\n")), fatal(INVALID), MANY),
    "a preamble of empty lines": Row(
        multipart(Multipart(preamble=b"\r\n" * 9)), fatal(INVALID), MANY
    ),
    "a nested multipart": Row(
        parts(
            replaced(
                BOUNDARY + b"\r\n",
                BOUNDARY + b"\r\nContent-Type: multipart/byteranges; boundary=x\r\n\r\n--x\r\n",
            )
        ),
        fatal(INVALID),
        MANY,
    ),
    "parts without end": Row(
        wire(lambda r, b: _again_and_again(r, b) if is_multipart(r) else (r.head(), b)),
        fatal(INVALID),
        MANY,
    ),
    "an epilogue without end": Row(
        wire(
            lambda r, b: (
                itertools.chain((_unframed(r), b), endless(b"z"))
                if is_multipart(r)
                else (r.head(), b)
            )
        ),
        OK,
        MANY,
    ),
    "a reset between two parts": Row(cut_in_parts(b"\r\n--", RST), passing(CLOSED), MANY),
    "FIN between two parts": Row(cut_in_parts(b"\r\n--", FIN), passing(CLOSED), MANY),
    "FIN in the head of a part": Row(cut_in_parts(b"ontent-Range", FIN), passing(CLOSED), MANY),
    "FIN in a part": Row(wire(lambda r, b: (r.head(), half(b), FIN)), passing(CLOSED), MANY),
    "a multipart answer to one range": Row(
        wire(lambda r, b: _as_one_part(r, b)), OK, ("begun", "few")
    ),
}


def _unframed(right: Response) -> bytes:
    return right.with_header("Content-Length", None).head()


def _again_and_again(right: Response, body: bytes) -> Iterable[bytes]:
    """The parts, and instead of an end the same parts."""
    return itertools.chain((_unframed(right),), endless(body[: body.rfind(b"\r\n--")]))


def _as_one_part(right: Response, body: bytes) -> Sequence[bytes]:
    said = f"Content-Range: {right.header('Content-Range')}\r\n\r\n".encode()
    whole = b"--x\r\n%b%b\r\n--x--\r\n" % (said, body)
    kind = right.with_header("Content-Range", None).with_header(
        "Content-Type", "multipart/byteranges; boundary=x"
    )
    return (kind.with_header("Content-Length", str(len(whole))).head(), whole)
