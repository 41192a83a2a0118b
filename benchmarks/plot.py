# SPDX-License-Identifier: MIT
"""A picture of the downloads: `python -m benchmarks.plot RESULT.json OUT.svg`."""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path
from typing import Any

from .result import OURS

# In pixels; colours that hold on a light and on a dark page.
_WIDTH = 760
_NAME = 170
_BAR = 16
_STEP = 22
_HEAD = 34
_TEXT = "#8a8f98"
_OURS = "#2f81f7"
_PEER = "#9aa4b2"
_SHOWN = 5  # cases


def to_svg(result: dict[str, Any]) -> str:
    """Wall time of each contender, a block of bars for each case with more than two of them."""
    cases = [case for case in result["cases"] if len(case["rows"]) > 2][:_SHOWN]
    parts: list[str] = []
    y = 8
    for case in cases:
        y += _HEAD - 10
        parts.append(
            f'<text x="0" y="{y}" font-weight="600" fill="{_TEXT}">{escape(case["title"])}</text>'
        )
        y += 10
        rows = sorted(case["rows"], key=lambda row: row["wall"])
        longest = rows[-1]["wall"]
        for row in rows:
            length = max(2.0, (_WIDTH - _NAME - 80) * row["wall"] / longest)
            colour = _OURS if row["name"] == OURS else _PEER
            middle = y + _BAR - 4
            parts.append(
                f'<text x="{_NAME - 10}" y="{middle}" text-anchor="end" fill="{_TEXT}">'
                f"{escape(row['name'])}</text>"
                f'<rect x="{_NAME}" y="{y}" width="{length:.1f}" height="{_BAR}" rx="3" '
                f'fill="{colour}"/>'
                f'<text x="{_NAME + length + 8:.1f}" y="{middle}" fill="{_TEXT}">'
                f"{row['wall']:.2f} s</text>"
            )
            y += _STEP
        y += 6
    machine = result["machine"]
    y += 14
    parts.append(
        f'<text x="0" y="{y}" font-size="11" fill="{_TEXT}">'
        f"{escape(machine['cpu'])}; commit {escape(machine['commit'])}; wall time, medians of "
        f"{result['runs']} runs, nginx on the same machine</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y + 10}" '
        f'viewBox="0 0 {_WIDTH} {y + 10}" font-family="system-ui, sans-serif" font-size="13">\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(to_svg(json.loads(source.read_text(encoding="utf-8"))), encoding="utf-8")
