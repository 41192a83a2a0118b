# SPDX-License-Identifier: MIT
"""A model of a job, from the state table in BITS' documentation.

Transfers go on while calls are made, so the model is the set of everything a job may be like now.
A call has to give the code of at least one member of that set; only members with that code remain.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from callbacks import Callback
from codes import (
    ACKNOWLEDGED,
    BG_E_INVALID_STATE,
    BG_E_NETWORK_DISCONNECTED,
    BG_E_VALIDATION_FAILED,
    CANCELLED,
    CONNECTING,
    ERROR,
    ERROR_FILE_NOT_FOUND,
    FLAG_DISABLE,
    FLAG_ERROR,
    FLAG_FILE,
    FLAG_MODIFICATION,
    FLAG_RANGES,
    FLAG_TRANSFERRED,
    NORMAL,
    QUEUED,
    S_OK,
    SUSPENDED,
    TRANSFERRED,
    TRANSFERRING,
    TRANSIENT_ERROR,
    WINHTTP_CANNOT_CONNECT,
)
from contract import (
    Bits,
    Com,
    number,
    progress,
    state,
)

ACTIVE = {QUEUED, CONNECTING, TRANSFERRING}
FAILED = {ERROR, TRANSIENT_ERROR}
FINAL = {ACKNOWLEDGED, CANCELLED}
MOST_FILES = 4
GOOD, GONE, REFUSED = "good", "gone", "refused"  # what a file's source is like
CODES = {ERROR_FILE_NOT_FOUND, BG_E_VALIDATION_FAILED}
PASSING_CODES = {WINHTTP_CANNOT_CONNECT, BG_E_NETWORK_DISCONNECTED}
FLAG_OF = {
    "JobTransferred": FLAG_TRANSFERRED,
    "JobError": FLAG_ERROR,
    "JobModification": FLAG_MODIFICATION,
    "FileTransferred": FLAG_FILE,
    "FileRangesTransferred": FLAG_RANGES,
}


class Life(NamedTuple):
    """What a job may be like."""

    state: int
    sources: tuple[str, ...] = ()  # of its files
    done: frozenset[int] = frozenset()  # the files that are here
    landing: int | None = None  # the file that may have been on its way when the job was stopped
    due: bool = False  # it is time for another try, which may not have begun yet

    @property
    def next(self) -> int | None:
        """The file that is transferred next: BITS' numbers take them in order."""
        return next((i for i in range(len(self.sources)) if i not in self.done), None)

    def stopped(self, where: int) -> Life:
        """In the state `where` by a call."""
        landing = self.next if self.state in ACTIVE else self.landing
        return self._replace(state=where, landing=landing, due=False)

    def started(self) -> Life:
        """Resumed, or on its own."""
        return self._replace(state=QUEUED, due=False)


def later(lives: set[Life], network: bool) -> set[Life]:
    """Everything `lives` may become without a call."""
    found: set[Life] = set()
    todo = list(lives)
    while todo:
        life = todo.pop()
        if life in found:
            continue
        found.add(life)
        if life.landing is not None:
            source = life.sources[life.landing]
            if source == GOOD:
                todo.append(life._replace(done=life.done | {life.landing}, landing=None))
            elif life.state in ACTIVE and network:  # resumed before it was stopped: it goes on
                todo.append(life._replace(state=_failed(source), landing=None))
        if life.state not in ACTIVE:
            if life.state == TRANSIENT_ERROR and life.due and network:
                todo.append(life.started())
            continue
        arrived = life
        if life.next is not None and life.sources[life.next] == GOOD:
            arrived = life._replace(done=life.done | {life.next})
        todo += [arrived._replace(state=each) for each in ACTIVE] if network else []
        todo += [life._replace(state=each) for each in ACTIVE] if network else []
        if not network:
            todo.append(life.stopped(TRANSIENT_ERROR))
        elif life.next is None:
            todo.append(life._replace(state=TRANSFERRED))
        elif arrived is life:
            todo.append(life._replace(state=_failed(life.sources[life.next])))
    return found


def _failed(source: str) -> int:
    """The state a file with such a source brings its job into."""
    return ERROR if source == GONE else TRANSIENT_ERROR


Verdict = tuple[set[int], Life]  # codes that are right, and what the job is then


class Client:
    """A job, the model of it, and a callback."""

    def __init__(self, bits: Bits, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.bits = bits
        self.job: Com = bits.job()
        self.callback = Callback("IBackgroundCopyCallback3")
        self.lives = {Life(SUSPENDED)}
        self.network = True
        self.resumed = False
        self.listens = False
        self.flags = FLAG_TRANSFERRED | FLAG_ERROR
        self.asked = 0  # flags of events that may have come
        self.priority = NORMAL
        self.errors = 0

    @property
    def files(self) -> int:
        """How many files the job has, which no transfer changes."""
        return len(next(iter(self.lives)).sources)

    @property
    def is_final(self) -> bool:
        """Whether the job is over, which no transfer changes either."""
        return next(iter(self.lives)).state in FINAL

    def narrow(self, fits: Callable[[Life], bool], seen: object) -> None:
        """Keep what fits to what was seen."""
        kept = {life for life in self.lives if fits(life)}
        assert kept, (seen, self.lives)
        self.lives = later(kept, self.network)

    def check(self, result: int, verdict: Callable[[Life], Verdict]) -> bool:
        """Check the code of a call that can change the job; True when it succeeded."""
        kept = set()
        for life in self.lives:
            codes, then = verdict(life) if life.state not in FINAL else ({BG_E_INVALID_STATE}, life)
            if result in codes:
                kept.add(then)
        assert kept, (hex(result), self.lives)
        self.lives = later(kept, self.network)
        return result < 0x80000000

    def expect(self, result: int, code: int = S_OK) -> bool:
        """Check a setter, which changes nothing the model knows."""
        if code != S_OK and self.is_final and result == code:
            return False  # bad arguments may be seen before the state is
        return self.check(result, lambda life: ({code}, life))

    def look(self) -> None:
        """The state and the files that are here have to be what the model allows."""
        now = state(self.job)
        self.narrow(lambda life: life.state == now, now)
        found = progress(self.job)
        assert found.files_total == self.files
        if not self.is_final:
            self.narrow(lambda life: len(life.done) == found.files_transferred, progress)
        errors = number(self.job.GetErrorCount)
        assert errors >= self.errors
        self.errors = errors
        for event in self.callback.drain():
            assert self.asked & FLAG_OF[event.method], event

    def ask(self) -> None:
        """Events may come from now on."""
        if self.listens and not self.flags & FLAG_DISABLE:
            self.asked |= self.flags
