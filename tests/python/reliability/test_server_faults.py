# SPDX-License-Identifier: MIT
"""Hostile and broken servers: each ends as the table says, and none costs a byte of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import answer_faults
import part_faults
import pytest
import server_faults
from server_faults import BEGUN, KNOWN, OK, RIGHT, SIZE, WANTED, End, Row, Way

from bitscb3 import EOF, File, Job, JobState, Manager, Range, RangesNotSupportedError, Settings
from bitscb3.testing import FakeClock, FaultServer, Record, cut_after
from support import PATIENCE, covered, eventually, settle

TABLE: dict[str, Row] = {
    **server_faults.CONNECTION,
    **server_faults.LENGTHS,
    **server_faults.CHUNKS,
    **answer_faults.HEADS,
    **part_faults.RANGES,
    **part_faults.PARTS,
    **answer_faults.VERSIONS,
    **answer_faults.CODINGS,
    **answer_faults.REDIRECTS,
    **answer_faults.STATUSES,
}
CASES = [(name, way) for name, row in TABLE.items() for way in row.ways]
SLOW_CASES = [(name, way) for name, row in server_faults.SLOW.items() for way in row.ways]
# A fault is told at once; what may be tried again is, an hour long, by a clock the test moves.
SETTINGS = Settings(
    reconnects=0,
    minimum_retry_delay_s=5,
    no_progress_timeout_s=3600,
    stall_timeout_s=2,
    background_jobs=100,
    connections=100,
    connections_per_host=100,
)


class Case:
    """A job, the server it meets and what became of it.

    The steps are called in their order; several cases may take them together.
    """

    def __init__(
        self, name: str, way: Way, row: Row, manager: Manager, server: FaultServer, folder: Path
    ) -> None:
        """Make the job; nothing is sent yet."""
        self.row, self.way = row, way
        self.server = server
        self.path = f"/{way}/{abs(hash(name))}"
        self.target = folder / f"{abs(hash((name, way)))}"
        self.on_demand = way in WANTED
        self.job: Job = manager.create_job(f"{name}, {way}", on_demand=self.on_demand)
        self.url = server.serve(self.path, RIGHT)
        self.file: File = self.job.add_file(self.url, self.target)
        self.reported: list[Range] = []
        self.job.on_ranges(lambda job, file, new: self.reported.extend(new))
        self.job.on_restarted(lambda job, file: self.reported.clear())

    def begin(self) -> None:
        """What the way has before the fault."""
        if self.way == "begun":
            self.server.serve(self.path, RIGHT, cut_after(BEGUN))
            self.job.resume()
            eventually(lambda: self.job.state is JobState.TRANSIENT_ERROR)
        elif self.on_demand:
            self.file.request_ranges([KNOWN]).result(PATIENCE)
            eventually(lambda: self.job.state is JobState.SUSPENDED)

    def meet(self) -> None:
        """The fault begins."""
        self.server.serve(self.path, RIGHT, self.row.fault)
        if self.on_demand:
            self.request = self.file.request_ranges(WANTED[self.way])
        else:
            self.job.resume()

    def has_ended(self) -> bool:
        """Whether the job stopped, for better or worse."""
        state = self.job.state
        if state is JobState.SUSPENDED:
            return self.request.done()  # nothing else is on its way either
        return state in {JobState.TRANSFERRED, JobState.ERROR, JobState.TRANSIENT_ERROR}

    def end(self) -> End:
        """How it ended."""
        state, error = self.job.state, self.job.error
        if error is None:
            assert not self.on_demand or self.request.exception() is None
            return OK
        assert self.path in str(error)
        assert error.name != "E_FAIL", error  # every fault has a code of its own
        return End(error.name, error.context, state is JobState.TRANSIENT_ERROR)

    def filled(self) -> list[tuple[int, int]]:
        """What is on disk; of a file whose server has no ranges that is told once it is whole."""
        try:
            return [(offset, length) for offset, length in self.file.filled_ranges()]
        except RangesNotSupportedError:
            progress = self.file.progress
            return [(0, progress.bytes_transferred)] if progress.completed else []

    def check_disk(self) -> None:
        """Every filled byte is the file's, and there is no file yet."""
        assert not self.target.exists()
        filled = self.filled()
        if not filled:
            return
        data = Path(self.file.temporary_name).read_bytes()
        for offset, length in filled:
            right = [v.data[offset : offset + length] for v in (RIGHT, self.row.after)]
            assert data[offset : offset + length] in right, f"bytes from {offset}"
        assert len(data) <= max(len(RIGHT.data), len(self.row.after.data))

    def mend(self) -> None:
        """A good server takes over; after an error that stays the job is resumed."""
        self.kept = self.filled()
        self.server.serve(self.path, self.row.after)
        self.before = len(self.server.requests)
        if self.job.state is JobState.ERROR:
            self.job.resume()
        if self.on_demand:
            self.file.request_ranges([(0, EOF)])

    def finish(self) -> None:
        """The job has its file, told each byte of it once, and asked for nothing it had."""
        assert self.job.wait(PATIENCE) is JobState.TRANSFERRED
        if not self.row.is_anew:
            assert self._asked_again(self.server.requests[self.before :], self.kept) == 0
        settle(self.job)
        assert covered(self.reported) == [(0, len(self.row.after.data))]
        self.check_disk()
        self.job.complete()
        digest = hashlib.sha256(self.target.read_bytes()).hexdigest()
        assert digest == hashlib.sha256(self.row.after.data[:]).hexdigest()

    def leave(self) -> None:
        """Nothing of it stays, also when a check failed."""
        if self.job.state not in {JobState.ACKNOWLEDGED, JobState.CANCELLED}:
            self.job.cancel()

    def _asked_again(self, records: list[Record], kept: list[tuple[int, int]]) -> int:
        """Bytes of `kept` that were asked for."""
        asked = [
            span.resolve(SIZE)
            for record in records
            if record.path == self.path
            for span in record.ranges
        ]
        return sum(
            max(0, min(part.stop, offset + length) - max(part.start, offset))
            for part in asked
            for offset, length in kept
        )


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    """The manager's clock."""
    return FakeClock()


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory, clock: FakeClock) -> Iterator[Manager]:
    """A manager to which every fault is told; all cases meet it one after the other."""
    with Manager("engine", tmp_path_factory.mktemp("store"), SETTINGS, clock=clock) as made:
        yield made


@pytest.fixture(scope="module")
def tried(figure: Callable[[str, object], None]) -> Iterator[list[tuple[str, End]]]:
    """The rows that passed, and their ends."""
    passed: list[tuple[str, End]] = []
    yield passed
    rows = {name for name, _ in passed}
    codes = {end.code for _, end in passed if end.code}
    figure("server faults passed", f"{len(rows)} rows in {len(passed)} cases, {len(codes)} codes")


@pytest.mark.parametrize(("name", "way"), CASES)
def test_fault(
    name: str,
    way: Way,
    manager: Manager,
    clock: FakeClock,
    tmp_path: Path,
    fault_server: FaultServer,
    tried: list[tuple[str, End]],
) -> None:
    """A server's fault ends as it should, the disk stays whole, and what was there is kept."""
    row = TABLE[name]
    case = Case(name, way, row, manager, fault_server, tmp_path)
    try:
        case.begin()
        case.meet()
        eventually(case.has_ended)
        end = case.end()
        assert str(end) == str(row.but.get(way, row.end))
        case.check_disk()
        case.mend()
        clock.advance(6)
        case.finish()
        assert [path.name for path in tmp_path.iterdir()] == [case.target.name]
    finally:
        case.leave()
    tried.append((name, end))


def test_slow_faults(
    manager: Manager,
    clock: FakeClock,
    tmp_path: Path,
    fault_server: FaultServer,
    tried: list[tuple[str, End]],
) -> None:
    """A server that stands still or drips ends as it should, whatever else is under way."""
    cases = [
        Case(name, way, server_faults.SLOW[name], manager, fault_server, tmp_path)
        for name, way in SLOW_CASES
    ]
    for step in (Case.begin, Case.meet):
        for case in cases:
            step(case)
    for case in cases:
        eventually(case.has_ended)
    ends = {case.job.name: str(case.end()) for case in cases}
    assert ends == {case.job.name: str(case.row.but.get(case.way, case.row.end)) for case in cases}
    for case in cases:
        case.check_disk()
        case.mend()
    clock.advance(6)
    for case in cases:
        case.finish()
    tried.extend((name, server_faults.SLOW[name].end) for name, _ in SLOW_CASES)
