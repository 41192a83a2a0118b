# SPDX-License-Identifier: MIT
"""What a command says: results on standard output, everything else on standard error.

No stream can make a command fail half-way: where nobody reads any more it goes on in silence.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from bitscb3.printable import printable

from .exits import DONE, FAILED

__all__ = ["Speaker", "for_people", "one_line", "silence"]

_GONE = frozenset({errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO})
# Advice for programmers, in the words of the command line; longer ones first.
_WORDS = (
    ('Manager(backend="engine") does', "`--backend engine` does"),
    ("Manager(ca_file=…)", "--ca FILE"),
    ("Manager(store=…)", "--store FOLDER"),
    ("Correct job.http.proxy, then job.resume().", "Correct --proxy and try again."),
    ("job.http.set_credentials() logs in.", "--header 'Authorization: …' logs in."),
    ("job.resume() downloads the file anew.", "`bitscb3 resume` downloads the file anew."),
    ("job.resume() tries again.", "The same command tries again."),
    ("It is tried again by itself; job.resume() tries at once.", "It is tried again by itself."),
    ("then job.resume().", "then `bitscb3 resume`."),
    (
        "wait() for them, or give them up with complete(partial=True) or cancel()",
        "`bitscb3 resume` goes on, --partial gives up what is not whole",
    ),
    ("manager.jobs() lists", "`bitscb3 list` lists"),
    ("manager.features tells", "`bitscb3 doctor` tells"),
)


class Speaker:
    """The streams of one run of the command.

    Attributes:
        as_json: Standard output carries JSON only, and errors are JSON objects, too.
        quiet: Nothing is said but results asked for and errors.
        gone: Nobody reads standard output any more.

    Threads:
        Any.
    """

    def __init__(self, as_json: bool = False, quiet: bool = False) -> None:
        """Speak on the process's streams."""
        self.as_json = as_json
        self.quiet = quiet
        self.gone: bool = False
        self._unwritten: OSError | None = None
        self._lock = threading.Lock()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, ValueError, OSError):
                # A name that the stream cannot encode must not end the command.
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    def say(self, text: str) -> None:
        """Lines of the result, for people; nothing where the result is JSON."""
        if not self.as_json:
            self._write(_lines(text))

    def record(self, value: Mapping[str, Any] | Sequence[Any]) -> None:
        """A JSON object or array on a line of its own; nothing where the result is not JSON."""
        if self.as_json:
            self._write(json.dumps(value))

    def script(self, text: str) -> None:
        """A result that is neither, such as a script, whatever was asked for."""
        self._write(text)

    def note(self, text: str) -> None:
        """A line beside the result, for people."""
        if not self.quiet and not self.as_json:
            self._to_stderr(_lines(text))

    def complain(self, problem: BaseException | str) -> None:
        """One line, or one JSON object, about what went wrong."""
        text = for_people(str(problem))
        if self.as_json:
            name = getattr(problem, "name", None)
            self._to_stderr(json.dumps({"error": text, "name": name}))
        else:
            self._to_stderr(f"bitscb3: {text}")

    def close(self, code: int) -> int:
        """Flush; returns the exit code, which is FAILED where a result could not be written."""
        stream = sys.stdout
        if stream is not None:
            try:
                stream.flush()
            except OSError as error:
                self._lost(error)
        if self._unwritten is not None:
            self.complain(f"standard output cannot be written to: {self._unwritten.strerror}")
            return FAILED if code == DONE else code
        return code

    def _write(self, text: str) -> None:
        with self._lock:
            if self.gone or sys.stdout is None:
                return
            try:
                print(text, flush=True)
            except OSError as error:
                self._lost(error)

    def _lost(self, error: OSError) -> None:
        # Windows says EINVAL of a pipe whose reader is gone.
        if error.errno not in _GONE and not (os.name == "nt" and error.errno == errno.EINVAL):
            self._unwritten = error
        self.gone = True
        silence(sys.stdout)

    def _to_stderr(self, text: str) -> None:
        if sys.stderr is not None:
            try:
                print(text, file=sys.stderr, flush=True)
            except (OSError, ValueError):  # lost, or closed
                silence(sys.stderr)


def for_people(text: str) -> str:
    """A message of the package in one line, with advice for who has this command only."""
    text = one_line(text)
    for ours, theirs in _WORDS:
        text = text.replace(ours, theirs)
    return text


def one_line(text: str) -> str:
    """`text` in one line that can be printed."""
    return printable(" ".join(text.split()))


def _lines(text: str) -> str:
    """`text`, each line of it as it can be printed."""
    return "\n".join(map(printable, text.split("\n")))


def silence(stream: TextIO | None) -> None:
    """Send what the stream still holds nowhere, or Python would complain when it ends."""
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)
        stream.flush()
