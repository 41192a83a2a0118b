# SPDX-License-Identifier: MIT
"""URLs: what can be transferred, how one is encoded, and how one is shown."""

from __future__ import annotations

import os
import re

from .printable import printable

__all__ = ["check_url", "file_name", "short_url"]

_SCHEMES = ("http", "https", "file")
_LONGEST_SHOWN = 120  # characters
_ORDINARY = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}))?/[!-~]*", re.ASCII
)
_NOT_IN_NAMES = frozenset('/\\:*?"<>|' if os.name == "nt" else "/\\")  # of files
_MOST_NAME = 255  # bytes of UTF-8
_IN_ADDRESS = frozenset("0123456789abcdefABCDEF:.")
_IN_NAME = frozenset("0123456789abcdefghijklmnopqrstuvwxyz-._")
_TWO_WAYS = frozenset("ßς\u200c\u200d")  # in host names: IDNA 2003 and 2008 differ about them


def check_url(url: object) -> str:
    """Return `url` if it can be transferred, encoded as browsers do it.

    Spaces and characters outside ASCII become %XX of their UTF-8, in a host's name its ASCII form
    ("bücher.example": "xn--bcher-kva.example"); all other characters stay as they are.

    Raises:
        TypeError: Not a str.
        ValueError: Not an absolute http, https or file URL, one with control characters, or one
            that carries a user name or password.
    """
    if not isinstance(url, str):
        raise TypeError(f"a URL is a str, not {type(url).__name__}")
    if _ORDINARY.fullmatch(url):
        return url  # most are, and a job may have very many
    shown = short_url(url)
    if not url:
        raise ValueError("the URL is empty; give one like https://host/file")
    if any(character < " " or "\x7f" <= character < "\xa0" for character in url):
        raise ValueError(
            f"the URL {shown!r} has a control character, such as a line's end; take it out, or "
            "encode it as %XX with urllib.parse.quote()"
        )
    if url.strip() != url:
        raise ValueError(f"the URL {shown!r} begins or ends with white space; take it away")
    scheme, colon, rest = url.partition(":")
    if not colon or not rest.startswith("//"):
        raise ValueError(f"{shown!r} is not a URL; give one like https://host/file")
    if scheme.lower() not in _SCHEMES:
        raise ValueError(
            f"the URL {shown!r} has the scheme {scheme!r}; "
            "only http, https and file can be transferred"
        )
    authority = _authority(rest[2:])
    if "@" in authority:
        raise ValueError(
            f"the URL {shown!r} carries a user name or password, which would be stored in clear; "
            "take it out"
        )
    if not all("!" <= character <= "~" for character in url):
        ascii_host = _encode_host(authority, shown)
        rest = f"//{ascii_host}{_encode(rest[2 + len(authority) :], shown)}"
        url, authority = f"{scheme}:{rest}", ascii_host
    if scheme.lower() == "file":
        if not rest[2 + len(authority) :].startswith("/"):
            raise ValueError(f"the URL {shown!r} names no file; give one like file:///folder/file")
    else:
        _check_authority(authority, shown)
    return url


def short_url(url: str) -> str:
    """`url` for messages: without query, fragment and user info, which may be secrets.

    A very long path is cut in the middle.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    authority = _authority(rest)
    _, colon, port = authority.rpartition("]")[2].rpartition(":")
    if colon and port and not _is_port(port) and "@" in rest[len(authority) :]:
        return f"{scheme}{separator}…"  # a password that is not encoded, for all one can tell
    for mark in "?#":
        rest = rest.partition(mark)[0]
    shown = scheme + separator + authority.rpartition("@")[2] + rest[len(authority) :]
    if len(shown) > _LONGEST_SHOWN:
        half = _LONGEST_SHOWN // 2 - 1
        shown = f"{shown[:half]}…{shown[-half:]}"
    return shown


def file_name(url: str) -> str:
    """The name a file of that URL gets on disk: the last part of the path, decoded.

    Raises:
        ValueError: The URL names no file.
    """
    from urllib.parse import unquote

    path = url.partition("://")[2].partition("?")[0].partition("#")[0].partition("/")[2]
    name = "".join(
        "_" if character in _NOT_IN_NAMES else character
        for character in printable(unquote(path.rpartition("/")[2]), "_")
    )
    if os.name == "nt":
        name = name.rstrip(" .")
    if not name.strip(" ."):
        raise ValueError(f"{short_url(url)} names no file; say where it goes")
    if len(name.encode()) > _MOST_NAME:
        raise ValueError(f"the name {name[:40]}… is too long for a file; say where it goes")
    return name


def _encode(text: str, shown: str) -> str:
    """`text` with %XX in place of what is not printable ASCII."""
    from urllib.parse import quote

    try:
        return quote(text, safe="".join(map(chr, range(0x21, 0x7F))))
    except UnicodeEncodeError:
        raise ValueError(f"the URL {shown!r} is not UTF-8") from None


def _encode_host(authority: str, shown: str) -> str:
    """The ASCII form of a host and port."""
    if authority.isascii() and " " not in authority:
        return authority
    host, colon, port = authority.partition(":")
    advice = "write its ASCII form, which begins with xn--"
    if not _TWO_WAYS.isdisjoint(host):
        raise ValueError(f"the URL {shown!r} has a host with two meanings; {advice}")
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not name or not set(name.lower()) <= _IN_NAME or not port.isascii():
        raise ValueError(f"the URL {shown!r} has a host that is no host's name; {advice}")
    return name + colon + port


def _authority(rest: str) -> str:
    """The part of `rest` (what follows "//") before the path, query or fragment."""
    for mark in "/?#":
        rest = rest.partition(mark)[0]
    return rest


def _check_authority(authority: str, shown: str) -> None:
    bracket = authority.rfind("]")  # an IPv6 address has colons of its own
    if bracket >= 0 or "[" in authority:
        address = authority[1:bracket] if authority.startswith("[") else ""
        behind = authority[bracket + 1 :]
        if (
            not address
            or not _IN_ADDRESS.issuperset(address.partition("%")[0])
            or behind[:1] not in ("", ":")
        ):
            raise ValueError(f"the URL {shown!r} has brackets that enclose no IPv6 address")
    host, colon, port = authority, "", ""
    if ":" in authority[bracket + 1 :]:
        host, colon, port = authority.rpartition(":")
    if not host:
        raise ValueError(f"the URL {shown!r} names no host; give one like https://host/file")
    if colon and port and not _is_port(port):
        raise ValueError(f"the URL {shown!r} has a port that is no number of 1 to 65535")


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536
