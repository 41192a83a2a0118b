// SPDX-License-Identifier: MIT
// planner.hpp - which bytes of a file the next request asks for.
// Threads: Model::mutex held. Nothing blocks.
// Order:   requested ranges first, in the order of the requests; then, unless the job is on
//          demand, what is missing from the download position to the end; then what is missing in
//          front of it.

#pragma once

#include "engine/host_habits.hpp"
#include "engine/job.hpp"

#include <bitscb3/engine.h>

#include <optional>

namespace bitscb3 {

struct Ask {
    RangeList ranges;    // what to ask for; one range may end at UINT64_MAX: to the end of the file
    bool whole = false;  // no Range header: read the body through
    bool fresh = false;  // a whole body that continues nothing and has to agree with nothing
    bool head = false;   // HEAD: only the size and the validators
    bool probe = false;  // the bytes of the answer are not wanted
    bool urgent = false; // carries requested ranges
    bool alone = false;  // on a new connection: those there are may have died, with their network
    std::uint64_t between = 0;   // bytes that came along between requested ranges when planned
    std::uint32_t withdrawn = 0; // File::withdrawn when it was last compared with what is requested

    static constexpr std::uint64_t kToEnd = UINT64_MAX;
    /// Whether another plan for the file makes it pointless.
    [[nodiscard]] bool is_replaceable() const noexcept {
        return !urgent && !whole && !head && !probe;
    }
};

/// Nothing when every wanted byte is on disk or asked for already. The ranges of the answer count
/// as asked for (File::in_flight) until give_back().
[[nodiscard]] std::optional<Ask> plan(const bitscb3_settings& settings, const Job& job, File& file,
                                      const HostHabits& habits);

/// A request ended: what of `ask` is still missing is wanted again, as far as it is requested.
void give_back(File& file, const Ask& ask);

/// Whether `ask` is to be stopped because what it brings was withdrawn, or much of it. What a job
/// for the whole file needs anyhow goes on, and is as replaceable then as if nobody had asked.
[[nodiscard]] bool is_idle_work(const Job& job, const File& file, Ask& ask);

} // namespace bitscb3
