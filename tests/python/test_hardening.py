# SPDX-License-Identifier: MIT
"""The extension as it was built: what its ELF file says of how faults of memory end."""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bitscb3 import _core

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files")

# Source: System V ABI, gABI 4.1, chapters 4 and 5; elf.h of glibc for what GNU added.
PT_DYNAMIC, PT_GNU_STACK, PT_GNU_RELRO = 2, 0x6474E551, 0x6474E552
PF_X = 1
SHT_DYNSYM, SHT_STRTAB = 11, 3
DT_RPATH, DT_TEXTREL, DT_BIND_NOW, DT_RUNPATH = 15, 22, 24, 29
DT_FLAGS, DT_FLAGS_1 = 30, 0x6FFFFFFB
DF_TEXTREL, DF_BIND_NOW, DF_1_NOW = 0x4, 0x8, 0x1


@dataclass
class Elf:
    """What is asked of a 64-bit ELF file."""

    segments: dict[int, int] = field(default_factory=dict)  # type -> flags
    dynamic: dict[int, int] = field(default_factory=dict)  # tag -> value
    imports: set[str] = field(default_factory=set)
    search_path: str = ""


def read_elf(path: Path) -> Elf:
    """The segments, the dynamic section and the undefined symbols of `path`."""
    data = path.read_bytes()
    assert data[:5] == b"\x7fELF\x02", "a 64-bit ELF file"
    order = "<" if data[5] == 1 else ">"

    def take(form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(order + form, data, at)

    def text(at: int) -> str:
        return data[at : data.index(b"\0", at)].decode()

    found = Elf()
    program_at, section_at = take("QQ", 32)
    program_size, programs, section_size, sections = take("HHHH", 54)
    for i in range(programs):
        kind, flags, offset, _, _, size = take("IIQQQQ", program_at + i * program_size)
        found.segments[kind] = flags
        if kind == PT_DYNAMIC:
            entries = [take("QQ", at) for at in range(offset, offset + size, 16)]
            found.dynamic = {tag: value for tag, value in entries if tag != 0}
    headers = [take("IIQQQQII", section_at + i * section_size) for i in range(sections)]
    for _, kind, _, _, offset, size, link, _ in headers:
        if kind != SHT_DYNSYM:
            continue
        names = headers[link][4]
        for at in range(offset, offset + size, 24):
            name, _, _, section, _, _ = take("IBBHQQ", at)
            if section == 0:
                found.imports.add(text(names + name))
        for tag in (DT_RPATH, DT_RUNPATH):
            if tag in found.dynamic:
                found.search_path += text(names + found.dynamic[tag])
    return found


@pytest.fixture(scope="module")
def elf() -> Elf:
    """The extension of this installation."""
    found = read_elf(Path(_core.__file__))
    if any(name.startswith(("__asan_", "__tsan_")) for name in found.imports):
        pytest.skip("a build with a sanitizer, which has checks of its own")
    return found


def test_tables_are_read_only(elf: Elf) -> None:
    """All relocations are done before the first call, and their tables are read-only then."""
    assert PT_GNU_RELRO in elf.segments
    now = (
        DT_BIND_NOW in elf.dynamic
        or elf.dynamic.get(DT_FLAGS, 0) & DF_BIND_NOW
        or elf.dynamic.get(DT_FLAGS_1, 0) & DF_1_NOW
    )
    assert now


def test_nothing_writable_is_executable(elf: Elf) -> None:
    """The stack is not executable, and no code is changed when the extension is loaded."""
    assert PT_GNU_STACK in elf.segments
    assert not elf.segments[PT_GNU_STACK] & PF_X
    assert DT_TEXTREL not in elf.dynamic
    assert not elf.dynamic.get(DT_FLAGS, 0) & DF_TEXTREL


def test_stack_is_guarded(elf: Elf) -> None:
    """An overrun of a buffer on the stack ends the program before the function returns."""
    assert "__stack_chk_fail" in elf.imports


def test_libraries_are_found_without_search(elf: Elf) -> None:
    """No folder is searched for libraries but, in a wheel that brings some, its own."""
    folders = [folder for folder in elf.search_path.split(":") if folder]
    assert all(folder.startswith("$ORIGIN") for folder in folders), folders
