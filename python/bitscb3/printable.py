# SPDX-License-Identifier: MIT
"""Texts of other people's: names, addresses, a server's words, on their way to a terminal."""

from __future__ import annotations

import re

__all__ = ["printable"]

# Controls, and what turns the direction of writing: a name could be shown as another one.
_CODE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(text: str, instead: str = "�") -> str:
    """`text` in one line, without what a terminal or a log would obey."""
    return _CODE.sub(instead, text)
