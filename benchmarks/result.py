# SPDX-License-Identifier: MIT
"""What a run of the benchmarks found."""

from __future__ import annotations

from dataclasses import dataclass, field

from .measure import Contender

OURS = "bitscb3"


@dataclass
class Row:
    """One contender of a case: medians."""

    name: str
    wall: float  # seconds
    cpu: float  # seconds
    peak: float  # bytes

    @classmethod
    def of(cls, contender: Contender) -> Row:
        """The medians of its runs."""
        return cls(contender.name, *map(contender.median, ("wall", "cpu", "peak")))


@dataclass
class Case:
    """One piece of work, done by several contenders."""

    title: str
    rows: list[Row]
    skipped: list[str]
    """Who could not take part, and why."""

    def row(self, name: str) -> Row | None:
        """The contender of that name."""
        return next((row for row in self.rows if row.name == name), None)

    def ratio(self, to: str, figure: str = "wall", name: str = OURS) -> float | None:
        """`name`'s figure over another one's; None when one of them did not take part."""
        one, other = self.row(name), self.row(to)
        return (
            None if one is None or other is None else getattr(one, figure) / getattr(other, figure)
        )


@dataclass
class Figure:
    """A figure beside the limit it is to keep."""

    target: int
    what: str
    value: float
    limit: float
    unit: str = "×"
    at_least: bool = False
    """The limit is the least, not the most."""

    @property
    def met(self) -> bool:
        """Whether the limit is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Result:
    """All of it."""

    machine: dict[str, str]
    runs: int
    cases: list[Case] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(
        self,
        target: int,
        what: str,
        value: float | None,
        limit: float,
        unit: str = "×",
        at_least: bool = False,
    ) -> None:
        """Note a figure; None is one that could not be had."""
        if value is None:
            self.skipped.append(f"{what}: nothing to compare with")
        else:
            self.figures.append(Figure(target, what, value, limit, unit, at_least))
