# SPDX-License-Identifier: MIT
"""A file served as RFC 9110 asks for: the well-behaved base that faults are put upon."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property

from .content import BLOCK, Source
from .messages import Request, Response
from .spans import content_range

_FIRST_VERSION = datetime(2020, 1, 1, tzinfo=timezone.utc)


def _as_asked(parts: Sequence[range]) -> Sequence[range]:
    return parts


@dataclass(frozen=True)
class Multipart:
    """How several ranges are answered at once.

    Args:
        boundary: 1 to 70 characters, without dashes before it.
        arrange: Turns the parts asked for, cut to the file, into the parts served: `merged`,
            another order, fewer. One part left is served as a plain 206, none as a 200.
        part_headers: Lines at the head of a part, in this order; `{type}` and `{range}` are
            replaced by the values of Content-Type and Content-Range.
        preamble: Bytes before the first boundary.
    """

    boundary: str = "bitscb3-01234567"
    arrange: Callable[[Sequence[range]], Sequence[range]] = _as_asked
    part_headers: Sequence[str] = ("Content-Type: {type}", "Content-Range: {range}")
    preamble: bytes = b"\r\n"


@dataclass(frozen=True)
class Resource:
    """Serves a file with ranges, conditions and validators, to GET and HEAD.

    Args:
        data: The file.
        version: Number that enters ETag and Last-Modified, which is a day later for each.
        etag: ETag in place of the one made of data and version, quotes included.
        last_modified: Last-Modified in place of the one made of the version, as an HTTP date.
        content_type: Content-Type of the file.
        multipart: How several ranges are answered.

    Threads:
        Any; the object never changes.
    """

    data: Source
    version: int = 1
    etag: str = ""
    last_modified: str = ""
    content_type: str = "application/octet-stream"
    multipart: Multipart = field(default_factory=Multipart)

    def __call__(self, request: Request) -> Response:
        """Answer a request."""
        if request.method not in ("GET", "HEAD"):
            return Response(405, {"Allow": "GET, HEAD", "Content-Length": "0"})
        etag, last_modified = self.validators
        headers = {"ETag": etag, "Last-Modified": last_modified, "Accept-Ranges": "bytes"}
        if not self._meets_conditions(request):
            return Response(412, headers | {"Content-Length": "0"})
        size = len(self.data)
        asked = request.ranges if self._allows_ranges(request) else ()
        parts: Sequence[range] = [part for span in asked if (part := span.resolve(size))]
        if asked and not parts:
            return Response(416, {"Content-Range": f"bytes */{size}", "Content-Length": "0"})
        if len(parts) > 1:
            parts = self.multipart.arrange(parts)
        if len(parts) > 1:
            return self._serve_parts(parts, headers)
        part = parts[0] if parts else range(size)
        headers |= {"Content-Type": self.content_type, "Content-Length": str(len(part))}
        if not parts:
            return Response(200, headers, self._read(part))
        headers["Content-Range"] = content_range(part, size)
        return Response(206, headers, self._read(part))

    @cached_property
    def validators(self) -> tuple[str, str]:
        """ETag and Last-Modified."""
        identity = self.data if isinstance(self.data, bytes) else repr(self.data).encode()
        etag = f'"{self.version}-{hashlib.sha256(identity).hexdigest()[:16]}"'
        date = _FIRST_VERSION + timedelta(days=self.version)
        return self.etag or etag, self.last_modified or format_datetime(date, usegmt=True)

    def _meets_conditions(self, request: Request) -> bool:
        """Whether If-Match, or else If-Unmodified-Since, lets the request pass."""
        etag, last_modified = self.validators
        if (tags := request.headers.get("if-match")) is not None:
            candidates = map(str.strip, tags.split(","))
            return tags == "*" or any(_is_strong_match(tag, etag) for tag in candidates)
        if (date := request.headers.get("if-unmodified-since")) is not None:
            return not _is_earlier(date, last_modified)
        return True

    def _allows_ranges(self, request: Request) -> bool:
        """Whether If-Range lets ranges be served."""
        validator = request.headers.get("if-range")
        etag, last_modified = self.validators
        return validator in (None, last_modified) or _is_strong_match(validator or "", etag)

    def _serve_parts(self, parts: Sequence[range], headers: dict[str, str]) -> Response:
        form = self.multipart
        heads = [self._part_head(part) for part in parts]
        heads[0] = form.preamble + heads[0].removeprefix(b"\r\n")
        tail = f"\r\n--{form.boundary}--\r\n".encode("latin-1")
        length = sum(map(len, heads)) + sum(map(len, parts)) + len(tail)
        headers["Content-Type"] = f"multipart/byteranges; boundary={form.boundary}"
        headers["Content-Length"] = str(length)

        def body() -> Iterator[bytes]:
            for head, part in zip(heads, parts, strict=True):
                yield head
                yield from self._read(part)
            yield tail

        return Response(206, headers, body())

    def _part_head(self, part: range) -> bytes:
        values = {"type": self.content_type, "range": content_range(part, len(self.data))}
        lines = [f"--{self.multipart.boundary}"]
        lines += [line.format_map(values) for line in self.multipart.part_headers]
        return "".join(f"\r\n{line}" for line in [*lines, "", ""]).encode("latin-1")

    def _read(self, part: range) -> Iterator[bytes]:
        for start in range(part.start, part.stop, BLOCK):
            yield self.data[start : min(start + BLOCK, part.stop)]


def _is_earlier(date: str, last_modified: str) -> bool:
    """Whether an HTTP date is before another; false if either is malformed, and so ignored.

    Source: RFC 9110, section 13.1.4.
    """
    try:
        return parsedate_to_datetime(date) < parsedate_to_datetime(last_modified)
    except (TypeError, ValueError):  # TypeError: one has a time zone and the other has none
        return False


def _is_strong_match(tag: str, etag: str) -> bool:
    """Strong comparison: weak tags never match. Source: RFC 9110, section 8.8.3.2."""
    return tag == etag and not etag.startswith("W/")
