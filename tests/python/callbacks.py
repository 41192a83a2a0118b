# SPDX-License-Identifier: MIT
"""Callback objects of the client, made of a table of functions as any language would make them."""

from __future__ import annotations

import ctypes
import queue
import threading
from collections.abc import Callable
from ctypes import POINTER, c_uint32, c_void_p
from typing import Any, ClassVar, NamedTuple

from codes import E_NOINTERFACE, S_OK
from contract import GUID, INTERFACES, KINDS, Com, FileRange
from support import PATIENCE


class Event(NamedTuple):
    """A call of a callback: the method and what it was given, numbers and ranges only."""

    method: str
    detail: Any = None


_KEPT: list[Callback] = []  # the service may hold a callback longer than the test does


class Callback:
    """A callback object of the client; each call becomes an event in `events`.

    `answers` maps a method's name to the HRESULT it returns, or to a function that gives it.
    """

    _counting: ClassVar[threading.Lock] = threading.Lock()  # several threads of a service count

    def __init__(self, interface: str = "IBackgroundCopyCallback3", **answers: Any) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.answers = answers
        self.references = 1
        self._iids = {INTERFACES["IUnknown"].iid}
        name = interface
        while name != "IUnknown":
            self._iids.add(INTERFACES[name].iid)
            name = INTERFACES[name].parent
        self._slots: list[Any] = []
        for method, (_, kinds) in sorted(INTERFACES[interface].methods.items(), key=lambda m: m[1]):
            prototype = ctypes.CFUNCTYPE(c_uint32, c_void_p, *[KINDS[kind] for kind in kinds])
            self._slots.append(prototype(self._method(method)))
        self._table = (c_void_p * len(self._slots))(
            *[ctypes.cast(s, c_void_p) for s in self._slots]
        )
        self._object = c_void_p(ctypes.addressof(self._table))
        _KEPT.append(self)

    @property
    def pointer(self) -> int:
        """The object's address, for the contract."""
        return ctypes.addressof(self._object)

    def _method(self, name: str) -> Callable[..., int]:
        special = {"QueryInterface": self._query, "AddRef": self._add, "Release": self._drop}
        if name in special:
            return special[name]

        def call(_: int, *arguments: Any) -> int:
            detail = None
            if name == "FileRangesTransferred":
                found = ctypes.cast(arguments[3], POINTER(FileRange))
                detail = [(found[i].offset, found[i].length) for i in range(arguments[2])]
            elif name == "JobModification":
                detail = arguments[1]
            elif name == "ValidateServerCertificate":
                detail = ctypes.string_at(arguments[3], arguments[2])
            self.events.put(Event(name, detail))
            answer = self.answers.get(name, S_OK)
            return int(answer(*arguments) if callable(answer) else answer)

        return call

    def _query(self, _: int, iid: int, out: int) -> int:
        target = ctypes.cast(out, POINTER(c_void_p))
        known = str(ctypes.cast(iid, POINTER(GUID))[0]) in self._iids
        target[0] = self.pointer if known else None
        self._count(int(known))
        return S_OK if known else E_NOINTERFACE

    def _add(self, _: int) -> int:
        return self._count(1)

    def _drop(self, _: int) -> int:
        return self._count(-1)

    def _count(self, change: int) -> int:
        with self._counting:
            self.references += change
            return self.references

    def next(self, *methods: str) -> Event:
        """The next event of one of these methods; others before it are dropped."""
        while True:
            event = self.events.get(timeout=PATIENCE)
            if not methods or event.method in methods:
                return event

    def drain(self) -> list[Event]:
        """The events there are."""
        out = []
        while not self.events.empty():
            out.append(self.events.get())
        return out

    def join(self, job: Com, flags: int) -> Callback:
        """Set this and the flags on a job."""
        assert job.SetNotifyFlags(flags) == S_OK
        assert job.SetNotifyInterface(self.pointer) == S_OK
        return self
