// SPDX-License-Identifier: MIT
// pump_state.hpp - what the pump and its reader share: the jobs, and what is due for whom.
// Threads: `inbox` as inbox.hpp says; everything under "guarded" by `mutex`, which every function
//          here expects to be held.

#pragma once

#include "client/job_stream.hpp"
#include "client/quirks.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace bitscb3 {

struct PumpState {
    PumpState(std::size_t capacity, bool is_system, const Quirks& its_quirks)
        : inbox(std::make_shared<ManagerInbox>(capacity)), system(is_system), quirks(its_quirks) {}

    const std::shared_ptr<ManagerInbox> inbox;
    /// The system's BITS. Its file objects may differ from call to call, and its delta base moves
    /// with each request, so the filled set is read after each.
    const bool system;
    const Quirks quirks;

    std::mutex mutex;

    // Guarded.
    std::unordered_map<std::uint32_t, std::weak_ptr<JobStream>> streams; // by number; some expired
    std::set<std::uint64_t> ready;      // subscriptions with events
    std::vector<std::uint64_t> settled; // watched requests, and watches of jobs to be looked at
    std::vector<JobStreamPtr> nudged;   // to be looked at by the next drain
    std::uint64_t signals = 0;          // what the service told, range events not counted
    bool closed = false;

    [[nodiscard]] JobStreamPtr stream_of(std::uint32_t number) const;
    /// The next drain looks at the job, and whoever leads wakes for it.
    void nudge(const JobStreamPtr& stream);

    void stage_ready(const Subscription& subscription) { ready.insert(subscription.id); }
    /// Stage what the subscription was not told yet of what is known.
    void catch_up(const JobStream& stream, Subscription& subscription);
    void catch_up(const JobStream& stream);

    /// The job may have changed.
    void note_change(JobStream& stream);

    void settle(JobStream& stream, const RequestPtr& request, std::optional<Failure> failure = {});
    void fail_pending(JobStream& stream, const Failure& failure);

    /// More of a file is filled: stage what is new and settle who waited for it. Returns the number
    /// of bytes that were new.
    std::uint64_t report(JobStream& stream, std::uint32_t file, const Range& range);
    /// The file begins anew: nothing of it was reported, and its requests are to be made again.
    void restart(const JobStreamPtr& stream, std::uint32_t file);
};

} // namespace bitscb3
