# SPDX-License-Identifier: MIT
"""What is closed at the end of its with statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Closing"]

Self = TypeVar("Self", bound="Closing")


class Closing:
    """A base of classes that have a `close`, which the end of a with statement calls."""

    def close(self) -> None:
        """Let go of everything; may be called again."""
        raise NotImplementedError

    def __enter__(self: Self) -> Self:
        """The object."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()
