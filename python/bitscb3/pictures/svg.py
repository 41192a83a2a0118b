# SPDX-License-Identifier: MIT
"""Pictures in SVG: self-contained, without scripts and styles, under 100 kB.

The colours are in the middle between black and white, so that they hold on light and dark pages
alike, whichever way a page chooses between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final
from unicodedata import east_asian_width

from .coverage import coverage, level_of
from .snapshot import FileSnapshot

__all__ = ["bar_of_part", "draw", "fit"]

_TEXT: Final = "#767b84"  # a contrast of 4 or more with white and with GitHub's black
_BAR: Final = "#2f81f7"
_OPACITIES: Final = (0.0, 0.5, 0.6, 0.7, 0.85, 1.0)  # by level
_MOST_CELLS: Final = 6000  # of a picture, at no more than 16 bytes each
_LINE: Final = 20  # pixels for a line of text
_GAP: Final = 10
_LETTER: Final = 6.6  # pixels, on the average, at the size of 12; of a wide one twice that
_FEW: Final = 40  # pixels between the name and the figures


def draw(
    title: tuple[str, str],
    rows: Sequence[FileSnapshot],
    notes: Sequence[str],
    width: int,
    height: int,
) -> str:
    """A picture of a heading, a bar for each file, and notes.

    Args:
        title: Its name and figures; of a single file it is empty, and the file's are the heading.
        rows: The files.
        notes: Lines below them.
        width: Of the picture, in pixels.
        height: Of a bar, in pixels.
    """
    parts: list[str] = []
    y = 0
    if title[0]:
        parts.append(_line(*title, y, width, "600"))
        y += _LINE + _GAP // 2
    cells = max(1, min(width, _MOST_CELLS // max(len(rows), 1)))
    for row in rows:
        parts.append(f"<g><title>{_escaped(row.name)}: {_escaped(row.figures)}</title>")
        parts.append(_line(row.name, row.figures, y, width))
        parts.append(_bar(row, y + _LINE, width, height, cells) + "</g>")
        y += _LINE + height + _GAP
    for note in notes:
        parts.append(_line(note, "", y, width))
        y += _LINE
    name, figures = title if title[0] else (rows[0].name, rows[0].figures)
    y = max(y, _LINE)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
        f'viewBox="0 0 {width} {y}" role="img" style="max-width:100%;height:auto" '
        f'font-family="system-ui,sans-serif" font-size="12" fill="{_TEXT}">\n'
        f"<title>{_escaped(f'{name}: {figures}' if figures else name)}</title>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def bar_of_part(part: float) -> str:
    """A small bar that is filled by `part`, 0 to 1, for a table."""
    return (
        f'<svg width="120" height="10" role="img" fill="{_BAR}"><title>{int(part * 100)} %</title>'
        f'<rect width="120" height="10" fill="{_TEXT}" fill-opacity=".18"/>'
        f'<rect width="{part * 120:.1f}" height="10"/></svg>'
    )


def fit(text: str, pixels: float) -> str:
    """`text`, cut in the middle where it takes more room than that."""
    if _room(text) <= pixels:
        return text
    head = tail = ""
    left = pixels - _LETTER
    for index in range(len(text)):  # a letter from the left, one from the right
        letter = text[-1 - index // 2] if index % 2 else text[index // 2]
        left -= _room(letter)
        if left < 0:
            break
        head, tail = (head, letter + tail) if index % 2 else (head + letter, tail)
    return f"{head}…{tail}"


def _room(text: str) -> float:
    return sum(_LETTER * (2 if east_asian_width(letter) in "WF" else 1) for letter in text)


def _line(left: str, right: str, y: int, width: int, weight: str = "") -> str:
    right = fit(right, width - _FEW)
    left = fit(left, max(width - (_room(right) + _FEW if right else 0), _LETTER))
    bold = f' font-weight="{weight}"' if weight else ""
    text = f'<text x="0" y="{y + 14}"{bold}>{_escaped(left)}</text>'
    if right:
        text += f'<text x="{width}" y="{y + 14}" text-anchor="end">{_escaped(right)}</text>'
    return text


def _bar(row: FileSnapshot, y: int, width: int, height: int, cells: int) -> str:
    track = (
        f'<rect y="{y}" width="{width}" height="{height}" fill-opacity=".18"/>'
        if row.ranges is not None
        else f'<rect x=".5" y="{y + 0.5}" width="{width - 1}" height="{height - 1}" fill="none" '
        f'stroke="{_TEXT}" stroke-dasharray="4 4"/>'
    )
    if row.remark:
        middle = y + height / 2 + 4
        return (
            f'{track}<text x="{width / 2}" y="{middle}" text-anchor="middle">'
            f"{_escaped(fit(row.remark, width - 8))}</text>"
        )
    if row.ranges is None or row.size is None:
        return track
    levels = (
        [level_of(part, row.size, len(_OPACITIES)) for part in _parts(row, cells)]
        if row.size
        else [len(_OPACITIES) - 1] * cells
    )
    paths = [""] * len(_OPACITIES)
    at = 0
    for level, group in groupby(levels):
        run = len(list(group))
        if level:
            paths[level] += f"M{at} 0h{run}v1h-{run}z"
        at += run
    shapes = "".join(
        f'<path d="{path}"{_opacity(level)}/>' for level, path in enumerate(paths) if path
    )
    return (
        f'{track}<svg y="{y}" width="{width}" height="{height}" viewBox="0 0 {cells} 1" '
        f'preserveAspectRatio="none" fill="{_BAR}">{shapes}</svg>'
    )


def _parts(row: FileSnapshot, cells: int) -> list[int]:
    assert row.ranges is not None
    assert row.size is not None
    return coverage(row.ranges, row.size, cells)


def _opacity(level: int) -> str:
    opacity = _OPACITIES[level]
    return "" if opacity == 1 else f' fill-opacity="{opacity}"'


def _escaped(text: str) -> str:
    return escape(text, quote=True)
