# SPDX-License-Identifier: MIT
"""Where progress is shown: a picture that changes in place on a terminal, lines elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, TextIO

from bitscb3.printable import printable

from .speaker import silence

if TYPE_CHECKING:
    from rich.live import Live

__all__ = ["Part", "Screen", "can_draw", "columns", "cut", "make_screen", "picture_width"]

_WIDEST = 64  # of a picture
_NARROWEST = 4
_ECHO = 2  # columns for the ^C that a terminal shows; in a new line it would move the picture


class Part(NamedTuple):
    """A piece of a line, in a style of rich's: "green", "bold"."""

    text: str
    style: str = ""


class Screen:
    """Lines, one after another.

    Attributes:
        live: Whether `draw` draws in place; else `line` is for what is worth a line.
        lost: Nobody sees it any more.
    """

    live: bool = False

    def __init__(self, stream: TextIO | None) -> None:
        """Write to `stream`; None: nowhere."""
        self._stream = stream
        self.lost: bool = False

    def __enter__(self) -> Screen:
        """The screen."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave what was written."""

    def draw(self, lines: Sequence[Sequence[Part]]) -> None:
        """Show `lines` in place of those before."""

    def line(self, text: str, *, whole: bool = False) -> None:
        """Write a line that stays, cut to a terminal's width unless `whole`.

        In silence once the stream is lost.
        """
        if self._stream is not None:
            try:
                if self._stream.isatty() and not whole:
                    text = cut(text, columns() - 1)
                print(text, file=self._stream, flush=True)
            except (OSError, ValueError):
                silence(self._stream)
                self._stream = None
                self.lost = True


class LiveScreen(Screen):
    """Lines that change in place, drawn by rich."""

    live: bool = True

    def __init__(self, stream: TextIO, stays: bool) -> None:
        """Draw on `stream`; `stays`: leave the last picture there."""
        from rich.console import Console
        from rich.live import Live

        super().__init__(stream)
        self._live: Live | None = Live(
            console=Console(file=stream),  # rich heeds NO_COLOR
            auto_refresh=False,
            transient=not stays,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Screen:
        """Start to draw."""
        self._try(lambda live: live.start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and show the cursor again."""
        self._try(lambda live: live.stop())

    def draw(self, lines: Sequence[Sequence[Part]]) -> None:
        """Draw anew, no more lines than the terminal has."""
        from rich.constrain import Constrain
        from rich.text import Text

        room = max(shutil.get_terminal_size().lines - 1, 1)
        text = Text(no_wrap=True, overflow="ellipsis")
        if len(lines) > room:
            lines = [*lines[: room - 1], lines[-1]]  # the last one has the sum
        for number, parts in enumerate(lines):
            text.append("\n" if number else "")
            for part in parts:
                text.append(printable(part.text), part.style)
        narrower = Constrain(text, max(columns() - _ECHO, 1))
        self._try(lambda live: live.update(narrower, refresh=True))

    def line(self, text: str, *, whole: bool = False) -> None:
        """Write a line above the picture; it is never cut."""
        from rich.text import Text

        self._try(lambda live: live.console.print(Text(printable(text))))

    def _try(self, act: Callable[[Live], None]) -> None:
        """Draw, unless the terminal is lost."""
        if self._live is not None:
            try:
                act(self._live)
            except (OSError, ValueError):
                silence(self._stream)
                self._live = None
                self.lost = True


def make_screen(stream: TextIO | None, *, stays: bool = False) -> Screen:
    """A live screen where `stream` is a terminal and rich is installed, else lines."""
    try:
        if stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb":
            return LiveScreen(stream, stays)
    except (ImportError, ValueError):  # without rich, or closed
        pass
    return Screen(stream)


def can_draw(stream: TextIO | None) -> bool:
    """Whether `stream` can show block characters."""
    try:
        "·░▒▓█".encode((stream and stream.encoding) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return sys.platform != "win32" or (stream is not None and stream.isatty())


def columns() -> int:
    """How wide the terminal is; 80 where there is none. The variable COLUMNS counts more."""
    return shutil.get_terminal_size().columns


def picture_width(beside: int = 2) -> int:
    """How wide a picture may be, with `beside` columns for other things."""
    return max(_NARROWEST, min(_WIDEST, columns() - beside))


def cut(text: str, width: int) -> str:
    """`text` in at most `width` characters."""
    return text if len(text) <= width else f"{text[: max(width - 3, 0)]}..."
