// SPDX-License-Identifier: MIT
// subscription.hpp - one taker of a job's events: what is staged for it until it takes.
// Threads: guarded by the pump's mutex.
// Memory:  staged ranges merge, so a slow taker costs memory by holes, not by events.

#pragma once

#include "base/range_set.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace bitscb3 {

/// In the order in which take() lists the events of a file, then those of the job.
enum class EventKind : std::uint32_t {
    kFileRestarted,
    kFileRanges,
    kFileTransferred,
    kJobModified,
    kJobError,
    kJobTransferred,
    kJobEnded,
};

struct Event {
    EventKind kind;
    std::uint32_t file = 0; // index, for events of a file
    RangeList ranges;       // for kFileRanges
};

struct Subscription {
    struct StagedFile {
        bool restarted = false;
        RangeSet ranges;
        bool transferred = false;
    };

    explicit Subscription(std::uint64_t number) : id(number) {}

    const std::uint64_t id;
    std::map<std::uint32_t, StagedFile> files;
    bool modified = false;
    bool error = false;
    bool transferred = false;
    bool ended = false;

    // What it was told or will be: facts of the job are staged once.
    bool ranges_on = false;             // since then every new range is staged
    std::set<std::uint32_t> told_files; // whose transfer was told
    bool told_error = false;
    bool told_transferred = false;
    bool told_ended = false;

    [[nodiscard]] bool empty() const noexcept {
        return files.empty() && !modified && !error && !transferred && !ended;
    }

    [[nodiscard]] std::vector<Event> take() {
        std::vector<Event> out;
        for (auto& [index, file] : files) {
            if (file.restarted) out.push_back({EventKind::kFileRestarted, index, {}});
            if (!file.ranges.empty()) {
                out.push_back({EventKind::kFileRanges, index, file.ranges.ranges()});
            }
            if (file.transferred) out.push_back({EventKind::kFileTransferred, index, {}});
        }
        files.clear();
        const auto take_bit = [&out](bool& bit, EventKind kind) {
            if (bit) out.push_back({kind, 0, {}});
            bit = false;
        };
        take_bit(modified, EventKind::kJobModified);
        take_bit(error, EventKind::kJobError);
        take_bit(transferred, EventKind::kJobTransferred);
        take_bit(ended, EventKind::kJobEnded);
        return out;
    }
};

} // namespace bitscb3
