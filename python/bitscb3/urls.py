# SPDX-License-Identifier: MIT
"""URLs: what can be transferred, and how one is shown."""

from __future__ import annotations

import re

_SCHEMES = ("http", "https", "file")
_LONGEST_SHOWN = 120  # characters
_ORDINARY = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}))?/[!-~]*", re.ASCII
)
_NOT_IN_NAMES = frozenset('<>:"/\\|?*\x7f')  # of files, on some system
_IN_ADDRESS = frozenset("0123456789abcdefABCDEF:.")


def check_url(url: object) -> str:
    """Return `url` if it can be transferred.

    Raises:
        TypeError: Not a str.
        ValueError: Not an absolute http, https or file URL of printable ASCII, or one that carries
            a user name or password.
    """
    if not isinstance(url, str):
        raise TypeError(f"a URL is a str, not {type(url).__name__}")
    if _ORDINARY.fullmatch(url):
        return url  # most are, and a job may have very many
    shown = short_url(url)
    if not url:
        raise ValueError("the URL is empty; give one like https://host/file")
    if any(not "!" <= character <= "~" for character in url):
        raise ValueError(
            f"the URL {shown!r} has a space, a control character or a character outside ASCII; "
            "encode it as %XX with urllib.parse.quote()"
        )
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
    for mark in "?#":
        rest = rest.partition(mark)[0]
    authority = _authority(rest)
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
        "_" if character in _NOT_IN_NAMES or character < " " else character
        for character in unquote(path.rpartition("/")[2])
    ).rstrip(" .")
    if not name:
        raise ValueError(f"{short_url(url)} names no file; say where it goes")
    return name


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
    if colon and port and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"the URL {shown!r} has the port {port!r}; a port is 1 to 65535")
