// SPDX-License-Identifier: MIT
// job.hpp - one job while this process knows it.
// Threads: guarded by Model::mutex, all of it but `id` and `pace`.

#pragma once

#include "base/clock.hpp"
#include "base/com_ptr.hpp"
#include "engine/file.hpp"
#include "engine/lease.hpp"
#include "engine/record.hpp"
#include "engine/state_table.hpp"
#include "engine/throttle.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
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

/// ServerCertificate::key() of each certificate the client accepted.
using CertificateSet = std::set<std::string>;

/// The client's judge of server certificates; shared for the same reason. Null: none.
using JudgePtr = std::shared_ptr<const ComPtr<IBackgroundCopyServerCertificateValidationCallback>>;

/// The client's word on server certificates, for one job.
struct CertificateGate {
    JudgePtr callback;
    std::shared_ptr<const CertificateSet> accepted = std::make_shared<CertificateSet>();
    bool asking = false; // the question below waits, or is with the client
    std::string key;     // what becomes accepted
    std::string der;
    std::string chain; // PEM
    std::uint32_t file = 0;
    std::uint32_t generation = 0; // of the file
};

using NotifyPtr = std::shared_ptr<const NotifyInterface>; // never null

[[nodiscard]] inline NotifyPtr no_notify() {
    static const NotifyPtr none = std::make_shared<NotifyInterface>();
    return none;
}

[[nodiscard]] FileTime file_time_now() noexcept;

struct Job : JobRecord {
    std::vector<std::unique_ptr<File>> files;
    std::uint32_t first_unfinished = 0; // files before it are complete; see find_unfinished()
    std::set<std::uint32_t> to_report;  // every file with pending ranges, and maybe others

    Lease lease;                              // held: this process runs the job
    bool parked = true;                       // leased for a change only; Resume makes it run
    bool stored = false;                      // the store has it
    bool resume_stored = false;               // as resumed, and with every file it has
    bool dirty = false;                       // waits in the committer
    bool ending = false;                      // inside Complete or Cancel
    std::uint32_t unsynced = 0;               // times the disk did not keep what was written
    std::uint32_t transfers = 0;              // running, all files together
    Instant slice_began{};                    // when a background job got its turn
    Instant retry_at{};                       // end of TRANSIENT_ERROR
    std::optional<Instant> no_progress_since; // first fault since the last byte
    Duration transfer_time{};                 // spent CONNECTING and TRANSFERRING since Resume
    std::optional<Instant> active_since;      // while CONNECTING or TRANSFERRING
    std::optional<Event> settling;            // to happen once pending ranges are reported
    Instant last_activity{};                  // a byte, a call or a change of state
    std::uint64_t received = 0;               // bytes of bodies, in this process
    JobPace pace;                             // of `rate_limit`; the engine thread's alone

    CertificateGate certificates;

    NotifyPtr notify = no_notify();
    bool delivering = false;      // a callback of this job is running
    bool reporting = false;       // and it is FileRangesTransferred
    bool in_notifier = false;     // listed there
    Instant looked_at = kForever; // when a notifier thread looks at it again by itself
    bool expects_more = false;    // ranges: more of what was asked for is on its way
    Instant breath_until{};       // real time; then the ranges wait no longer for more
    bool modification_due = false;
    bool forgotten = false;       // nobody touched it for so long that it is cancelled
    bool end_delivered = false;   // JobTransferred or JobError answered S_OK
    bool method_failed = false;   // JobTransferred or JobError did; the command line is next
    std::uint32_t end_number = 0; // grows when there is an end to be told anew
    std::uint32_t announced = 0;  // files whose FileTransferred succeeded: a prefix
    Instant next_throttled{};     // earliest next range or modification event
    Instant modification_told{};  // when JobModification was delivered last
    Instant modification_at{};    // not before is the one that is due delivered
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
    /// Whether requests begin at the first byte each time, without a range and a condition.
    [[nodiscard]] bool is_unranged() const noexcept {
        return dynamic_content || !http->method.empty();
    }
    [[nodiscard]] bool has_pending_ranges() const noexcept {
        return std::any_of(to_report.begin(), to_report.end(),
                           [this](std::uint32_t i) { return !files[i]->pending.empty(); });
    }
    /// The first file that is not complete; files.size() when there is none.
    [[nodiscard]] std::size_t find_unfinished() noexcept {
        while (first_unfinished < files.size() && files[first_unfinished]->complete()) {
            ++first_unfinished;
        }
        return first_unfinished;
    }
};

/// Replace the HTTP options by a copy that `body` changed; requests under way keep the former.
template<class Body>
void change_http(Job& job, Body&& body) {
    HttpOptions options = *job.http;
    body(options);
    job.http = std::make_shared<const HttpOptions>(std::move(options));
}

} // namespace bitscb3
