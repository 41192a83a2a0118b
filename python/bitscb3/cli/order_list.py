# SPDX-License-Identifier: MIT
"""What `get` is to download: from the arguments, and from lists of URLs."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from bitscb3.arguments import check_destination
from bitscb3.errors import BitsError
from bitscb3.ranges import Range
from bitscb3.urls import check_url, file_name

from .exits import WrongUseError

__all__ = ["Order", "read_orders"]

_MOST_LIST = 1 << 28  # bytes
_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")


class Order(NamedTuple):
    """A file the user wants."""

    url: str
    path: Path  # absolute
    sha256: str | None = None
    ranges: tuple[Range, ...] = ()  # empty: the whole file


class _Line(NamedTuple):
    url: str
    path: str | None
    sha256: str | None
    where: str  # the beginning of a complaint


def read_orders(options: argparse.Namespace) -> list[Order]:
    """Everything that is wanted, before anything is sent; raises WrongUseError."""
    lines = [_Line(url.strip(), None, options.sha256, "") for url in options.urls]
    for name in options.input or ():
        lines += _read_list(name)
    if not lines:
        raise WrongUseError("give a URL, or a list of URLs with -i FILE; see `bitscb3 get --help`")
    if len(lines) > 1 or options.input:
        for given, option in ((options.sha256, "--sha256"), (options.ranges, "--ranges")):
            if given is not None:
                raise WrongUseError(
                    f"{option} goes with one URL; in a list, a line may begin with the SHA-256"
                )
    output = options.output
    if output is not None and not output:
        raise WrongUseError("-o is empty; name a file or a folder")
    if len(lines) > 1 and output is not None and not Path(output).is_dir():
        raise WrongUseError(f"-o {output} is no folder, and several files go there; make it first")
    orders, taken, folders = [], set[str](), set[str]()
    for line in lines:
        order = _to_order(line, output, tuple(options.ranges or ()), folders)
        key = os.path.normcase(order.path)
        if key in taken:
            raise WrongUseError(f"{line.where}two URLs go to {order.path}; give one another path")
        taken.add(key)
        orders.append(order)
    return orders


def _to_order(
    line: _Line, output: str | None, ranges: tuple[Range, ...], folders: set[str]
) -> Order:
    try:
        url = check_url(line.url)
        path = Path(output or ".").absolute()
        if line.path is not None:
            path /= _below(line.path)
        if (line.path or output or "").endswith(("/", os.sep)) and not path.is_dir():
            raise WrongUseError(f"{line.where}there is no folder {path}; make it first")
        if path.is_dir():
            try:
                path /= file_name(url)
            except ValueError as error:
                raise WrongUseError(f"{line.where}{error} with -o PATH") from None
        if not path.parent.is_dir():
            raise WrongUseError(
                f"{line.where}there is no folder {path.parent}; make it, or use another -o PATH"
            )
        path = Path(check_destination(path, folders))
    except (BitsError, TypeError, ValueError) as error:
        raise WrongUseError(f"{line.where}{error}") from None
    return Order(url, path, line.sha256, ranges)


def _below(path: str) -> str:
    """`path` if it stays in the folder it is put behind: lists come from other people."""
    given = PureWindowsPath(path) if os.name == "nt" else PurePosixPath(path)
    if given.drive or given.root or ".." in given.parts:
        raise ValueError(f"the path {path!r} leads out of the folder of -o; give one below it")
    return path


def _read_list(name: str) -> Iterator[_Line]:
    """The lines of a list: [SHA256] URL [PATH], separated by tabs or else by white space."""
    try:
        if name == "-":
            if sys.stdin is None:
                raise WrongUseError("there is no standard input to read URLs from")
            content = sys.stdin.buffer.read(_MOST_LIST)
        else:
            with Path(name).open("rb") as stream:
                content = stream.read(_MOST_LIST)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise WrongUseError(f"the list {name} cannot be read: {error.strerror}") from None
    except ValueError:
        raise WrongUseError(f"the list {name} is no UTF-8 text") from None
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip("\r ")
        if line.strip() and not line.lstrip().startswith("#"):
            yield _split(line, f"{'standard input' if name == '-' else name}:{number}: ")


def _split(line: str, where: str) -> _Line:
    if "\t" in line:
        words = [word.strip() for word in line.split("\t")]
    else:
        digest = _DIGEST.fullmatch(line.split(maxsplit=1)[0]) is not None
        words = line.split(maxsplit=2 if digest else 1)
    sha256 = words.pop(0).lower() if _DIGEST.fullmatch(words[0]) else None
    if not 1 <= len(words) <= 2:
        raise WrongUseError(
            f"{where}a line is [SHA256] URL [PATH], separated by tabs or white space"
        )
    path = words[1] if len(words) == 2 and words[1] else None
    return _Line(words[0].removeprefix("*"), path, sha256, where)
