# SPDX-License-Identifier: MIT
"""What the BITS headers of mingw-w64 declare, read from the preprocessed text.

Every declaration in it has to be of a kind that is known here: what is not understood is an error, so that
nothing a header declares stays unread.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

COMPILER = "x86_64-w64-mingw32-g++-posix"

#: Headers that look like BITS and are none of the contract.
OTHER_HEADERS = {
    "bitscfg.h": "sets up uploads on an IIS server",
    "bitsmsg.h": "is included by bits.h",
    "qmgr.h": "the service before BITS 1.0, another API",
}

#: Everything that our headers and theirs include, so that inside of a namespace nothing is left to include.
BEFORE = """\
#include <bitscb3/com.h>
#include <rpc.h>
#include <rpcndr.h>
#include <ole2.h>
#include <winhttp.h>
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
"""
#: Theirs as C has it, where an interface is a table of named slots; ids for us to define.
AS_C = """\
#define CINTERFACE
#undef __CRT_UUID_DECL
#undef DEFINE_GUID
"""
_MARK = "the_bits_headers_begin_here"

_VTABLE = re.compile(r"typedef struct (\w+)Vtbl \{(.*?)\} \1Vtbl;", re.DOTALL)
_SLOT = re.compile(r"\([^()]*\*\s*(\w+)\s*\)\s*\(")
_OBJECT = re.compile(r"struct (\w+) \{\s*(?:const )?\1Vtbl\s*\*\s*lpVtbl;\s*\};")
_ENUM = re.compile(r"typedef enum \w* ?\{(.*?)\} (\w+);", re.DOTALL)
_STRUCT = re.compile(r"typedef (?:struct|union) \w+ \{([^{}]*)\} (\w+);")
_ALIAS = re.compile(r"typedef \w+ \*(\w+);")
_ID = re.compile(r"DEFINE_GUID\((\w+),[^)]*\);")
_FORWARD = re.compile(r"(?:typedef )?(?:struct|class) [^;{}]*;")
_FRAME = re.compile(r'extern "C" \{|\}')


@dataclass
class Declarations:
    """The names of what the headers declare, and what belongs to each."""

    headers: list[str]
    slots: dict[str, list[str]] = field(default_factory=dict)
    enums: dict[str, list[str]] = field(default_factory=dict)
    structs: dict[str, list[str]] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    """Names of pointers to structures."""
    ids: list[str] = field(default_factory=list)
    macros: dict[str, str] = field(default_factory=dict)
    """Macros that stand for a value, by name; guards have none."""
    system_macros: set[str] = field(default_factory=set)
    """Macros that are there besides: those of the system's headers."""


def read(include: Path) -> Declarations:
    """Reads the headers of the installed compiler; our com.h, below `include`, is what they stand on."""
    found = Declarations(headers=_headers())
    theirs = "".join(f"#include <{name}>\n" for name in found.headers)
    before = _macros(BEFORE + AS_C, include)
    after = _macros(BEFORE + AS_C + theirs, include)
    found.system_macros = set(before)
    found.macros = {name: after[name] for name in after if name not in before and after[name]}

    text = _preprocessed(f"{BEFORE}{AS_C}int {_MARK};\n{theirs}", include, "-P")
    text = text.split(f"int {_MARK};")[1]
    for interface, table in _VTABLE.findall(text):
        found.slots[interface] = _SLOT.findall(table)
        if len(found.slots[interface]) != table.count(";"):
            raise SystemExit(f"not understood: the table of {interface}")
    text = _OBJECT.sub("", _VTABLE.sub("", text))
    for values, name in _ENUM.findall(text):
        found.enums[name] = [value.split("=")[0].strip() for value in values.split(",")]
    text = _ENUM.sub("", text)
    for members, name in _STRUCT.findall(text):
        found.structs[name] = re.findall(r"(\w+);", members)
        if len(found.structs[name]) != members.count(";"):
            raise SystemExit(f"not understood: the members of {name}")
    text = _STRUCT.sub("", text)
    found.aliases, found.ids = _ALIAS.findall(text), _ID.findall(text)
    for pattern in (_ALIAS, _ID, _FORWARD, _FRAME):
        text = pattern.sub("", text)
    if text.strip():
        raise SystemExit(f"not understood: {text.strip()[:500]}")
    return found


def errors(source: Path, include: Path) -> list[str]:
    """What the compiler finds wrong with a file, an error a line; nothing if it is right."""
    command = [COMPILER, "-std=c++20", f"-I{include}", f"-I{Path(__file__).parent}"]
    done = subprocess.run(
        [*command, "-fsyntax-only", str(source)], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return []
    return [line for line in done.stderr.splitlines() if "error:" in line] or [done.stderr]


def _headers() -> list[str]:
    """The headers of BITS beside bits.h, whichever versions are installed."""
    made = _run("-x", "c++", "-M", "-", text="#include <bits.h>\n")
    folder = Path(next(name for name in made.split() if name.endswith("/bits.h"))).parent
    names = sorted(path.name for path in folder.glob("bits*.h"))
    return [name for name in names if name not in OTHER_HEADERS]


def _macros(text: str, include: Path) -> dict[str, str]:
    """Every macro after a text, those with arguments excepted: name to body."""
    lines = _preprocessed(text, include, "-dM").splitlines()
    parts = [line.split(maxsplit=2) for line in lines]
    return {part[1]: (part[2:] or [""])[0] for part in parts if "(" not in part[1]}


def _preprocessed(text: str, include: Path, *flags: str) -> str:
    return _run("-std=c++20", f"-I{include}", "-x", "c++", "-E", *flags, "-", text=text)


def _run(*arguments: str, text: str) -> str:
    done = subprocess.run(
        [COMPILER, *arguments], input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout
