# SPDX-License-Identifier: MIT
"""Checks of arguments, made before anything is sent."""

# pathlib would take a quarter of the time to import this package.
# ruff: noqa: PTH100, PTH112, PTH113, PTH116

from __future__ import annotations

import contextlib
import math
import os
import stat

from .errors import (
    E_ACCESSDENIED,
    ERROR_PATH_NOT_FOUND,
    BitsError,
    FolderNotFoundError,
    make_error,
)

__all__ = [
    "check_auth",
    "check_capacity",
    "check_count",
    "check_destination",
    "check_file",
    "check_path",
    "check_rate",
    "check_seconds",
    "check_text",
    "check_timeout",
]

_MOST = 2**32 - 1  # the contract's counts are 32-bit
_MOST_BYTES = 2**64 - 1
_MOST_EVENTS = 2**30  # in a queue
_MOST_NAME = 255  # units of one part of a path, on every common file system
_NAME_UNIT = "characters" if os.name == "nt" else "bytes"


def check_timeout(timeout: float | None) -> float | None:
    """Return a time-out in seconds; None, which infinity becomes, waits without limit.

    Raises:
        TypeError: Not a number.
        ValueError: Negative or not a number (NaN).
    """
    if timeout is None:
        return None
    seconds = _seconds(timeout, "timeout")
    return None if math.isinf(seconds) else seconds


def check_seconds(seconds: float, what: str, unit: float = 1.0) -> int:
    """Return `seconds` as a count of `unit` seconds, rounded up: never shorter than asked for.

    Raises:
        TypeError: Not a number.
        ValueError: Negative, NaN, or more than 2**32 - 1 units.
    """
    value = _seconds(seconds, what)
    if value / unit > _MOST:
        raise ValueError(f"{what} is {seconds!r} s; the most is {_MOST * unit:.0f} s")
    return math.ceil(round(value / unit, 6))


def check_count(value: object, what: str, least: int = 0, most: int = _MOST) -> int:
    """Return `value`, a whole number from `least` to `most`.

    Raises:
        TypeError: Not an int.
        ValueError: Out of range.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} is {value!r}; give a whole number")
    if not least <= value <= most:
        raise ValueError(f"{what} is {value}; give {least} to {most}")
    return value


def check_capacity(value: object, what: str) -> int:
    """Return `value`, the capacity of a queue: a whole number from 1 to 2**30.

    Raises:
        TypeError, ValueError: As `check_count`.
    """
    return check_count(value, what, 1, _MOST_EVENTS)


def check_auth(auth: object) -> tuple[str, str] | None:
    """Return `auth`, a pair of user name and password, or None.

    Raises:
        TypeError: Neither.
    """
    if auth is None:
        return None
    if not isinstance(auth, (tuple, list)) or [type(part) for part in auth] != [str, str]:
        raise TypeError("auth is no pair of user name and password, both str")
    return auth[0], auth[1]


def check_rate(rate: object) -> int:
    """Return a rate limit in bytes per second, a whole number of at least 1; 0 for None.

    Raises:
        TypeError, ValueError: As `check_count`.
    """
    return 0 if rate is None else check_count(rate, "rate_limit", 1, _MOST_BYTES)


def check_text(value: object, what: str, most: int | None = None) -> str:
    """Return `value`, a text of at most `most` characters as the contract counts them (UTF-16).

    Raises:
        TypeError: Not a str.
        ValueError: Too long, with a NUL character, or not expressible in UTF-8.
    """
    if not isinstance(value, str):
        # Not the value, which may be a secret.
        raise TypeError(f"{what} is a {type(value).__name__}; give a str")
    _check_characters(value, what)
    length = len(value) + sum(character > "\uffff" for character in value)
    if most is not None and length > most:
        raise ValueError(f"{what} has {length} characters; the most is {most}")
    return value


def check_path(path: str | os.PathLike[str], what: str = "path") -> str:
    """Return `path`, made absolute.

    Raises:
        TypeError: Neither a str nor an os.PathLike of one.
        ValueError: Empty, with a NUL character, or not expressible in UTF-8.
    """
    if isinstance(path, bytes):
        raise TypeError(f"{what} is bytes; use os.fsdecode()")
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str):
        raise TypeError(f"{what} is {path!r}; give a str or a pathlib.Path")
    if not text:
        raise ValueError(f"{what} is empty")
    _check_characters(text, what)
    return os.path.abspath(text)


def check_file(path: str | os.PathLike[str], what: str) -> str:
    """Return `path`, made absolute, which is a file.

    Raises:
        TypeError, ValueError: As `check_path`, or there is no such file.
    """
    absolute = check_path(path, what)
    if not os.path.isfile(absolute):
        raise ValueError(f"{what} {absolute} is not a file; give a PEM file")
    return absolute


def check_destination(path: str | os.PathLike[str], known: set[str] | None = None) -> str:
    """Return `path`, made absolute, if a file can go there.

    Args:
        path: Of a file.
        known: Folders that were found to be good; those of good paths are added.

    Raises:
        TypeError, ValueError: As `check_path`, or it names a folder, a device and the like, or is
            too long.
        FolderNotFoundError: Its folder does not exist.
        BitsError: Files cannot be made in its folder.
    """
    absolute = check_path(path)
    if absolute.startswith("\\\\.\\"):
        raise ValueError(f"path {os.fspath(path)!r} is a device of Windows and no regular file")
    mode = stat.S_IFREG  # unless there is something of that name
    if os.access(absolute, os.F_OK):
        with contextlib.suppress(OSError):
            mode = os.stat(absolute).st_mode
    if stat.S_ISDIR(mode) or os.fspath(path).endswith(("/", os.sep)):
        raise ValueError(f"path {os.fspath(path)!r} is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise ValueError(f"path {os.fspath(path)!r} is no regular file and will not be replaced")
    folder, name = os.path.split(absolute)
    if len(name) * 4 > _MOST_NAME and _length_on_disk(name) > _MOST_NAME:
        raise ValueError(f"the file name {name!r} is longer than {_MOST_NAME} {_NAME_UNIT}")
    if known is None or folder not in known:
        _check_folder(folder, name)
        if known is not None:
            known.add(folder)
    return absolute


def _length_on_disk(name: str) -> int:
    """In `_NAME_UNIT`: Windows counts UTF-16."""
    return len(name.encode("utf-16-le")) // 2 if os.name == "nt" else len(os.fsencode(name))


def _check_folder(folder: str, name: str) -> None:
    if not os.path.isdir(folder):
        raise make_error(
            FolderNotFoundError,
            ERROR_PATH_NOT_FOUND,
            f"there is no folder {folder} for {name}; make it first",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise make_error(
            BitsError,
            E_ACCESSDENIED,
            f"files cannot be made in the folder {folder}; change its permissions, or use another",
        )


def _check_characters(text: str, what: str) -> None:
    if "\0" in text:
        raise ValueError(f"{what} {text!r} has a NUL character")
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{what} {text!r} is not UTF-8") from None


def _seconds(value: float, what: str) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{what} is {value!r}; give seconds as a number")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(f"{what} is {value!r}; give 0 or more seconds")
    return seconds
