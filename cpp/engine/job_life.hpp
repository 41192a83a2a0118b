// SPDX-License-Identifier: MIT
// job_life.hpp - what happens to a job: every change of its state is made here, by state_table.hpp.
// Threads: Model::mutex held. Nothing blocks.
// Source:  BITS, "Life cycle of a BITS job".

#pragma once

#include "engine/model.hpp"

namespace bitscb3 {

/// The job differs from the store; with `tell`, the callback hears of a modification too.
void touch(Model& model, const JobPtr& job, bool tell = true);
/// The same for what happens often while bytes arrive: the callback hears of it `spacing` after the
/// modification it heard of before, of several such at once. Pending ranges are told in time.
void touch_soon(Model& model, const JobPtr& job, Duration spacing);

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

/// The job failed while it ran: TRANSIENT_ERROR with a retry to come, or ERROR.
void fail(Model& model, const JobPtr& job, const File* file, Error error);
/// Also a job that is whole, or about to be, fails; one that does not run keeps its state.
void fail_anyhow(Model& model, const JobPtr& job, const File& file, const Error& error);
/// The client found a file's content invalid: ERROR, whatever the state.
void reject(Model& model, const JobPtr& job, const File& file, Error error);

/// A time of the job may be over: retry delay, no-progress time-out, maximum download time; or the
/// network may not be one the job is allowed to use. Returns the next such time.
[[nodiscard]] Instant check_times(Model& model, const JobPtr& job);
/// A job nobody touched for too long is to be cancelled, by a notifier thread. Returns when that
/// is.
[[nodiscard]] Instant check_activity(Model& model, const JobPtr& job);
/// The network is now of this cost state (BITS_COST_STATE_*); 0: there is none.
void set_network(Model& model, std::uint32_t cost_state);

/// The networks the job may use: a mask of BITS_COST_STATE_*. Acts at once.
void set_cost_flags(Model& model, const JobPtr& job, std::uint32_t flags);

/// Bytes per second of all jobs together, or of one job; 0: no limit. They act at once, on what
/// transfers too.
void set_rate_limit(Model& model, std::uint64_t rate);
void set_rate_limit(Model& model, const JobPtr& job, std::uint64_t rate);

/// If nothing is left to transfer, head for TRANSFERRED, or SUSPENDED on demand.
void settle_if_done(Model& model, const JobPtr& job);
/// Enter the state the job heads for, unless range events are still to be delivered before it.
void finish_settling(Model& model, const JobPtr& job);

/// The job ended: kAcknowledged or kCancelled.
void end(Model& model, const JobPtr& job, Event event);

} // namespace bitscb3
