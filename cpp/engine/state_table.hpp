// SPDX-License-Identifier: MIT
// state_table.hpp - the life cycle of a job as two tables: which call is allowed in which state,
// and which state an event leads to. A state is entered through next_state() only, so a transition
// that is not in the table cannot happen.
// Threads: pure functions.
// Source:  BITS, "Life cycle of a BITS job", BG_JOB_STATE, and the method pages' return values.

#pragma once

#include <bitscb3/bits.h>

#include <optional>

namespace bitscb3 {

/// What a client may ask of a job, as far as its state matters.
enum class Call {
    kSet, // any property that has no row of its own
    kAddFile,
    kSuspend,
    kResume,
    kCancel,
    kComplete,
    kSetFileAcls,
    kSetCertificateCallback,
};

/// S_OK, or the code the call is refused with.
[[nodiscard]] HRESULT verdict(Call call, BG_JOB_STATE state) noexcept;

/// What happens to a job.
enum class Event {
    kResumed,
    kSuspended,
    kTurnBegan, // the scheduler picked it
    kTurnEnded, // time slice over, or a job of a higher priority has work
    kConnected,
    kFault,    // worth another try
    kBlocked,  // no network, or none the job may use
    kRetry,    // retry delay over, or the network changed
    kGaveUp,   // a fault that no try mends
    kRejected, // the client declared a file's content invalid
    kFilled,   // every byte of every file is here
    kIdle,     // on demand: every requested byte is here
    kAcknowledged,
    kCancelled,
};

/// The state after `event`; nothing when it cannot happen in `state`.
[[nodiscard]] std::optional<BG_JOB_STATE> next_state(BG_JOB_STATE state, Event event) noexcept;

} // namespace bitscb3
