// SPDX-License-Identifier: MIT
// job_life.hpp - the life cycle of a job: every change of its state is made here.
// Threads: Model::mutex held. Nothing blocks.
// Source:  BITS, "Life cycle of a BITS job".

#pragma once

#include "engine/model.hpp"

namespace bitscb3 {

/// The job differs from the store; with `tell`, the callback hears of a modification too.
void touch(Model& model, const JobPtr& job, bool tell = true);

/// BG_E_EMPTY without files; BG_E_INVALID_STATE when final.
[[nodiscard]] HRESULT resume(Model& model, const JobPtr& job);
[[nodiscard]] HRESULT suspend(Model& model, const JobPtr& job);

/// The scheduler gives the job its turn, or takes it back.
void begin_turn(Model& model, const JobPtr& job);
void end_turn(Model& model, const JobPtr& job);

/// The server answered: CONNECTING becomes TRANSFERRING.
void connected(Model& model, const JobPtr& job);
/// Bytes arrived: forgives earlier faults.
void progressed(Model& model, const JobPtr& job);

/// The job failed: TRANSIENT_ERROR with a retry to come, or ERROR.
void fail(Model& model, const JobPtr& job, const File* file, Error error);
/// A time of the job may be over: retry delay, no-progress time-out, maximum download time.
/// Returns the next such time.
[[nodiscard]] Instant check_times(Model& model, const JobPtr& job);

/// If nothing is left to transfer, head for TRANSFERRED, or SUSPENDED on demand.
void settle_if_done(Model& model, const JobPtr& job);
/// Enter the state the job heads for, unless range events are still to be delivered before it.
void finish_settling(Model& model, const JobPtr& job);

/// The remote file is another one than the bytes on disk belong to: forget them.
void restart(Model& model, const JobPtr& job, File& file);

/// The temporary file of a file with bytes is not there any more: forget them and fail with
/// `error`.
void lose(Model& model, const JobPtr& job, File& file, const Error& error);

/// The disk could not keep what was written since the last commit: go back to what the store has.
void forget_unsynced(Model& model, const JobPtr& job, File& file, const Error& error);

/// Enter ACKNOWLEDGED or CANCELLED.
void end(Model& model, const JobPtr& job, BG_JOB_STATE state);

/// Add the ranges of one RequestFileRanges call, in front of everything not requested.
void request(Model& model, const JobPtr& job, File& file, const RangeList& ranges);

} // namespace bitscb3
