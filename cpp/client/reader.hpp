// SPDX-License-Identifier: MIT
// reader.hpp - turns what the slots left behind into staged events and settled requests.
// Threads: drain() and refresh() by one thread at a time, the leader (pump.hpp); they call the
// service, and
//          take the mutex for moments in between. Functions that say so expect the mutex.
// Promise: from attaching on, every filled byte is reported exactly once, before the file's
//          kFileTransferred; after a restart kFileRestarted comes first and counting starts over.
//          The queue hints, the service knows: after a loss, an unknown pointer or an overlap the
//          filled set is read.

#pragma once

#include "client/job_stream.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace bitscb3 {

/// What the reader and the pump share.
struct PumpState {
    PumpState(std::size_t capacity, bool is_system)
        : inbox(std::make_shared<ManagerInbox>(capacity)), system(is_system) {}

    const std::shared_ptr<ManagerInbox> inbox;
    /// The system's BITS: its delta base moves with each request, so the filled set is read after
    /// each.
    const bool system;

    std::mutex mutex;

    // Guarded.
    std::vector<std::weak_ptr<JobStream>> streams; // by number
    std::set<std::uint64_t> ready;                 // subscriptions with events
    std::vector<std::uint64_t> settled;            // watched requests
    std::vector<JobStreamPtr> nudged;              // to be looked at by the next drain
    bool closed = false;

    /// Mutex held.
    void stage_ready(const Subscription& subscription) { ready.insert(subscription.id); }
    /// Stage what the subscription was not told yet of what is known. Mutex held.
    void catch_up(const JobStream& stream, Subscription& subscription);
    void catch_up(const JobStream& stream);
    void settle(JobStream& stream, const RequestPtr& request, std::optional<Failure> failure = {});
};

class Reader {
  public:
    explicit Reader(PumpState& state) : state_(state) {}

    /// Handle everything that is present. Returns whether there was something.
    bool drain();
    /// Look at the service itself: every byte filled and every state reached is staged afterwards.
    void refresh(const JobStreamPtr& stream);
    /// Give a request to the service, or fail it. Any thread; not with the mutex.
    void issue(const JobStreamPtr& stream, const RequestPtr& request);

  private:
    void take_records();
    void reconcile(const JobStreamPtr& stream, std::uint32_t file);
    void reconcile_all(const JobStreamPtr& stream);
    void read_state(const JobStreamPtr& stream, std::uint32_t bits, bool look_at_files);
    void find_finished_files(const JobStreamPtr& stream, std::vector<std::uint32_t>& finished);
    void advance_held(const JobStreamPtr& stream, BG_JOB_STATE state);

    // Mutex held.
    [[nodiscard]] bool report(JobStream& stream, std::uint32_t file, const Range& range);
    void stage_restart(JobStream& stream, std::uint32_t file);
    void fail_pending(JobStream& stream, const Failure& failure);
    [[nodiscard]] JobStreamPtr stream_of(std::uint32_t number);

    PumpState& state_;
    std::vector<RangeRecord> records_;
    std::vector<SignalStack::Signal> signals_;
    std::set<std::pair<JobStreamPtr, std::uint32_t>> doubtful_; // files to reconcile
};

} // namespace bitscb3
