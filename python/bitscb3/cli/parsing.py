# SPDX-License-Identifier: MIT
"""Arguments: a parser that complains in one line, and what texts mean."""

from __future__ import annotations

import argparse
import re
import sys
from typing import NoReturn

from bitscb3.ranges import EOF, Range, check_disjoint

from .exits import WrongUseError

__all__ = [
    "HelpWanted",
    "Parser",
    "to_age",
    "to_count",
    "to_header",
    "to_pieces",
    "to_sha256",
    "to_size",
]

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?(?:/s)?", re.IGNORECASE | re.ASCII)
_AGES = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_AGE = re.compile(r"(\d+)\s*(s|min|h|d|w)", re.ASCII)
_PIECE = re.compile(r"(\d+)-(\d*)", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}")
_MOST = 2**63


class HelpWanted(Exception):  # noqa: N818 (no error)
    """The user asks for a help text, or the version, which is the argument."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line that says where to read on."""

    def __init__(self, **options: object) -> None:
        """As argparse; options are not abbreviated, so that new ones break nothing."""
        super().__init__(allow_abbrev=False, **options)  # type: ignore[arg-type]

    def _print_message(self, message: str, file: object = None) -> None:
        raise HelpWanted(message)  # argparse would not see that the stream is full

    def command(self, name: str) -> argparse.ArgumentParser:
        """The parser of that command."""
        (found,) = (each for each in self._actions if isinstance(each, argparse._SubParsersAction))
        parser: argparse.ArgumentParser = found.choices[name]
        return parser

    def error(self, message: str) -> NoReturn:
        """Raise WrongUseError."""
        text = message.removeprefix("argument ")
        raise WrongUseError(f"{text}; see `{self.prog} --help`")


def to_size(text: str) -> int:
    """Bytes: "500k", "2M", "1.5GiB"; the units are powers of 1,024."""
    match = _SIZE.fullmatch(text.strip())
    number = 0 if match is None else int(float(match[1]) * _UNITS[match[2].lower()])
    if not 0 < number < _MOST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of bytes; give one like 500k or 2M"
        )
    return number


def to_age(text: str) -> int:
    """Seconds: "30min", "12h", "7d", "2w"."""
    match = _AGE.fullmatch(text.strip())
    if match is None or len(match[1]) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give one like 30min, 12h, 7d or 2w")
    return int(match[1]) * _AGES[match[2]]


def to_count(text: str) -> int:
    """A whole number, 1 to 1,000."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)


def to_header(text: str) -> list[tuple[str, str]]:
    """The header in "Name: value", or those of the file in "@FILE", one a line; "@-": of stdin."""
    if not text.startswith("@"):
        return [_header(text)]
    try:
        if text == "@-":
            lines = ("" if sys.stdin is None else sys.stdin.read(1 << 20)).splitlines()
        else:
            with open(text[1:], encoding="utf-8-sig") as stream:  # noqa: PTH123 (as the user wrote)
                lines = stream.read(1 << 20).splitlines()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise argparse.ArgumentTypeError(f"the file {text[1:]!r} cannot be read: {why}") from None
    return [_header(line) for line in lines if line.strip() and not line.startswith("#")]


def to_pieces(text: str) -> list[Range]:
    """Ranges as HTTP and curl write them, "FIRST-LAST,FIRST-": the last byte belongs to each."""
    pieces = []
    for part in text.split(","):
        match = _PIECE.fullmatch(part.strip())
        if match is None or len(match[1]) > 19 or len(match[2]) > 19:
            raise argparse.ArgumentTypeError(
                f"{part!r} is no range; give FIRST-LAST, or FIRST- to the end, such as 0-65535"
            )
        first, last = int(match[1]), match[2]
        if last and int(last) < first:
            raise argparse.ArgumentTypeError(f"{part!r} ends before it begins")
        pieces.append(Range(first, int(last) - first + 1 if last else EOF))
    try:
        check_disjoint(pieces)
    except ValueError:
        raise argparse.ArgumentTypeError(f"two ranges of {text!r} share bytes") from None
    return pieces


def to_sha256(text: str) -> str:
    """64 hexadecimal digits, in lower case."""
    digits = text.lower()
    if not _HEX.fullmatch(digits):
        raise argparse.ArgumentTypeError("takes 64 hexadecimal digits; sha256sum prints them")
    return digits


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name or not re.fullmatch(r"[!-9;-~]+", name) or not value.isprintable():
        # What stands there may be a secret: it is not shown.
        raise argparse.ArgumentTypeError("give a header as 'Name: value', or @FILE with such lines")
    return name, value.strip()
