// SPDX-License-Identifier: MIT
// job_watch.hpp - a wait for a job that costs no thread: who dispatches is told when to look.
// Threads: guarded by the pump's mutex, all of it but what is const.

#pragma once

#include <cstdint>
#include <thread>

namespace bitscb3 {

struct JobWatch {
    JobWatch(std::uint64_t number, bool demand) : id(number), on_demand(demand) {}
    JobWatch(const JobWatch&) = delete;
    JobWatch& operator=(const JobWatch&) = delete;

    const std::uint64_t id;
    const bool on_demand; // the job is, and idle once the requests of `asker` are settled
    const std::thread::id asker = std::this_thread::get_id();

    std::uint64_t seen = UINT64_MAX; // JobStream::version before the last look; at first none
    bool armed = false;              // dispatch() tells when the version is another
    bool open = true;
};

} // namespace bitscb3
