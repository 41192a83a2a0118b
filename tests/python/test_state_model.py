# SPDX-License-Identifier: MIT
"""Random calls on two jobs, against a model of the state table in BITS' documentation."""

from __future__ import annotations

import shutil
import tempfile
from ctypes import byref, c_uint32, c_void_p
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callbacks import Callback
from codes import (
    ACKNOWLEDGED,
    BG_E_EMPTY,
    BG_E_ERROR_INFORMATION_UNAVAILABLE,
    BG_E_INVALID_RANGE,
    BG_E_INVALID_STATE,
    BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE,
    BG_E_NOT_FOUND,
    BG_E_OVERLAPPING_RANGES,
    BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE,
    BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
    BG_E_READ_ONLY_WHEN_JOB_ACTIVE,
    BG_E_STRING_TOO_LONG,
    BG_E_UNKNOWN_PROPERTY_ID,
    BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED,
    BG_S_PARTIAL_COMPLETE,
    CANCELLED,
    DYNAMIC_CONTENT,
    E_INVALIDARG,
    E_NOINTERFACE,
    E_NOTIMPL,
    E_PENDING,
    ERROR,
    HIGH_PERFORMANCE,
    INTERVAL_MS,
    MAX_DOWNLOAD_SIZE,
    S_FALSE,
    S_OK,
    SUSPENDED,
    TRANSFERRED,
    TRANSIENT_ERROR,
    USE_STORED_CREDENTIALS,
)
from contract import (
    GUID,
    INTERFACES,
    Bits,
    Com,
    file_of,
    http_of,
    made,
    number,
    set_property,
    state,
    to_ranges,
)
from job_model import (
    ACTIVE,
    CODES,
    FAILED,
    FINAL,
    GONE,
    GOOD,
    MOST_FILES,
    PASSING_CODES,
    REFUSED,
    Client,
    Life,
    Verdict,
    later,
)
from support import eventually

# Calls that change nothing the model knows: their codes while the job is not over.
LONG = "x" * 5000
PLAIN: list[tuple[str, tuple[Any, ...], int]] = [
    ("SetDisplayName", ("name",), S_OK),
    ("SetDisplayName", (None,), E_INVALIDARG),
    ("SetDisplayName", (LONG[:257],), BG_E_STRING_TOO_LONG),
    ("SetDescription", (LONG[:1024],), S_OK),
    ("SetDescription", (LONG[:1025],), BG_E_STRING_TOO_LONG),
    ("SetDescription", (None,), E_INVALIDARG),
    ("SetMinimumRetryDelay", (1,), S_OK),
    ("SetMinimumRetryDelay", (900,), S_OK),
    ("SetNoProgressTimeout", (10**6,), S_OK),
    ("SetMaximumDownloadTime", (10**6,), S_OK),
    ("SetProxySettings", (1, None, None), S_OK),
    ("SetProxySettings", (2, None, None), E_INVALIDARG),
    ("SetProxySettings", (4, None, None), E_NOTIMPL),
    ("SetNotifyCmdLine", (None, None), S_OK),
    ("SetNotifyCmdLine", (None, "a"), E_INVALIDARG),
    ("SetNotifyCmdLine", ("/a", LONG), BG_E_STRING_TOO_LONG),
    ("SetPeerCachingFlags", (1,), S_OK),
    ("SetPeerCachingFlags", (8,), E_NOTIMPL),
    ("SetCredentials", (None,), E_INVALIDARG),
    ("RemoveCredentials", (1, 1), S_FALSE),
    ("ReplaceRemotePrefix", ("http://nowhere/", "http://b/"), S_FALSE),
    ("ReplaceRemotePrefix", ("", "http://b/"), E_INVALIDARG),
    ("SetFileACLFlags", (16,), E_INVALIDARG),
    ("AddFile", ("nothing", "/tmp/x"), E_INVALIDARG),
    ("AddFile", ("http://127.0.0.1/a", "x"), E_INVALIDARG),
    ("AddFile", (None, "/tmp/x"), E_INVALIDARG),
    ("AddFile", ("http://127.0.0.1/" + LONG, "/tmp/x"), E_INVALIDARG),
    ("AddFileSet", (1, None), E_INVALIDARG),
    ("SetNotifyFlags", (0x40,), E_NOTIMPL),
    ("SetPriority", (4,), E_NOTIMPL),
    ("SetPriority", (0xFFFFFFFF,), E_NOTIMPL),
]
PIECES = [([], E_INVALIDARG), ([(2**64 - 1, 1)], BG_E_INVALID_RANGE), ([(0, 5), (4, 1)], 0)]
GETTERS = [
    method
    for method, (_, kinds) in INTERFACES["IBackgroundCopyJob5"].methods.items()
    if method.startswith("Get") and kinds == "p" and "Reply" not in method
]
OF_A_JOB = {name for name in INTERFACES if name.startswith("IBackgroundCopyJob")} | {"IUnknown"}


class World:
    """Two jobs of one manager, with files, flags and a callback."""

    def __init__(self, files: list[list[str]], flags: int) -> None:
        """`files`: what the sources of each job are like at first."""
        self.folder = Path(tempfile.mkdtemp(prefix="bitscb3-model-"))
        (self.folder / "source").write_bytes(b"abc")
        self.bits = Bits(self.folder)
        self.network = True
        self.all: list[Client] = []
        self.clients = [self.new(), self.new()]
        for which, sources in enumerate(files):
            self.set_flags(which, flags)
            self.set_callback(which, 1)
            for source in sources:
                self.add_file(which, source)

    def close(self) -> None:
        """Nothing holds a client's object when everything of the client is gone."""
        callbacks = [client.callback for client in self.all]
        self.bits.close()
        self.clients.clear()
        self.all.clear()
        self.bits.manager = None  # type: ignore[assignment]
        for callback in callbacks:
            eventually(lambda c=callback: c.references == 1)
        shutil.rmtree(self.folder)

    def new(self) -> Client:
        """A client with a new job."""
        client = Client(self.bits, self.folder / f"{len(self.all)}")
        client.network = self.network
        self.all.append(client)
        return client

    def url(self, source: str) -> str:
        """Where a source of this kind is."""
        if source == REFUSED:
            return "http://127.0.0.1:9/refused"
        return (self.folder / ("source" if source == GOOD else "nothing")).as_uri()

    # ---- calls that change the state ----

    def add_file(self, which: int, source: str) -> None:
        """AddFile of a source that is there, or is not."""
        client = self.clients[which]
        if client.files == MOST_FILES:
            return
        path = str(client.folder / f"{client.files}")
        result = client.job.AddFile(self.url(source), path)
        client.check(result, lambda life: ({S_OK}, life._replace(sources=(*life.sources, source))))

    def resume(self, which: int) -> None:
        """Resume."""
        client = self.clients[which]

        def verdict(life: Life) -> Verdict:
            if not life.sources:
                return {BG_E_EMPTY}, life
            if life.state in ACTIVE:
                return {S_OK}, life
            return {S_OK}, life.started()

        client.resumed |= client.check(client.job.Resume(), verdict)

    def resume_both(self) -> None:
        """Resume both jobs, so that they come in each other's way."""
        self.resume(0)
        self.resume(1)

    def suspend(self, which: int) -> None:
        """Suspend."""
        client = self.clients[which]
        client.check(client.job.Suspend(), lambda life: ({S_OK}, life.stopped(SUSPENDED)))

    def cancel(self, which: int) -> None:
        """Cancel, which leaves nothing."""
        client = self.clients[which]
        if client.check(client.job.Cancel(), lambda life: ({S_OK}, life._replace(state=CANCELLED))):
            assert list(client.folder.iterdir()) == []

    def complete(self, which: int) -> None:
        """Complete, which keeps the files that are whole and nothing else."""
        client = self.clients[which]

        def verdict(life: Life) -> Verdict:
            code = S_OK if life.next is None else BG_S_PARTIAL_COMPLETE
            return {code}, life._replace(state=ACKNOWLEDGED, landing=None)

        if client.check(client.job.Complete(), verdict):
            kept = {path.name: path.read_bytes() for path in client.folder.iterdir()}
            client.narrow(lambda life: kept == {f"{n}": b"abc" for n in life.done}, kept)

    def renew(self, which: int) -> None:
        """A job that is over makes room for another."""
        if self.clients[which].is_final:
            self.clients[which] = self.new()

    def validate(self, which: int, file: int, good: bool) -> None:
        """SetValidationState waits for the file; FALSE is an error, and the file begins anew."""
        client = self.clients[which]
        if file >= client.files:
            return

        def verdict(life: Life) -> Verdict:
            if file not in life.done:
                return {E_PENDING}, life
            bad = life.stopped(ERROR)._replace(done=life.done - {file})
            return {S_OK}, life if good else bad

        client.check(file_of(client.job, file).SetValidationState(int(good)), verdict)

    def rename(self, which: int, file: int, source: str) -> None:
        """SetRemoteName gives a file another source, unless it is here."""
        client = self.clients[which]
        if file >= client.files:
            return

        def verdict(life: Life) -> Verdict:
            if file in life.done:
                return {S_OK}, life
            new = (*life.sources[:file], source, *life.sources[file + 1 :])
            return {S_OK}, life._replace(sources=new)

        client.check(file_of(client.job, file).SetRemoteName(self.url(source)), verdict)

    # ---- what happens around them ----

    def wait(self, which: int) -> None:
        """A job that is under way comes to an end of it."""
        client = self.clients[which]
        eventually(lambda: state(client.job) not in ACTIVE)
        client.narrow(lambda life: life.state not in ACTIVE, "its end")

    def retry(self) -> None:
        """Time passes: jobs in TRANSIENT_ERROR try again, when there is a network."""
        for client in self.clients:
            waiting = {life for life in client.lives if life.state == TRANSIENT_ERROR}
            again = {life._replace(due=True) for life in waiting}
            client.lives = later(client.lives | again, client.network)
        self.bits.advance(1000)

    def set_network(self, there: bool) -> None:
        """The network goes, or is back."""
        assert self.bits.set_network(int(there)) == S_OK
        self.network = there
        for client in self.clients:
            changed = there != client.network
            client.network = there
            if not changed:
                continue
            then = set()
            for life in client.lives:
                if not there and life.state in ACTIVE:
                    life = life.stopped(TRANSIENT_ERROR)
                elif there and life.state == TRANSIENT_ERROR:
                    life = life.started()
                then.add(life)
            client.lives = later(then, there)

    def outage(self, which: int) -> None:
        """A job is resumed while there is no network."""
        self.set_network(False)
        self.resume(which)
        self.look()
        self.set_network(True)

    # ---- calls that do not ----

    def plain(self, which: int, index: int) -> None:
        """A setter, with arguments that are good or bad."""
        method, arguments, code = PLAIN[index]
        client = self.clients[which]
        client.expect(getattr(client.job, method)(*arguments), code)

    def add_pieces(self, which: int, pieces: tuple[list[tuple[int, int]], int]) -> None:
        """AddFileWithRanges of what are no ranges."""
        client = self.clients[which]
        given, code = pieces
        path = str(client.folder / "pieces")
        result = client.job.AddFileWithRanges(self.url(REFUSED), path, len(given), to_ranges(given))
        client.expect(result, code or BG_E_OVERLAPPING_RANGES)

    def set_priority(self, which: int, value: int) -> None:
        """SetPriority."""
        client = self.clients[which]
        if client.expect(client.job.SetPriority(value)):
            client.priority = value
        assert number(client.job.GetPriority) == client.priority

    def set_flags(self, which: int, flags: int) -> None:
        """SetNotifyFlags."""
        client = self.clients[which]
        if client.expect(client.job.SetNotifyFlags(flags)):
            client.flags = flags
            client.ask()
        assert number(client.job.GetNotifyFlags) == client.flags

    def set_callback(self, which: int, kind: int) -> None:
        """SetNotifyInterface with nothing, with a callback, or with what is none."""
        client = self.clients[which]
        stranger = Callback("IBackgroundCopyServerCertificateValidationCallback")
        if kind == 1 and not client.is_final:
            client.listens = True
            client.ask()
        pointer = [None, client.callback.pointer, stranger.pointer][kind]
        client.expect(client.job.SetNotifyInterface(pointer), E_NOINTERFACE if kind == 2 else S_OK)
        assert stranger.references == 1

    def set_properties(self, which: int) -> None:
        """Properties; some can be set until the first Resume, or the first file."""
        client = self.clients[which]
        late = BG_E_READ_ONLY_PROPERTY_AFTER_RESUME if client.resumed else S_OK
        filled = BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE if client.files else S_OK
        zero = BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE
        for id_, value, code in [
            (DYNAMIC_CONTENT, 0, late),
            (HIGH_PERFORMANCE, 0, filled),
            (MAX_DOWNLOAD_SIZE, 10**9, late),
            (INTERVAL_MS, 100, S_OK),
            (USE_STORED_CREDENTIALS, 1, BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED),
            (99, 1, BG_E_UNKNOWN_PROPERTY_ID),
        ]:
            client.expect(set_property(client.job, id_, value), code)
        if not client.resumed:
            client.expect(set_property(client.job, MAX_DOWNLOAD_SIZE, 0), zero)

    def judge(self, which: int) -> None:
        """The certificate callback can be set in SUSPENDED, ERROR and TRANSFERRED."""
        client = self.clients[which]

        def verdict(life: Life) -> Verdict:
            still = life.state in (SUSPENDED, ERROR, TRANSFERRED)
            return {S_OK if still else BG_E_READ_ONLY_WHEN_JOB_ACTIVE}, life

        http = http_of(client.job)
        client.check(http.SetServerCertificateValidationInterface(None), verdict)

    def access_rights(self, which: int) -> None:
        """SetFileACLFlags is too late once the job is transferred."""
        client = self.clients[which]
        client.check(
            client.job.SetFileACLFlags(1),
            lambda life: ({BG_E_INVALID_STATE if life.state == TRANSFERRED else S_OK}, life),
        )

    def read(self, which: int) -> None:
        """Getters work in every state, also at the end; NULL is E_INVALIDARG."""
        client = self.clients[which]
        for method in GETTERS:
            assert getattr(client.job, method)(None) == E_INVALIDARG
        out = (c_void_p * 4)()
        for method in ("GetId", "GetType", "GetTimes"):
            assert getattr(client.job, method)(byref(out)) == S_OK
        files = made(client.job.EnumFiles, "IEnumBackgroundCopyFiles")
        assert number(files.GetCount) == client.files
        assert files.Next(2, byref(out), None) == E_INVALIDARG

    def read_error(self, which: int) -> None:
        """GetError has something in ERROR and TRANSIENT_ERROR."""
        client = self.clients[which]
        error = c_void_p()
        result = client.job.GetError(byref(error))
        holder = Com(error.value, "IBackgroundCopyError") if error.value else None
        none = BG_E_ERROR_INFORMATION_UNAVAILABLE

        def fits(life: Life) -> bool:
            if life.state in FAILED:
                return result == S_OK
            never = life.state in {TRANSFERRED, *FINAL} or not client.resumed
            return result == none if never and life.state != SUSPENDED else result in (S_OK, none)

        client.narrow(fits, hex(result))
        assert (holder is None) == (result != S_OK)
        if holder:
            context, code = c_uint32(), c_uint32()
            assert holder.GetError(byref(context), byref(code)) == S_OK
            assert code.value in CODES | PASSING_CODES
            client.narrow(
                lambda life: (
                    life.state not in FAILED
                    or code.value in (CODES if life.state == ERROR else PASSING_CODES)
                ),
                hex(code.value),
            )

    def query(self, which: int, name: str) -> None:
        """QueryInterface knows what a job is, in every state."""
        out = c_void_p(7)
        iid = GUID.of(INTERFACES[name].iid)
        result = self.clients[which].job.QueryInterface(byref(iid), byref(out))
        if name == "IBitsTokenOptions":
            assert result == S_OK
        else:
            assert result == (S_OK if name in OF_A_JOB else E_NOINTERFACE)
        assert bool(out.value) == (result == S_OK)
        if out.value:
            assert Com(out.value, name).pointer

    def find(self, which: int) -> None:
        """A job that is over is not found and not listed."""
        client = self.clients[which]
        id_, out = GUID(), c_void_p()
        assert client.job.GetId(byref(id_)) == S_OK
        result = self.bits.manager.GetJob(byref(id_), byref(out))
        assert result == (BG_E_NOT_FOUND if client.is_final else S_OK)
        if out.value:
            assert state(Com(out.value, "IBackgroundCopyJob")) not in FINAL
        jobs = made(self.bits.manager.EnumJobs, "IEnumBackgroundCopyJobs", 0)
        assert number(jobs.GetCount) == sum(not each.is_final for each in self.clients)

    def look(self) -> None:
        """Both jobs are what the model allows."""
        for client in self.clients:
            client.look()


JOB = st.integers(0, 1)
FILE = st.integers(0, MOST_FILES - 1)
SOURCE = st.sampled_from([GOOD] * 6 + [GONE, REFUSED])
STEERING: dict[str, tuple[Any, ...]] = {
    "add_file": (JOB, SOURCE),
    "resume": (JOB,),
    "resume_both": (),
    "suspend": (JOB,),
    "validate": (JOB, FILE, st.booleans()),
    "rename": (JOB, FILE, SOURCE),
    "wait": (JOB,),
    "retry": (),
    "outage": (JOB,),
    "set_network": (st.booleans(),),
}
ENDING: dict[str, tuple[Any, ...]] = {"cancel": (JOB,), "complete": (JOB,), "renew": (JOB,)}
OTHERS: dict[str, tuple[Any, ...]] = {
    "plain": (JOB, st.integers(0, len(PLAIN) - 1)),
    "add_pieces": (JOB, st.sampled_from(PIECES)),
    "set_priority": (JOB, st.integers(0, 3)),
    "set_flags": (JOB, st.integers(0, 0x3F)),
    "set_callback": (JOB, st.integers(0, 2)),
    "set_properties": (JOB,),
    "judge": (JOB,),
    "access_rights": (JOB,),
    "read": (JOB,),
    "read_error": (JOB,),
    "query": (JOB, st.sampled_from(sorted(INTERFACES))),
    "find": (JOB,),
}


def among(calls: dict[str, tuple[Any, ...]]) -> st.SearchStrategy[tuple[Any, ...]]:
    """One of these calls with arguments."""
    return st.one_of([st.tuples(st.just(name), *given_) for name, given_ in calls.items()])


# Of six calls three steer transfers and two change or ask something else.
CALLS = st.sampled_from([STEERING, STEERING, STEERING, OTHERS, OTHERS, ENDING]).flatmap(among)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    files=st.lists(st.lists(SOURCE, max_size=3), min_size=2, max_size=2),
    flags=st.integers(0, 0x3F),
    calls=st.lists(CALLS, min_size=20, max_size=40),
)
def test_random_calls(files: list[list[str]], flags: int, calls: list[tuple[Any, ...]]) -> None:
    """Every sequence of calls gets the codes and the states of the state table."""
    world = World(files, flags)
    try:
        for name, *arguments in calls:
            getattr(world, name)(*arguments)
            world.look()
    finally:
        world.close()
