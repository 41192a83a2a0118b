# SPDX-License-Identifier: MIT
"""The lives of crash_program.py on one store: how each is ended, and what has to hold afterwards."""

from __future__ import annotations

import os
import random
import re
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import crash_program
from crash_program import SIZES, files_of, kind_of
from stored import COMPLETE, Claim, check_claims, claims_of

from bitscb3.testing import Content, FaultServer, Resource
from bitscb3.testing.messages import Behaviour, Record, Request, Response, Step
from support import PATIENCE

LONGEST_LIFE = 0.5  # seconds
ENDINGS = (b"completing", b"cancelling")


@cache
def content(index: int) -> bytes:
    """A file of the server."""
    return Content(SIZES[index], seed=index)[:]


def content_of(name: str) -> bytes:
    """A file of the server, by the name it is to have, which is its URL's query, too."""
    number, place = map(int, name.split("-"))
    return content(files_of(number)[place])


def paced(inner: Behaviour) -> Behaviour:
    """Let a body take its time: 32 MB a second, in steps."""
    never = threading.Event()

    def steps(body: Iterator[Step]) -> Iterator[Step]:
        for step in body:
            yield step
            never.wait(0.002)

    def behaviour(request: Request) -> Response:
        response = inner(request)
        return response.with_body(steps(iter(response.body)))

    return behaviour


@dataclass
class Lives:
    """The lives of a program on one store, and what has to hold after each.

    Args:
        home: A folder, which gets one for the store and one for the files.
        server: It serves the files from now on.
        seed: Of all that is left to chance.
    """

    home: Path
    server: FaultServer
    seed: int
    environment: Mapping[str, str] | None = None  # of the program
    after_kill: Callable[[], object] = bool  # is called before the look
    published: set[Path] = field(default_factory=set)  # found whole
    says: list[tuple[str, int]] = field(default_factory=list)  # word and number, of all lives
    kills: int = 0
    kills_while_ending: int = 0
    kills_while_completing: int = 0
    bytes_checked: int = 0
    bytes_asked_again: int = 0
    events_told_later: int = 0

    def __post_init__(self) -> None:
        for index in range(len(SIZES)):
            self.server.serve(f"/{index}", Resource(content(index)), paced)
        self.dice = random.Random(self.seed)
        self.store = self.home / "store"
        self.folder = self.home / "files"
        self.folder.mkdir(parents=True)

    @contextmanager
    def named(self) -> Iterator[None]:
        """What fails inside tells the seed."""
        try:
            yield
        except BaseException:
            print(f"seed {self.seed}, after {self.kills} kills")
            raise

    def run(self, *, is_last: bool = False) -> None:
        """One life, until it is killed or, the last one, ends by itself, and the look afterwards."""
        before = claims_of(self.store) if self.store.exists() else []
        mark = len(self.server.requests)
        first = max(self.said("making"), default=-1) + 1
        stop = first if is_last else first + crash_program.WIDTH
        words = (sys.executable, crash_program.__file__, self.store, self.folder)
        with subprocess.Popen(
            [*map(str, words), self.server.url(""), str(first), str(stop)],
            stdout=subprocess.PIPE,
            env=self.environment,
        ) as process:
            try:
                lines = self._watch(process, is_last=is_last)
            finally:
                process.kill()
        if not is_last:
            self.kills += 1
            self.after_kill()
        self._read(lines)
        self._check_asked(before, mark)
        self._look()

    def _watch(self, process: subprocess.Popen[bytes], *, is_last: bool) -> str:
        """Read what the program says, and kill it: after some time, or in the middle of an end."""
        assert process.stdout is not None
        output = b""
        life = 3 * PATIENCE if is_last else self.dice.uniform(0, LONGEST_LIFE)
        begins = self.dice.choice((b"", b"opened", b"opened", b"opened"))  # it counts from there
        endings = 0 if is_last else self.dice.choice((0, 1, 1, 2))  # and is over at that many
        deadline = time.monotonic() + PATIENCE
        with closing(selectors.DefaultSelector()) as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                if begins is not None and begins in output:
                    begins, deadline = None, time.monotonic() + life
                    continue
                if not selector.select(left):
                    break
                data = os.read(process.stdout.fileno(), 1 << 16)
                if not data:
                    return output.decode()
                output += data
                if endings and sum(output.count(word) for word in ENDINGS) >= endings:
                    soon = self.dice.uniform(0, self.dice.choice((0.002, 0.01, 0.03)))
                    endings, deadline = 0, time.monotonic() + soon
        assert not is_last, f"it does not come to an end: {output.decode()[-2000:]}"
        process.kill()
        return (output + process.stdout.read()).decode()

    def _read(self, lines: str) -> None:
        for line in lines.splitlines():
            match = re.fullmatch(r"(\w+) (\d+)( .*)?", line)
            if match is None:
                assert line in ("opened", "done"), line
                continue
            word, number = match[1], int(match[2])
            assert word != "untold", f"the end of job {number} was told to no handler"
            self.events_told_later += word == "told"
            self.says.append((word, number))

    def said(self, word: str) -> set[int]:
        """The jobs of which that was said."""
        return {number for said, number in self.says if said == word}

    def _check_asked(self, before: list[Claim], mark: int) -> None:
        """Nothing that was recorded before a life was asked for in it."""
        kept = {claim.local.name: claim.filled for claim in before}
        for record in self.server.requests[mark:]:
            for part in parts_of(record):
                for piece in kept.get(record.target.partition("?")[2], []):
                    again = min(part.stop, piece.end) - max(part.start, piece.offset)
                    self.bytes_asked_again += max(0, again)
                    assert again <= 0, f"{record.target}: {again} recorded bytes were asked for"

    def _look(self) -> None:
        claims = claims_of(self.store)
        self.bytes_checked += check_claims(claims, content_of)
        stored = {int(claim.job) for claim in claims}
        completing = {int(claim.job) for claim in claims if claim.intent == COMPLETE}
        self.kills_while_completing += bool(completing)
        self.kills_while_ending += any(claim.intent for claim in claims)
        begun = self.said("completing")
        for number in self.said("resumed"):
            assert number in stored | begun | self.said("cancelling"), f"job {number} is lost"
        assert not stored & self.said("ended"), "a job that was ended is back"
        for path in self.folder.glob("*-*"):
            number, place = map(int, path.name.split("-"))
            assert number in begun, f"{path} appeared before complete()"
            assert number not in stored - completing, f"{path} appeared before its journal"
            if path not in self.published:  # nothing writes to it from then on
                assert path.read_bytes() == content(files_of(number)[place]), f"{path} is not whole"
                self.published.add(path)
        for number in self.said("ended") & begun:
            if kind_of(number) != "partial":
                for place in range(len(files_of(number))):
                    assert (self.folder / f"{number}-{place}").exists(), "a finished file is gone"

    def check_end(self) -> None:
        """Every job has ended as it was to, and nothing else is left."""
        assert claims_of(self.store) == []
        made = self.said("resumed")
        for path in self.published & set(self.folder.iterdir()):
            number, place = map(int, path.name.split("-"))
            assert path.read_bytes() == content(files_of(number)[place]), f"{path} changed"
        for number in made:
            names = {f"{number}-{place}" for place in range(len(files_of(number)))}
            there = {path.name for path in self.folder.glob(f"{number}-*")}
            if kind_of(number) in ("whole", "demand", "later"):
                assert there == names
            elif kind_of(number) == "partial":
                assert there <= names
            else:
                assert not there
        assert not list(self.folder.glob("BIT*")), "temporary files are left"


def parts_of(record: Record) -> Iterator[range]:
    """The parts of a file that a request asked for."""
    if record.method != "GET" or record.path == "/none":
        return
    size = len(content_of(record.target.partition("?")[2]))
    for span in record.ranges:
        yield span.resolve(size)
    if not record.ranges:
        yield range(size)
