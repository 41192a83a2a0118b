# SPDX-License-Identifier: MIT
"""The result of the benchmarks as text (Markdown) and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .result import OURS, Case, Figure, Result

_MIB = 1 << 20


def to_text(result: Result) -> str:
    """The tables."""
    parts = [f"- {name}: {value}" for name, value in result.machine.items()]
    parts += [f"- medians of {result.runs} interleaved runs after one that is not counted", ""]
    for case in result.cases:
        parts += [f"### {case.title}", "", *_case(case), ""]
    if result.figures:
        parts += ["### Targets", "", *_figures(result.figures), ""]
    parts += [f"Not measured: {text}" for text in result.skipped]
    return "\n".join(parts).rstrip() + "\n"


def to_json(result: Result, details: dict[str, Any]) -> str:
    """Everything, for plots and for comparisons later."""
    values = asdict(result)
    for row, figure in zip(values["figures"], result.figures, strict=True):
        row["met"] = figure.met
    return json.dumps({**values, "details": details}, indent=1) + "\n"


def _case(case: Case) -> list[str]:
    ours = case.row(OURS)
    rows = [["", "wall", "CPU", "peak", f"wall / {OURS}"]]
    for row in case.rows:
        ratio = "" if ours is None or row is ours else f"{row.wall / ours.wall:.2f}"
        rows.append(
            [row.name, f"{row.wall:.2f} s", f"{row.cpu:.2f} s", f"{row.peak / _MIB:.0f} MiB", ratio]
        )
    return _table(rows) + [f"Skipped: {text}" for text in case.skipped]


def _figures(figures: list[Figure]) -> list[str]:
    rows = [["target", "what", "figure", "limit", "met"]]
    for one in figures:
        sign = "≥" if one.at_least else "≤"
        unit = f" {one.unit}".rstrip()
        rows.append(
            [
                str(one.target),
                one.what,
                f"{_number(one.value)}{unit}",
                f"{sign} {_number(one.limit)}{unit}",
                "yes" if one.met else "no",
            ]
        )
    return _table(rows)


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}"


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return lines
