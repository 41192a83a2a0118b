// SPDX-License-Identifier: MIT
// model.hpp - the jobs of one engine and the one lock that guards them.
// Threads: `mutex` is held for moments only: never across I/O, libcurl, SQLite or a callback. Every
//          function that takes a Model& and a Job& expects it to be held, unless it says otherwise.

#pragma once

#include "base/clock.hpp"
#include "base/guid.hpp"
#include "engine/job.hpp"

#include <bitscb3/engine.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace bitscb3 {

using Lock = std::unique_lock<std::mutex>;
using JobPtr = std::shared_ptr<Job>;

/// A temporary file that is not needed any more.
struct Abandoned {
    std::string path;
    std::int64_t born; // another file of that name is not ours to remove
};

struct Model {
    Model(const bitscb3_settings& numbers, Clock& time) : settings(numbers), clock(time) {}

    const bitscb3_settings settings;
    Clock& clock;

    std::mutex mutex;
    // Every Job alive, and some that are gone; see know().
    std::unordered_map<GUID, std::weak_ptr<Job>, GuidHash, GuidEqual> known;
    static constexpr std::size_t kFewKnown = 64;
    std::size_t most_known = kFewKnown;
    std::vector<JobPtr> leased;       // the jobs this process runs or changes, in order of arrival
    std::vector<Abandoned> abandoned; // for the loop to remove
    bool closed = false;
    std::uint32_t network = BITS_COST_STATE_UNRESTRICTED; // BITS_COST_STATE_*; 0: there is none
    std::uint64_t rate_limit = 0;    // of all jobs together, bytes per second; 0: none
    bitscb3_statistics statistics{}; // its counters; the gauges are looked up, see statistics.hpp
    std::condition_variable quiet;   // Job::transfers of some job became 0, or Job::ending false

    /// Have the job found by its id while it lives.
    void know(const JobPtr& job) {
        if (known.size() >= most_known) {
            std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
            most_known = 2 * known.size() + kFewKnown;
        }
        known[job->id] = job;
    }

    /// Whether some job is inside Complete or Cancel.
    [[nodiscard]] bool is_ending() const noexcept {
        return std::any_of(leased.begin(), leased.end(),
                           [](const JobPtr& job) { return job->ending; });
    }

    // How the parts of the engine wake each other. Set before the threads start, called with the
    // mutex held, never blocking.
    std::function<void()> wake_loop; // there may be something to transfer or to stop
    std::function<void(const JobPtr&)> wake_notifier;  // the job may have something to tell
    std::function<void(const JobPtr&)> wake_committer; // the job differs from the store
    std::function<void()> hurry_committer;             // and a file waits for the store
};

} // namespace bitscb3
