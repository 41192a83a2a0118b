# SPDX-License-Identifier: MIT
"""Times commands against each other: interleaved, each in a process of its own, medians."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LAUNCH = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py"))]
_LONGEST_S = 300


@dataclass
class Contender:
    """A command that does the work of a case."""

    name: str
    command: list[str]
    runs: list[dict[str, float]] = field(default_factory=list)

    def median(self, figure: str) -> float:
        """Of "wall" and "cpu" in seconds, "peak" in bytes."""
        return statistics.median(run[figure] for run in self.runs)


def race(
    contenders: list[Contender],
    runs: int,
    before: Callable[[], None],
    warm_up: bool = True,
) -> None:
    """Run each contender `runs` times, in turns, another one first in each; `before` clears up.

    A first turn is not counted: it fills caches, and has a virtual machine get its memory.

    Raises:
        RuntimeError: A command failed; the text has its own words.
    """
    for turn in range(runs + warm_up):
        first = turn % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            before()
            figures = cost(contender.command)
            if turn >= warm_up:
                contender.runs.append(figures)


def cost(command: list[str]) -> dict[str, float]:
    """What one run of a command costs."""
    done = subprocess.run(
        [*_LAUNCH, *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} … failed:\n{done.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def program(name: str, *arguments: str) -> list[str]:
    """A module of `benchmarks.programs`, as a command."""
    return [sys.executable, "-m", f"benchmarks.programs.{name}", *arguments]


def output_of(command: list[str]) -> dict[str, object]:
    """What a command prints, as JSON."""
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=_LONGEST_S
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} … failed:\n{done.stderr[-2000:]}")
    printed: dict[str, object] = json.loads(done.stdout)
    return printed
