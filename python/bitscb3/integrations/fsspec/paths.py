# SPDX-License-Identifier: MIT
"""Paths of the file system, which are URLs, and what servers say of them."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from bitscb3.errors import TransferError
from bitscb3.urls import short_url

if TYPE_CHECKING:
    from bitscb3.file import File

__all__ = ["PREFIX", "describe", "first_wildcard", "is_answer", "path_of", "told"]

PREFIX: Final = "bits+"

_HTTP = 0x8019  # the facility of HTTP statuses in an HRESULT; the status is in its low half
_BITS = 0x8020
_ERRORS: dict[int, tuple[type[OSError], int]] = {  # by status
    401: (PermissionError, errno.EACCES),
    403: (PermissionError, errno.EACCES),
    404: (FileNotFoundError, errno.ENOENT),
    410: (FileNotFoundError, errno.ENOENT),
}


def path_of(url: str) -> int:
    """Where the path begins in a URL: behind the host."""
    start = url.find("://") + 3
    place = url.find("/", start)
    return len(url) if place < 0 else place


def first_wildcard(url: str) -> int | None:
    """Where the first of "*" and "[" is in the path of a URL; None: nowhere.

    "?" begins a query, in which nothing is a wildcard; the brackets of an IPv6 address are none.
    """
    begin, end = path_of(url), len(url.partition("?")[0])
    places = [url.find(mark, begin, end) for mark in "*["]
    return min((place for place in places if place >= 0), default=None)


def describe(url: str, file: File) -> dict[str, Any]:
    """What `fs.info` tells of a file with which there was a contact."""
    headers = file.response_headers
    info: dict[str, Any] = {"name": url, "size": file.size, "type": "file"}
    for name in ("ETag", "Last-Modified"):
        if name in headers:
            info[name] = headers[name]
    with contextlib.suppress(KeyError, ValueError):
        info["mtime"] = parsedate_to_datetime(headers["Last-Modified"]).timestamp()
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind and kind != "multipart/byteranges":  # which is of a response, not of the file
        info["mimetype"] = kind
    return info


def is_answer(error: TransferError) -> bool:
    """Whether the server answered, with what is of no use; else it could not be asked."""
    return error.hresult >> 16 in (_HTTP, _BITS)


@contextlib.contextmanager
def told(url: str) -> Iterator[None]:
    """Raise what users of file systems expect where the server says that there is no such file."""
    try:
        yield
    except TransferError as error:
        known = _ERRORS.get(error.hresult & 0xFFFF) if error.hresult >> 16 == _HTTP else None
        if known is None:
            raise
        kind, number = known
        raise kind(number, str(error), short_url(url)) from error
