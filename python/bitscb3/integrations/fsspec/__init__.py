# SPDX-License-Identifier: MIT
"""fsspec: "bits+https://host/file" for every program that opens files by URL."""

from .file_system import BitsFileSystem

__all__ = ["BitsFileSystem"]
