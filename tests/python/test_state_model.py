# SPDX-License-Identifier: MIT
"""Random sequences of calls on a job, against a model of the state table in BITS' documentation."""

from __future__ import annotations

import shutil
import tempfile
from ctypes import byref, c_uint32, c_void_p
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from codes import (
    ACKNOWLEDGED,
    BG_E_EMPTY,
    BG_E_ERROR_INFORMATION_UNAVAILABLE,
    BG_E_INVALID_STATE,
    BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE,
    BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
    BG_E_READ_ONLY_WHEN_JOB_ACTIVE,
    BG_S_PARTIAL_COMPLETE,
    CANCELLED,
    CONNECTING,
    DYNAMIC_CONTENT,
    E_INVALIDARG,
    E_NOTIMPL,
    E_PENDING,
    ERROR,
    FLAG_ERROR,
    FLAG_FILE,
    FLAG_MODIFICATION,
    FLAG_TRANSFERRED,
    HIGH_PERFORMANCE,
    NORMAL,
    QUEUED,
    S_OK,
    SUSPENDED,
    TRANSFERRED,
    TRANSFERRING,
    TRANSIENT_ERROR,
)
from contract import (
    Bits,
    Callback,
    Com,
    file_of,
    http_of,
    number,
    progress,
    reaches,
    set_property,
    state,
)

ACTIVE = {QUEUED, CONNECTING, TRANSFERRING}
FINAL = {ACKNOWLEDGED, CANCELLED}


class JobLife(RuleBasedStateMachine):
    """One job; the model is the set of states it may be in, and what decides about codes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="bitscb3-model-"))
        (self.folder / "source").write_bytes(b"abc")
        self.bits = Bits(self.folder)
        self.callback = Callback("IBackgroundCopyCallback2")
        self.job: Com = self.bits.job()
        self.states = {SUSPENDED}
        self.files: list[bool] = []  # for each file whether its source is there
        self.resumed = False
        self.is_under_way = False  # since Resume: its state is a matter of time
        self.priority = NORMAL

    def teardown(self) -> None:
        """Close, and look that nothing of the job is left."""
        self.bits.close()
        shutil.rmtree(self.folder)

    # ---- the model ----

    @property
    def is_final(self) -> bool:
        """Whether the job is over."""
        return self.states <= FINAL

    def expect(self, result: int, code: int = S_OK) -> bool:
        """Check a call that changes the job; True when it took effect."""
        assert result == (BG_E_INVALID_STATE if self.is_final else code)
        return result == S_OK

    def run(self) -> None:
        """The job is under way: it ends as its files do, one after another."""
        self.is_under_way = True
        if all(self.files):
            self.states = ACTIVE | {TRANSFERRED}
        else:
            self.states = ACTIVE | {ERROR}

    # ---- calls ----

    @initialize(flags=st.integers(0, 0x3F))
    def listen(self, flags: int) -> None:
        """Have the callback called, or not."""
        assert self.job.SetNotifyFlags(flags) == S_OK
        assert self.job.SetNotifyInterface(self.callback.pointer) == S_OK
        self.flags = flags

    @rule(good=st.booleans())
    def add_file(self, good: bool) -> None:
        """AddFile of a source that is there, or is not."""
        name = self.folder / ("source" if good else "nothing")
        path = str(self.folder / f"out{len(self.files)}")
        if self.expect(self.job.AddFile(name.as_uri(), path)):
            if self.states <= ACTIVE | {TRANSFERRED, ERROR} and self.states & ACTIVE:
                self.states |= {ERROR} if not good else set()
            self.files.append(good)

    @rule()
    def add_bad_file(self) -> None:
        """AddFile of what is no file."""
        assert self.job.AddFile("nothing", str(self.folder / "x")) == E_INVALIDARG
        assert self.job.AddFile((self.folder / "source").as_uri(), "x") == E_INVALIDARG

    @rule()
    def resume(self) -> None:
        """Resume."""
        code = S_OK if self.files else BG_E_EMPTY
        if self.expect(self.job.Resume(), code):
            self.resumed = True
            self.run()

    @rule()
    def suspend(self) -> None:
        """Suspend."""
        if self.expect(self.job.Suspend()):
            self.is_under_way = False
            self.states = {SUSPENDED}

    @rule()
    def cancel(self) -> None:
        """Cancel."""
        if self.expect(self.job.Cancel()):
            self.is_under_way = False
            self.states = {CANCELLED}

    @rule()
    def complete(self) -> None:
        """Complete: S_OK when every file is here, else BG_S_PARTIAL_COMPLETE."""
        result = self.job.Complete()
        if self.is_final:
            assert result == BG_E_INVALID_STATE
            return
        assert result in (S_OK, BG_S_PARTIAL_COMPLETE)
        if result == S_OK:
            assert all(self.files)
        else:
            assert self.files
        self.is_under_way = False
        self.states = {ACKNOWLEDGED}
        kept = [(self.folder / f"out{n}").exists() for n in range(len(self.files))]
        assert not any(there and not good for there, good in zip(kept, self.files, strict=True))
        assert result != S_OK or all(kept)
        assert not list(self.folder.glob("BIT*.tmp"))

    @precondition(lambda self: self.is_under_way)
    @rule()
    def wait(self) -> None:
        """Let the transfer come to its end."""
        wanted = reaches(self.job, ERROR, TRANSFERRED)
        self.is_under_way = False
        self.states = {wanted}
        if wanted == TRANSFERRED:
            assert progress(self.job).files_transferred == len(self.files)

    # ---- setters and getters ----

    @rule(value=st.integers(0, 6))
    def set_priority(self, value: int) -> None:
        """SetPriority, also with what is none."""
        if value > 3:
            assert self.job.SetPriority(value) == E_NOTIMPL
        elif self.expect(self.job.SetPriority(value)):
            self.priority = value
        assert number(self.job.GetPriority) == self.priority

    @rule(flags=st.integers(0, 0xFF))
    def set_flags(self, flags: int) -> None:
        """SetNotifyFlags, also with bits that are none."""
        if flags & ~0x3F:
            assert self.job.SetNotifyFlags(flags) == E_NOTIMPL
        elif self.expect(self.job.SetNotifyFlags(flags)):
            self.flags = flags
        assert number(self.job.GetNotifyFlags) == self.flags

    @rule(seconds=st.integers(0, 20))
    def set_times(self, seconds: int) -> None:
        """The times of a job; a retry delay under 5 is 5."""
        if self.expect(self.job.SetMinimumRetryDelay(seconds)):
            assert number(self.job.GetMinimumRetryDelay) == max(seconds, 5)
        if self.expect(self.job.SetNoProgressTimeout(seconds)):
            assert number(self.job.GetNoProgressTimeout) == seconds
        self.expect(self.job.SetMaximumDownloadTime(10**6 + seconds))

    @rule(on=st.booleans())
    def replace_callback(self, on: bool) -> None:
        """SetNotifyInterface."""
        pointer = self.callback.pointer if on else None
        self.expect(self.job.SetNotifyInterface(pointer))

    @rule()
    def early_properties(self) -> None:
        """Properties that can be set until the first Resume, or the first file."""
        resumed = BG_E_READ_ONLY_PROPERTY_AFTER_RESUME if self.resumed else S_OK
        self.expect(set_property(self.job, DYNAMIC_CONTENT, 0), resumed)
        added = BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE if self.files else S_OK
        self.expect(set_property(self.job, HIGH_PERFORMANCE, 0), added)

    @rule()
    def judge(self) -> None:
        """The certificate callback can be set while the job is not under way."""
        result = http_of(self.job).SetServerCertificateValidationInterface(None)
        if self.is_final:
            assert result == BG_E_INVALID_STATE
        elif not self.states & ACTIVE:
            assert result == S_OK
        else:
            assert result in (S_OK, BG_E_READ_ONLY_WHEN_JOB_ACTIVE)

    @rule()
    def access_rights(self) -> None:
        """SetFileACLFlags is too late once the job is transferred."""
        result = self.job.SetFileACLFlags(1)
        if self.is_final or self.states == {TRANSFERRED}:
            assert result == BG_E_INVALID_STATE
        elif TRANSFERRED in self.states:
            assert result in (S_OK, BG_E_INVALID_STATE)
        else:
            assert result == S_OK

    @precondition(lambda self: self.files and not self.is_under_way)
    @rule(good=st.booleans())
    def validate(self, good: bool) -> None:
        """SetValidationState waits for the file; FALSE is an error of the job."""
        done = progress(self.job).files_transferred > 0 and self.files[0]
        result = file_of(self.job).SetValidationState(int(good))
        assert result == (BG_E_INVALID_STATE if self.is_final else S_OK if done else E_PENDING)
        if result == S_OK and not good:
            self.states = {ERROR}

    @rule()
    def read(self) -> None:
        """Getters work in every state, also at the end."""
        out = (c_void_p * 4)()
        for method in ("GetId", "GetType", "GetTimes", "GetOwner", "GetDisplayName"):
            assert getattr(self.job, method)(byref(out)) == S_OK
        assert progress(self.job).files_total == len(self.files)
        error = c_void_p()
        result = self.job.GetError(byref(error))
        assert result in (S_OK, BG_E_ERROR_INFORMATION_UNAVAILABLE)
        if self.states == {ERROR}:
            assert result == S_OK
        if self.states == {SUSPENDED} or self.is_final:
            assert result == BG_E_ERROR_INFORMATION_UNAVAILABLE
        if error.value:
            assert Com(error.value, "IBackgroundCopyError").GetError(
                byref(c_uint32()), byref(c_uint32())
            ) == (S_OK)

    @invariant()
    def state_is_allowed(self) -> None:
        """The job is in a state the model allows; from TRANSFERRED and ERROR it does not stray."""
        now = state(self.job)
        assert now in self.states, (now, self.states)
        if now in (TRANSFERRED, ERROR):
            self.states = {now}
        assert now != TRANSIENT_ERROR

    @invariant()
    def calls_are_in_order(self) -> None:
        """No callback comes that the flags never asked for."""
        for event in self.callback.drain():
            assert event.method in {
                "JobTransferred": FLAG_TRANSFERRED,
                "JobError": FLAG_ERROR,
                "JobModification": FLAG_MODIFICATION,
                "FileTransferred": FLAG_FILE,
            }


JobLife.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
JobLife.TestCase.__doc__ = "Every sequence of calls gets the codes and states of the state table."
TestJobLife = JobLife.TestCase
