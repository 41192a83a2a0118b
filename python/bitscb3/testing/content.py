# SPDX-License-Identifier: MIT
"""Content whose every byte is known from a seed, so that nothing has to be kept to check a file.

Each block is SHAKE-128 of seed and index: no run of bytes occurs twice, so misplaced data show.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

BLOCK = 64 * 1024


class Source(Protocol):
    """What a server can serve: `bytes`, `Content`, or anything else with a length and slices."""

    def __len__(self) -> int:
        """Size in bytes."""
        ...

    def __getitem__(self, key: slice, /) -> bytes:
        """The bytes of a slice with step 1."""
        ...


@dataclass(frozen=True)
class Content:
    """Pseudo-random bytes, the same for the same size and seed everywhere and always.

    Behaves as `bytes` does under `len` and slicing, but holds no more than the slice taken.

    Args:
        size: Bytes, 0 or more.
        seed: Any number from 0 to 2**64 - 1.

    Threads:
        Any; the object never changes.
    """

    size: int
    seed: int = 0

    def __len__(self) -> int:
        """Size in bytes."""
        return self.size

    def __getitem__(self, key: slice, /) -> bytes:
        """The bytes of a slice with step 1."""
        start, stop, step = key.indices(self.size)
        if step != 1:
            raise ValueError(f"content has slices with step 1 only, not {step}")
        if stop <= start:
            return b""
        first = start // BLOCK
        blocks = b"".join(self._block(i) for i in range(first, (stop - 1) // BLOCK + 1))
        return blocks[start - first * BLOCK : stop - first * BLOCK]

    def blocks(self) -> Iterator[bytes]:
        """Yield all bytes from first to last, in blocks of 64 KiB and a shorter last one."""
        return (self[start : start + BLOCK] for start in range(0, self.size, BLOCK))

    def sha256(self) -> str:
        """SHA-256 of all bytes, in lower-case hexadecimal digits."""
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()

    def _block(self, index: int) -> bytes:
        label = self.seed.to_bytes(8, "little") + index.to_bytes(8, "little")
        return hashlib.shake_128(label).digest(BLOCK)


def write_file(path: Path, size: int, seed: int = 0) -> Content:
    """Write a file of pseudo-random bytes, about 0.5 s for 256 MiB.

    Args:
        path: The file, created or replaced.
        size: Bytes.
        seed: Other seed, other bytes.

    Returns:
        The content written, to compare slices with.
    """
    content = Content(size, seed)
    with path.open("wb") as file:
        file.writelines(content.blocks())
    return content


def write_sparse(path: Path, size: int) -> None:
    """Write a file of `size` zero bytes that takes no room on file systems with sparse files."""
    with path.open("wb") as file:
        file.truncate(size)
