# SPDX-License-Identifier: MIT
"""Compares the contract (cpp/include/bitscb3) with the BITS headers of mingw-w64, which others wrote.

Everything those headers declare becomes a static_assert about ours; one compiler, which includes theirs in one
namespace and ours in another, judges. It does so twice: with the types the contract has on Windows, and with those
it has elsewhere. planted_errors.py shows that it can fail.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import mingw_headers
from mingw_headers import AS_C, BEFORE, Declarations

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = Path("cpp/include")
IDS = Path("cpp/base/iids.c")

#: Why the contract is without some names of theirs, and which.
LEFT_OUT = {
    "type libraries are not part of the contract": r"LIBID_\w+",
    "0x8020002F to 0x8020003D, which only mingw-w64 has; the SDK gives them to nothing": (
        r"BG_E_(KEEP_ALIVE|PIPELINE|(PROXY_)?NAME_RESOLUTION|RECEIVE|SECURE_CHANNEL|SEND|TRUST)_FAILURE"
        r"|BG_E_(MESSAGE_LENGTH_LIMIT_EXCEEDED|PENDING|PROTOCOL_ERROR|REQUEST_CANCELED|TIMEOUT)"
        r"|BG_E_(SERVER_PROTOCOL_VIOLATION|UNKNOWN_ERROR)"
    ),
}
#: Macros of ours that stand for no value.
NO_VALUES = re.compile(r"BITSCB3_\w+|INTERFACE|NOMINMAX|STDMETHOD\w+|THIS_?|WIN32_LEAN_AND_MEAN")
#: Codes that have a Win32 number on Windows, by their prefix here and there.
WIN32_CODES = {
    "BITSCB3_WIN32_RPC_": "RPC_",
    "BITSCB3_WIN32_ERROR_": "ERROR_",
    "BITSCB3_WINHTTP_ERROR_": "ERROR_WINHTTP_",
}
#: What hides Windows from our headers.
ELSEWHERE = [
    *(f"#undef {name}" for name in ("_WIN32", "REFGUID", "REFIID", "REFCLSID")),
    "#define IID_IUnknown IID_IUnknown_",
]
FROM_IUNKNOWN = ("QueryInterface", "AddRef", "Release")


@dataclass
class Contract:
    """What our headers declare, as far as theirs do not tell what to ask for."""

    include: Path
    ids: Path
    parents: dict[str, str] = field(default_factory=dict)
    macros: dict[str, Path] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)

    @classmethod
    def below(cls, root: Path) -> Contract:
        """The contract of a tree of sources."""
        found = cls(root / CONTRACT, root / IDS)
        for path in sorted((found.include / "bitscb3").glob("*.h")):
            text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            found.words.update(re.findall(r"\w+", text))
            found.parents.update(re.findall(r"^BITSCB3_INTERFACE\((\w+), (\w+)\);", text, re.M))
            for name in re.findall(r"^\s*#\s*define (\w+)", text, re.M):
                found.macros[name] = path
        return found


@dataclass
class Comparison:
    """The statements about ours that have to hold, with what is counted and what cannot be asked."""

    lines: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def claim(self, name: str, what: str, condition: str) -> None:
        """One statement: what is told when it does not hold begins with the name."""
        self.lines.append(f'static_assert({condition}, "{name}: {what}");')

    def wanted(self, name: str, ours: Contract) -> bool:
        """Whether a name of theirs is to be compared; if not, why not is noted."""
        for why, pattern in LEFT_OUT.items():
            if re.fullmatch(pattern, name):
                self.left_out[why] += 1
                return False
        if name not in ours.words and not (name.startswith(("IID_", "CLSID_"))):
            self.missing.append(name)
            return False
        return True


def compare(theirs: Declarations, ours: Contract, *, on_windows: bool) -> tuple[str, Comparison]:
    """The text of a C++ file that compiles if ours are as theirs, and what it claims."""
    told = Comparison()
    values = _values(theirs, ours, told, on_windows=on_windows)
    pairs = [*theirs.structs, *theirs.enums, *theirs.slots]
    pairs = [name for name in pairs if told.wanted(name, ours)]
    for name in pairs:
        if name in theirs.slots:
            _claim_interface(told, name, theirs.slots[name], on_windows=on_windows)
        elif name in theirs.structs:
            _claim_struct(told, name, theirs.structs[name])
        else:
            told.counts["enumerations"] += 1
            told.claim(name, "size", f"sizeof(theirs::{name}) == sizeof(ours::{name})")
            for value in [value for value in theirs.enums[name] if told.wanted(value, ours)]:
                told.counts["enumerators"] += 1
                told.claim(value, "value", f"bits(theirs::{value}) == bits(ours::{value})")
    for name in [name for name in theirs.aliases if told.wanted(name, ours)]:
        told.counts["pointer types"] += 1
        told.claim(name, "type", f"same_type<theirs::{name}, ours::{name}>")
    for name in [name for name in theirs.ids if told.wanted(name, ours)]:
        told.counts["ids"] += 1
        told.claim(name, "id", f"same_id(theirs::{name}, ours::{name})")
    if not on_windows:
        _claim_struct(told, "GUID", ["Data1", "Data2", "Data3", "Data4"], "")
        _claim_struct(told, "FILETIME", ["dwLowDateTime", "dwHighDateTime"], "")
        told.counts["ids"] += 1
        told.claim("IID_IUnknown", "id", "same_id(their_unknown, ours::IID_IUnknown_)")
    both = _both(theirs, ours, values, on_windows=on_windows)
    counterparts = {f"theirs::{name}": name for name in pairs}
    if not on_windows:
        counterparts |= {f"::{name}": name for name in ("GUID", "FILETIME", "IUnknown")}
    both += [
        f"template<> struct Counterpart<{there}> {{ using type = ours::{here}; }};"
        for there, here in counterparts.items()
    ]
    return "\n".join([*both, *_tables(ours), *told.lines, ""]), told


def _both(
    theirs: Declarations, ours: Contract, values: list[str], *, on_windows: bool
) -> list[str]:
    """Theirs and ours, each in a namespace. Between them the macros that ours define end."""
    ends = [name for name, path in ours.macros.items() if not on_windows or path.name != "com.h"]
    return [
        '#include "compare.hpp"',
        BEFORE + AS_C,
        "#define DEFINE_GUID(name, a, b, c, ...) constexpr GUID name = {a, b, c, {__VA_ARGS__}}",
        "namespace theirs {",
        *(f"#include <{name}>" for name in theirs.headers),
        "}",
        "constexpr GUID their_unknown = __mingw_uuidof_s<IUnknown>::__uuid_inst;",
        *values,
        *(f"#undef {name}" for name in ends),
        *([] if on_windows else ELSEWHERE),
        "namespace ours {",
        "#include <bitscb3/bits.h>",
        "#define const constexpr",
        f'#include "{ours.ids}"',
        "#undef const",
        "}",
    ]


def _values(
    theirs: Declarations, ours: Contract, told: Comparison, *, on_windows: bool
) -> list[str]:
    """Claims about constants; the result notes their values before the macros become ours."""
    known = {name: name for name in theirs.macros if told.wanted(name, ours)}
    for name, path in ours.macros.items():
        seen = path.name != "com.h" or not on_windows
        if seen and name in theirs.system_macros and not NO_VALUES.fullmatch(name):
            known[name] = name
        for here, there in WIN32_CODES.items():
            if name.startswith(here):
                known[name] = there + name.removeprefix(here)
    lines = []
    for name, there in known.items():
        value = f"bits({there})"
        kind = "codes of BITS" if re.match(r"BG_[ES]_|BITS_MC_", name) else "flags"
        if name not in theirs.macros:
            kind = "codes of the system"
        if name != there:
            value = f"((std::uint32_t({there}) & 0xFFFFu) | 0x80070000u)"
        told.counts[kind] += 1
        lines.append(f"constexpr auto value_of_{name} = {value};")
        told.claim(name, "value", f"value_of_{name} == bits({name})")
    return lines


def _claim_interface(told: Comparison, name: str, methods: list[str], *, on_windows: bool) -> None:
    told.counts["interfaces"] += 1
    for table in ("derived", "listed"):
        told.claim(name, "length", f"sizeof(theirs::{name}Vtbl) == sizeof({table}::{name})")
    for method in methods:
        told.counts["slots"] += 1
        for table in ("derived", "listed"):
            at = f"offsetof(theirs::{name}Vtbl, {method}) == offsetof({table}::{name}, {method})"
            told.claim(f"{name}::{method}", "slot", at)
        if on_windows and method in FROM_IUNKNOWN:
            continue  # of the system's IUnknown
        told.counts["signatures"] += 1
        there = f"decltype(theirs::{name}Vtbl::{method})"
        here = f"decltype(&ours::{name}::{method})"
        told.claim(f"{name}::{method}", "signature", f"same_signature<{there}, {here}>")


def _claim_struct(told: Comparison, name: str, members: list[str], space: str = "theirs") -> None:
    told.counts["structures"] += 1
    there, here = f"{space}::{name}", f"ours::{name}"
    told.claim(name, "size", f"sizeof({there}) == sizeof({here})")
    told.claim(name, "alignment", f"alignof({there}) == alignof({here})")
    for member in members:
        told.counts["members"] += 1
        at = f"offsetof({there}, {member}) == offsetof({here}, {member})"
        told.claim(f"{name}.{member}", "offset", at)
        same = f"same_type<decltype({there}::{member}), decltype({here}::{member})>"
        told.claim(f"{name}.{member}", "type", same)


def _tables(ours: Contract) -> list[str]:
    """Our tables with a named pointer for each slot: derived as in C++, and listed as in C."""
    first = "struct IUnknown { void *QueryInterface, *AddRef, *Release; };"
    lines = ["#define POINTER(Method, arguments) void* Method;"]
    lines += [f"namespace derived {{ {first} }}", f"namespace listed {{ {first} }}"]
    for name in sorted(ours.parents, key=lambda name: _depth(name, ours.parents)):
        own, all_ = f"{name}_OWN(POINTER)", f"{name}_SLOTS(POINTER)"
        lines.append(f"namespace derived {{ struct {name} : {ours.parents[name]} {{ {own} }}; }}")
        lines.append(f"namespace listed {{ struct {name} : IUnknown {{ {all_} }}; }}")
    return lines


def _depth(name: str, parents: dict[str, str]) -> int:
    return 1 + _depth(parents[name], parents) if name in parents else 0


def check(theirs: Declarations, ours: Contract, folder: Path) -> tuple[list[str], Comparison]:
    """What differs, on Windows or elsewhere, and what was compared elsewhere, which is more."""
    folder.mkdir(parents=True, exist_ok=True)
    differences: list[str] = []
    for on_windows in (True, False):
        text, told = compare(theirs, ours, on_windows=on_windows)
        source = folder / f"headers_{'on_windows' if on_windows else 'elsewhere'}.cpp"
        source.write_text(text, encoding="utf-8")
        differences += [f"{name}: missing" for name in told.missing]
        for line in mingw_headers.errors(source, ours.include):
            failed = re.search(r"error: static assertion failed: (.*)", line)
            differences.append(failed[1] if failed else line)
    return list(dict.fromkeys(differences)), told


def report(theirs: Declarations, ours: Contract) -> int:
    """Checks the contract and tells the outcome."""
    differences, told = check(theirs, ours, ROOT / "build/headers")
    if differences:
        print("the contract differs from", ", ".join(theirs.headers), file=sys.stderr)
        print("\n".join(f"  {line}" for line in differences), file=sys.stderr)
        return 1
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(told.counts.items()))
    print(f"as in {', '.join(theirs.headers)} of mingw-w64: {counts} ({len(told.lines)} claims)")
    for why, number in told.left_out.items():
        print(f"theirs alone: {number} names ({why})")
    constants = [n for n in ours.macros if re.match(r"BG_|BITS_", n) and n not in theirs.macros]
    interfaces = sorted(set(ours.parents) - set(theirs.slots))
    print(f"ours alone, not compared: {len(constants)} constants, {', '.join(interfaces)}")
    return 0


if __name__ == "__main__":
    sys.exit(report(mingw_headers.read(ROOT / CONTRACT), Contract.below(ROOT)))
