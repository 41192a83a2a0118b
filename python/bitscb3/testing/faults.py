# SPDX-License-Identifier: MIT
"""Behaviours that answer wrongly, and faults that make any behaviour answer wrongly.

Faults are put on from the inside out: `serve(path, behaviour, a, b)` serves `b(a(behaviour))`.
Those that look at Content-Length or Content-Range go before those that remove it or frame the body
otherwise; those that cut or hold the bytes on the wire go last.
"""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, takewhile
from typing import Literal, TypeAlias

from .messages import Behaviour, Fault, Hangup, Request, Response, Stall, Step, inserted
from .spans import Span, content_range, parse_content_range

MultiRange: TypeAlias = Literal["serve", "refuse416", "first_only", "whole200", "limit10"]


# Behaviours: the whole answer.


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Behaviour:
    """Answer every request with this status, these headers, Content-Length and this body."""
    head = {**(headers or {}), "Content-Length": str(len(body))}
    return lambda _: Response(code, head, (body,))


def redirect(location: str, code: int = 302) -> Behaviour:
    """Send every request to another address, which may be relative."""
    return status(code, {"Location": location})


def raw(*steps: Step) -> Behaviour:
    """Send exactly these bytes, with stalls and hangups between them, then end the connection."""
    return lambda _: Response(0, {}, (*steps, Hangup()), is_raw=True)


# Faults in what the server reads.


def ignore_range() -> Fault:
    """Answer with the whole file whatever range is asked for, and offer no ranges."""
    return _changed(
        lambda request: replace(request.without("range", "if-range"), ranges=()),
        lambda response: response.with_header("Accept-Ranges", None),
    )


def ignores_conditions() -> Fault:
    """Answer as if there were no If-Match, If-Unmodified-Since and If-Range."""
    return _changed(lambda request: request.without("if-match", "if-unmodified-since", "if-range"))


def refuse_head(code: int = 405) -> Fault:
    """Answer HEAD with an error status."""
    refused = status(code)
    return lambda inner: lambda request: (refused if request.method == "HEAD" else inner)(request)


def multi_range(policy: MultiRange) -> Fault:
    """Treat a request for several ranges as some servers do.

    Args:
        policy: `serve` answers all of them, `refuse416` with 416 (Varnish), `whole200` with the
            whole file (object stores), `first_only` with a 206 of the first range, `limit10` with
            the first ten (lighttpd).
    """

    def served(ranges: tuple[Span, ...]) -> tuple[Span, ...]:
        if policy == "serve":
            return ranges
        if policy == "refuse416":
            return (Span(sys.maxsize, None),)
        return ranges[: {"first_only": 1, "limit10": 10, "whole200": 0}[policy]]

    def limited(request: Request) -> Request:
        is_multiple = len(request.ranges) > 1
        return replace(request, ranges=served(request.ranges)) if is_multiple else request

    return _changed(limited)


def other_range(shift: int) -> Fault:
    """Serve the range `shift` bytes further than asked, with headers that say so truthfully."""

    def shifted(request: Request) -> Request:
        ranges = (Span(max(offset + shift, 0), length) for offset, length in request.ranges)
        return replace(request, ranges=tuple(ranges))

    return _changed(shifted)


# Faults in the headers.


def header(name: str, value: str | None) -> Fault:
    """Set a header of every answer, or remove it with None."""
    return _changed(None, lambda response: response.with_header(name, value))


def no_etag() -> Fault:
    """Send no ETag, and take no notice of conditions on one; Last-Modified stays."""

    def blind(request: Request) -> Request:
        is_date = not request.headers.get("if-range", "").endswith('"')
        return request.without("if-match", *(() if is_date else ("if-range",)))

    return _changed(blind, lambda response: response.with_header("ETag", None))


def weak_etag() -> Fault:
    """Send the ETag as a weak one, which no If-Match and no If-Range meets."""

    def unmet(request: Request) -> Request:
        tags = {k: v for k, v in request.headers.items() if k in ("if-match", "if-range")}
        never = {name: '""' for name, tag in tags.items() if tag.endswith('"')}
        return replace(request, headers={**request.headers, **never})

    def weak(response: Response) -> Response:
        tag = response.header("ETag")
        return response.with_header("ETag", tag and "W/" + tag)

    return _changed(unmet, weak)


def no_validators() -> Fault:
    """Send neither ETag nor Last-Modified, and take no notice of conditions."""

    def bare(response: Response) -> Response:
        return response.with_header("ETag", None).with_header("Last-Modified", None)

    return lambda inner: ignores_conditions()(_changed(None, bare)(inner))


def lying_206(shift: int = 0, stretch: int = 0) -> Fault:
    """Claim in Content-Range another part than the one sent and asked for.

    Args:
        shift: Bytes by which the claimed part is further on.
        stretch: Bytes by which the claimed part is longer.
    """
    return _content_range(
        lambda part, size: content_range(
            range(part.start + shift, part.stop + shift + stretch), size
        )
    )


def wrong_total(change: int) -> Fault:
    """Claim in Content-Range a file `change` bytes larger than it is."""
    return _content_range(lambda part, size: content_range(part, size + change))


# Faults in the body and its framing.


def short_body(missing: int, *, is_declared: bool = True) -> Fault:
    """Leave out the last bytes of the body.

    Args:
        missing: How many.
        is_declared: Content-Length says so, and only Content-Range promises more; otherwise
            Content-Length promises more and the connection ends early.
    """

    def shorten(response: Response) -> Response:
        kept = max(response.length - missing, 0)
        cut = inserted(response.body, kept, Hangup())
        if not is_declared:
            return response.with_body(cut)
        until_cut = takewhile(lambda step: not isinstance(step, Hangup), cut)
        return response.with_body(until_cut, kept - response.length)

    return _changed(None, shorten)


def long_body(surplus: bytes, *, is_declared: bool = True) -> Fault:
    """Send more bytes after the body.

    Args:
        surplus: The bytes.
        is_declared: Content-Length counts them; otherwise they stand where the next response
            on the connection is expected.
    """

    def lengthen(response: Response) -> Response:
        length_change = len(surplus) if is_declared else 0
        return response.with_body(chain(response.body, (surplus,)), length_change)

    return _changed(None, lengthen)


def compressed() -> Fault:
    """Send the body gzipped, with Content-Encoding, whether the client accepts it or not."""

    def compress(response: Response) -> Response:
        body = gzip.compress(_joined(response.body), mtime=0)
        squeezed = response.with_body((body,), len(body) - response.length)
        return squeezed.with_header("Content-Encoding", "gzip")

    return _changed(None, compress)


def no_content_length() -> Fault:
    """Send no Content-Length; the end of the connection ends the body."""

    def unframe(response: Response) -> Response:
        return response.with_header("Content-Length", None).with_header("Connection", "close")

    return _changed(None, unframe)


def chunked(size: int = 16 * 1024) -> Fault:
    """Send the body in chunks of at most `size` bytes, without Content-Length."""

    def chunks(body: Iterable[Step]) -> Iterator[Step]:
        for step in body:
            if isinstance(step, bytes):
                for start in range(0, len(step), size):
                    chunk = step[start : start + size]
                    yield b"%x\r\n%b\r\n" % (len(chunk), chunk)
            else:
                yield step
        yield b"0\r\n\r\n"

    def reframe(response: Response) -> Response:
        framed = response.with_header("Content-Length", None)
        return framed.with_header("Transfer-Encoding", "chunked").with_body(chunks(response.body))

    return _changed(None, reframe)


# Faults in time.


def cut_after(n_bytes: int, *, reset: bool = False) -> Fault:
    """End the connection after so many bytes of the body; a shorter body is left alone.

    Args:
        n_bytes: How many arrive, 0 for headers only.
        reset: End with RST in place of FIN.
    """
    return _interrupted(n_bytes, Hangup(reset))


def stall_after(n_bytes: int, release: threading.Event) -> Fault:
    """Hold the body after so many bytes until `release` is set; a shorter body is left alone."""
    return _interrupted(n_bytes, Stall(release))


def change_after(n_requests: int, then: Behaviour) -> Fault:
    """Answer so many requests, HEAD included, and leave all later ones to another behaviour."""

    def fault(inner: Behaviour) -> Behaviour:
        is_early = _first(n_requests)
        return lambda request: (inner if is_early() else then)(request)

    return fault


def flaky(n_requests: int, failure: Behaviour) -> Fault:
    """Leave the first so many requests, HEAD included, to a failure, and answer all later ones."""
    return lambda inner: change_after(n_requests, inner)(failure)


# What the faults are made of.


def _changed(
    request_change: Callable[[Request], Request] | None,
    response_change: Callable[[Response], Response] | None = None,
) -> Fault:
    """Make a fault of a change to requests and one to responses."""

    def fault(inner: Behaviour) -> Behaviour:
        def behaviour(request: Request) -> Response:
            response = inner(request_change(request) if request_change else request)
            return response_change(response) if response_change else response

        return behaviour

    return fault


def _content_range(claim: Callable[[range, int], str]) -> Fault:
    """Make a fault that rewrites Content-Range where a response has one for a part."""

    def rewrite(response: Response) -> Response:
        value = response.header("Content-Range")
        if response.status != 206 or value is None:
            return response
        return response.with_header("Content-Range", claim(*parse_content_range(value)))

    return _changed(None, rewrite)


def _interrupted(n_bytes: int, step: Stall | Hangup) -> Fault:
    return _changed(
        None, lambda response: response.with_body(inserted(response.body, n_bytes, step))
    )


def _first(n: int) -> Callable[[], bool]:
    """Make a function that is true the first n times it is called, from any thread."""
    lock = threading.Lock()
    left = n

    def is_early() -> bool:
        nonlocal left
        with lock:
            left -= 1
            return left >= 0

    return is_early


def _joined(body: Iterable[Step]) -> bytes:
    return b"".join(step for step in body if isinstance(step, bytes))
