# SPDX-License-Identifier: MIT
"""Which bytes of a file are here, as pictures."""

from .row import Picture

__all__ = ["Picture"]
