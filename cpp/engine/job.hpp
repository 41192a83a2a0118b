// SPDX-License-Identifier: MIT
// job.hpp - one job while this process knows it.
// Threads: guarded by Model::mutex, all of it but `id`.

#pragma once

#include "base/clock.hpp"
#include "base/com_ptr.hpp"
#include "engine/file.hpp"
#include "engine/lease.hpp"
#include "engine/record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace bitscb3 {

/// The client's callback object under each interface it answers to. Its counts are the client's
/// code, so it is shared, and the last reference is let go without the mutex.
struct NotifyInterface {
    ComPtr<IUnknown> object;
    ComPtr<IBackgroundCopyCallback> callback;
    ComPtr<IBackgroundCopyCallback2> callback2;
    ComPtr<IBackgroundCopyCallback3> callback3;
};

using NotifyPtr = std::shared_ptr<const NotifyInterface>; // never null

[[nodiscard]] inline NotifyPtr no_notify() {
    static const NotifyPtr none = std::make_shared<NotifyInterface>();
    return none;
}

[[nodiscard]] FileTime file_time_now() noexcept;

struct Job : JobRecord {
    std::vector<std::unique_ptr<File>> files;

    Lease lease;                              // held: this process runs the job
    bool parked = true;                       // leased for a change only; Resume makes it run
    bool stored = false;                      // the store has it
    bool dirty = false;                       // waits in the committer
    bool ending = false;                      // inside Complete or Cancel
    std::uint32_t unsynced = 0;               // times the disk did not keep what was written
    std::uint32_t transfers = 0;              // running, all files together
    Instant slice_began{};                    // when a background job got its turn
    Instant retry_at{};                       // end of TRANSIENT_ERROR
    std::optional<Instant> no_progress_since; // first fault since the last byte
    Duration transfer_time{};                 // spent CONNECTING and TRANSFERRING since Resume
    std::optional<Instant> active_since;      // while CONNECTING or TRANSFERRING
    std::optional<BG_JOB_STATE> settling;     // state to enter once pending ranges are reported

    NotifyPtr notify = no_notify();
    bool delivering = false;  // a callback of this job is running
    bool reporting = false;   // and it is FileRangesTransferred
    bool in_notifier = false; // listed there
    bool modification_due = false;
    bool end_delivered = false;   // JobTransferred or JobError answered S_OK
    std::uint32_t end_number = 0; // grows when there is an end to be told anew
    std::uint32_t announced = 0;  // files whose FileTransferred succeeded: a prefix
    Instant next_throttled{};     // earliest next range or modification event
    Instant next_bytes_event{};   // earliest next JobModification for bytes alone
    Instant notify_not_before{};  // after a callback failed
    Duration notify_backoff{};

    [[nodiscard]] bool leased() const noexcept { return lease.held(); }
    [[nodiscard]] bool is_final() const noexcept {
        return state == BG_JOB_STATE_ACKNOWLEDGED || state == BG_JOB_STATE_CANCELLED;
    }
    /// CONNECTING or TRANSFERRING.
    [[nodiscard]] bool is_running() const noexcept {
        return state == BG_JOB_STATE_CONNECTING || state == BG_JOB_STATE_TRANSFERRING;
    }
    /// Whether the callback wants events of kind `flag` and they are not disabled.
    [[nodiscard]] bool wants(std::uint32_t flag) const noexcept {
        return (notify_flags & flag) != 0 && (notify_flags & BG_NOTIFY_DISABLE) == 0;
    }
    [[nodiscard]] bool wants_ranges() const noexcept {
        return wants(BG_NOTIFY_FILE_RANGES_TRANSFERRED) && notify->callback3;
    }
    [[nodiscard]] bool has_pending_ranges() const noexcept {
        for (const auto& file : files) {
            if (!file->pending.empty()) return true;
        }
        return false;
    }
};

} // namespace bitscb3
