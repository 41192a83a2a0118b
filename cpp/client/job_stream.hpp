// SPDX-License-Identifier: MIT
// job_stream.hpp - the client's state of one job: what was reported of its files, who takes its
// events, who waits for ranges, and how the callback is registered with the service.
// Threads: `table` and `last_progress` belong to the reader; what is "guarded" to the pump's mutex.

#pragma once

#include "base/range_set.hpp"
#include "client/callback.hpp"
#include "client/file_table.hpp"
#include "client/job_watch.hpp"
#include "client/range_request.hpp"
#include "client/subscription.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_set>
#include <vector>

namespace bitscb3 {

using SubscriptionPtr = std::shared_ptr<Subscription>;
using JobWatchPtr = std::shared_ptr<JobWatch>;

struct JobStream {
    struct FileState {
        RangeSet reported;
        PieceIndex pieces;            // of requests the service has
        std::vector<RequestPtr> held; // requests it does not have yet, in order
        std::optional<bool> tells;    // reports_ranges(), once asked; see by_progress
        std::uint64_t progress = 0;   // bytes, when they were last asked for; see by_progress
        bool synced = false;          // reported holds what was filled before we listened
        bool transferred = false;     // every byte is here
        std::string etag;             // of the version that was reported
        std::string last_modified;
    };

    JobStream(std::uint32_t index, ComPtr<IBackgroundCopyJob> object, FileOrder order)
        : number(index), table(object, order), job_(std::move(object)) {}
    JobStream(const JobStream&) = delete;
    JobStream& operator=(const JobStream&) = delete;
    ~JobStream();

    const std::uint32_t number; // in the records of the queue
    FileTable table;
    BG_JOB_PROGRESS last_progress = {}; // the reader's, when it last looked again

    [[nodiscard]] IBackgroundCopyJob* job() const noexcept { return job_.get(); }

    // Guarded.
    std::map<std::uint32_t, FileState> files;
    std::vector<SubscriptionPtr> subscriptions;
    std::unordered_set<RequestPtr> pending; // not settled
    std::vector<Callback::Tap> taps;
    std::size_t taps_version = 0;     // grows when taps change
    std::uint32_t wanted = 0;         // BG_NOTIFY_*: what subscriptions get
    std::vector<JobWatchPtr> watches; // open ones
    std::uint32_t waiters = 0;        // threads in wait(), and watches
    bool suspended_by_caller = false;
    bool nudged = false;              // to be looked at by the next drain
    std::set<std::uint32_t> doubtful; // files to reconcile when it is looked at
    std::uint64_t sync_wanted = 0;    // grows when every file has to be reconciled
    std::uint64_t sync_done = 0;      // sync_wanted when that was last done
    bool in_error = false;            // facts, as last read
    bool transferred = false;
    bool ended = false;
    HRESULT lost = S_OK; // why the service cannot be asked any more
    /// The service tells no ranges: they come from the progress of the files, which then arrive
    /// from their beginning to their end.
    bool by_progress = false;
    bool look_again = false;   // the next drain sees whether something happened that nobody told of
    std::uint64_t version = 0; // grows when the job may have changed: PumpState::note_change()

    /// Held around what asks the service for ranges or takes them back, so that a range is taken
    /// back before, or after, another request looks whether it has to be asked for. Before the
    /// pump's mutex, and without it while the service is called.
    std::mutex asking;

    [[nodiscard]] bool wants_ranges() const noexcept {
        return (wanted & BG_NOTIFY_FILE_RANGES_TRANSFERRED) != 0 || !pending.empty();
    }
    [[nodiscard]] bool has_listeners() const noexcept {
        return !ended && SUCCEEDED(lost) &&
               (!subscriptions.empty() || !pending.empty() || waiters > 0);
    }
    [[nodiscard]] bool is_synced() const noexcept { return sync_done == sync_wanted; }
    /// Flags the service has to have for all who listen.
    [[nodiscard]] std::uint32_t needed_flags() const noexcept;

    /// Bring the service's callback object and flags up to what is needed. Calls the service: not
    /// with the pump's mutex, which is `mutex`. `inbox` is where the callback writes.
    [[nodiscard]] HRESULT register_callback(std::mutex& mutex,
                                            const std::shared_ptr<ManagerInbox>& inbox);
    /// The service calls us no more.
    void unregister_callback();

  private:
    [[nodiscard]] HRESULT set_callback(const std::shared_ptr<ManagerInbox>& inbox, bool ranges,
                                       std::vector<Callback::Tap> sinks, std::size_t sinks_version);
    [[nodiscard]] HRESULT set_flags(std::uint32_t flags);

    ComPtr<IBackgroundCopyJob> job_;
    // Serialises calls that register; no slot and no drain takes it.
    std::mutex registering_;
    ComPtr<Callback> callback_;
    bool registered_ranges_ = false;     // the callback reports ranges to the manager's queue
    std::size_t registered_taps_ = 0;    // taps_version then
    std::uint32_t registered_flags_ = 0; // asked for; the service may be without range events
    bool refuses_ranges_ = false;
};

using JobStreamPtr = std::shared_ptr<JobStream>;

} // namespace bitscb3
