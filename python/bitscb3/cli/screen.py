# SPDX-License-Identifier: MIT
"""Where progress is shown: a live picture on a terminal, lines elsewhere."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

__all__ = ["Screen", "can_draw", "make_screen"]


class Screen:
    """Lines: one for each tenth of the way, and for each new remark."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream`."""
        self._stream = stream
        self._tenth = -1
        self._remark = ""

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

    def update(self, picture: str, done: float | None, figures: str, remark: str = "") -> None:
        """Show how far it is.

        Args:
            picture: The row of characters.
            done: The part that is here, 0 to 1; None: unknown.
            figures: In words.
            remark: What is out of the ordinary; empty: nothing.
        """
        tenth = self._tenth if done is None else int(done * 10)
        if tenth != self._tenth or (remark and remark != self._remark):
            self._tenth = tenth
            text = "  ".join(part for part in (f"[{picture}]", figures, remark) if part)
            print(text, file=self._stream, flush=True)
        self._remark = remark


class LiveScreen(Screen):
    """Two lines that change in place."""

    def __init__(self, stream: TextIO, console: Console) -> None:
        """Draw with `console`, which writes to `stream`."""
        from rich.live import Live

        super().__init__(stream)
        self._live: Live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Screen:
        """Start to draw."""
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the lines away."""
        self._live.__exit__(kind, error, trace)

    def update(self, picture: str, done: float | None, figures: str, remark: str = "") -> None:
        """Draw anew."""
        from rich.text import Text

        percent = "   ?  " if done is None else f"{done:5.0%} "
        text: Text = Text.assemble(
            (picture, "green"), "\n", (percent, "bold"), figures, "  ", (remark, "yellow")
        )
        text.no_wrap = True
        text.overflow = "ellipsis"
        self._live.update(text, refresh=True)


def make_screen(stream: TextIO) -> Screen:
    """A live screen where `stream` is a terminal and rich is installed, else lines."""
    if stream.isatty() and os.environ.get("TERM") != "dumb":
        try:
            from rich.console import Console
        except ImportError:
            return Screen(stream)
        return LiveScreen(stream, Console(file=stream))  # rich heeds NO_COLOR
    return Screen(stream)


def can_draw(stream: TextIO) -> bool:
    """Whether `stream` can show block characters."""
    try:
        "·░▒▓█".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return sys.platform != "win32" or stream.isatty()
