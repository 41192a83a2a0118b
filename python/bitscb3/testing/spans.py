# SPDX-License-Identifier: MIT
"""Byte ranges of HTTP headers as half-open spans. HTTP's inclusive form is known here only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A range as a client asks for it, in bytes; equal to the plain tuple.

    `Span(0, 100)` is `bytes=0-99`, `Span(5, None)` is `bytes=5-`, `Span(-5, None)` is `bytes=-5`.
    """

    offset: int
    """First byte; negative counts from the end of the file."""
    length: int | None
    """Bytes; None reaches to the end of the file."""

    def resolve(self, size: int) -> range:
        """The part of a file of `size` bytes that is meant; empty if it lies beyond the end."""
        start = self.offset if self.offset >= 0 else max(size + self.offset, 0)
        return range(start, size if self.length is None else min(start + self.length, size))


def parse_ranges(header: str | None) -> tuple[Span, ...]:
    """Read a Range header.

    Args:
        header: Its value, such as `bytes=0-99,200-`, or None without one.

    Returns:
        The ranges in the order asked; none for a header that is missing, or malformed and therefore
        ignored. Source: RFC 9110, section 14.2.
    """
    unit, _, specs = (header or "").partition("=")
    if unit.strip().lower() != "bytes":
        return ()
    spans = [_parse_span(spec) for spec in specs.split(",") if spec.strip()]
    return () if None in spans else tuple(span for span in spans if span is not None)


def _parse_span(spec: str) -> Span | None:
    match = re.fullmatch(r"(\d*)-(\d*)", spec.strip(), re.ASCII)
    if match is None or match[0] == "-":
        return None
    first, last = match.groups()
    if not first:
        return Span(-int(last), None) if int(last) else Span(0, 0)
    if not last:
        return Span(int(first), None)
    length = int(last) - int(first) + 1
    return Span(int(first), length) if length > 0 else None


def content_range(part: range, size: int) -> str:
    """The value of a Content-Range header for a part of a file of `size` bytes."""
    return f"bytes {part.start}-{part.stop - 1}/{size}"


def parse_content_range(value: str) -> tuple[range, int]:
    """Read a Content-Range header of a 206 answer: the part, and the size of the file in bytes.

    Raises:
        ValueError: The value has another form.
    """
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", value, re.ASCII)
    if match is None:
        raise ValueError(f"not a Content-Range with offsets and a size: {value!r}")
    first, last, size = map(int, match.groups())
    return range(first, last + 1), size


def merged(parts: Sequence[range]) -> list[range]:
    """Sort parts and join those that overlap or touch."""
    result: list[range] = []
    for part in sorted(parts, key=lambda part: part.start):
        if result and part.start <= result[-1].stop:
            result[-1] = range(result[-1].start, max(result[-1].stop, part.stop))
        else:
            result.append(part)
    return result
