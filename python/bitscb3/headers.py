# SPDX-License-Identifier: MIT
"""The header block of an HTTP response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["Headers"]


class Headers(Mapping[str, str]):
    """The headers of a response; names in any case. `str()` gives the block as it came.

    A header that came several times is joined with ", ". Names are listed in lower case.
    """

    def __init__(self, block: str) -> None:
        """Read `block`: a status line, then one header a line."""
        self._block = block
        self._values: dict[str, str] = {}
        for line in block.split("\n"):  # no other character ends a line of HTTP
            name, colon, value = line.partition(":")
            if not colon or line.startswith("HTTP/"):
                continue
            name, value = name.strip().lower(), value.strip()
            known = self._values.get(name)
            self._values[name] = value if known is None else f"{known}, {value}"

    def __getitem__(self, name: str) -> str:
        """The value of `name`."""
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        """Whether a header of that name came."""
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        """The names, in lower case."""
        return iter(self._values)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._values)

    def __str__(self) -> str:
        """The block as it came."""
        return self._block

    def __repr__(self) -> str:
        """The names; values may be secrets."""
        return f"<Headers {', '.join(self._values)}>"
