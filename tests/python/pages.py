# SPDX-License-Identifier: MIT
"""The README and the pages of docs/, and the code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HOST = "https://example.org"  # stands for a server of the reader's
SHA256 = re.compile(r"\b[0-9a-f]{64}\b")

_FENCE = re.compile(r"^(`{3,})(\S*)[^\n]*\n(.*?)^\1$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str  # as after the fence; a directive of Sphinx is in braces
    text: str
    line: int  # of its first line, from 1


@dataclass(frozen=True)
class Page:
    """A page of documentation in Markdown."""

    path: Path

    @property
    def name(self) -> str:
        """Its path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text("utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        """Its fenced blocks."""
        return [
            Block(found[2], found[3], self.text.count("\n", 0, found.start(3)) + 1)
            for found in _FENCE.finditer(self.text)
        ]

    def blocks_in(self, language: str) -> list[Block]:
        """Its blocks in one language."""
        return [block for block in self.blocks if block.language == language]

    def program(self, skip: tuple[str, ...] = ()) -> str:
        """Its Python blocks as one program, each line in its place; without those that hold a text of `skip`."""
        lines: list[str] = []
        for block in self.blocks_in("python"):
            if not any(text in block.text for text in skip):
                lines += [""] * (block.line - 1 - len(lines)) + block.text.splitlines()
        return "\n".join(lines) + "\n"

    def commands(self) -> Iterator[str]:
        """The commands of its console blocks, without the prompt; what they print is left out."""
        for block in self.blocks_in("console"):
            text = block.text.replace("\\\n", "")
            yield from (line[2:] for line in text.splitlines() if line.startswith("$ "))


def all_pages() -> list[Page]:
    """The README and every page of docs/."""
    return [Page(ROOT / "README.md"), *map(Page, sorted(DOCS.rglob("*.md")))]
