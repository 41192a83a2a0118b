# SPDX-License-Identifier: MIT
"""COM through ctypes: pointers called by the numbers of their slots."""

from __future__ import annotations

import contextlib
import ctypes
import uuid
from collections.abc import Iterator

ole32 = ctypes.windll.ole32
CO_E_NOTINITIALIZED = 0x800401F0
_KINDS = {0: "STA", 1: "MTA", 2: "NTA", 3: "main STA"}


def code(result: int) -> int:
    """An HRESULT without a sign."""
    return result & 0xFFFFFFFF


@contextlib.contextmanager
def in_apartment(kind: int) -> Iterator[None]:
    """This thread in an apartment: 0 for the multi-threaded one, 2 for one of its own."""
    assert code(ole32.CoInitializeEx(None, kind)) in (0, 1)
    try:
        yield
    finally:
        ole32.CoUninitialize()


def apartment_of_this_thread() -> str | None:
    """Its kind; None without one, "implicit" when it merely shares the process's MTA."""
    kind, qualifier = ctypes.c_int(), ctypes.c_int()
    result = ole32.CoGetApartmentType(ctypes.byref(kind), ctypes.byref(qualifier))
    if code(result) == CO_E_NOTINITIALIZED:
        return None
    return "implicit" if qualifier.value == 1 else _KINDS[kind.value]


class Unknown:
    """A reference of a COM object."""

    def __init__(self, pointer: int, *, borrowed: bool = False) -> None:
        """Take over the reference `pointer` is; a borrowed one gets one of its own."""
        assert pointer
        self.pointer = ctypes.c_void_p(pointer)
        if borrowed:
            self.call(1)

    def __del__(self) -> None:
        """Release."""
        self.call(2)

    def call(self, slot: int, *arguments: object) -> int:
        """Call a method; arguments are ctypes objects, or None for a null pointer."""
        table = ctypes.cast(self.pointer, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
        given = [ctypes.c_void_p() if one is None else one for one in arguments]
        kinds = [
            type(one) if not isinstance(one, ctypes.Array) else ctypes.c_void_p for one in given
        ]
        given = [
            ctypes.cast(a, ctypes.c_void_p) if isinstance(a, ctypes.Array) else a for a in given
        ]
        kind = ctypes.WINFUNCTYPE(ctypes.c_long, ctypes.c_void_p, *kinds)
        return code(kind(table[slot])(self.pointer, *given))

    def get(self, slot: int, *arguments: object) -> Unknown:
        """What a method returns in its last argument."""
        out = ctypes.c_void_p()
        result = self.call(slot, *arguments, ctypes.c_void_p(ctypes.addressof(out)))
        assert result == 0, f"slot {slot}: 0x{result:08X}"
        return Unknown(out.value or 0)

    def query(self, interface: str) -> Unknown:
        """The same object's `interface`."""
        return self.get(0, guid(interface))

    def answers(self, interface: str) -> bool:
        """Whether it has `interface`."""
        out = ctypes.c_void_p()
        found = self.call(0, guid(interface), ctypes.c_void_p(ctypes.addressof(out))) == 0
        if found:
            Unknown(out.value or 0)
        return found

    def get_notify_interface(self) -> Unknown:
        """Of an IBackgroundCopyJob: the callback object."""
        return self.get(26)

    def first_file(self) -> Unknown:
        """Of an IBackgroundCopyJob: its first file."""
        files = self.get(5)
        out = ctypes.c_void_p()
        assert files.call(3, ctypes.c_ulong(1), ctypes.c_void_p(ctypes.addressof(out)), None) == 0
        return Unknown(out.value or 0)


def guid(text: str) -> ctypes.Array[ctypes.c_char]:
    """The sixteen bytes of a GUID as COM has them."""
    return ctypes.create_string_buffer(uuid.UUID(text).bytes_le, 16)
