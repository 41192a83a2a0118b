// SPDX-License-Identifier: MIT
// host_habits.hpp - what servers have shown of themselves, by origin.
// Threads: guarded by Model::mutex. Memory: one small entry for each origin met.

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace bitscb3 {

struct HostHabits {
    static constexpr std::uint32_t kFirstParts = 32; // asked of a host that has shown nothing yet
    static constexpr std::uint32_t kMostParts = 64;

    std::uint32_t parts = kFirstParts; // ranges one request may carry; 1: single ranges only
    std::uint32_t connections = 0;     // requests running

    void refused_parts() noexcept { parts = 1; }
    /// Of `asked` ranges the answer covered `served`.
    void served_parts(std::uint32_t asked, std::uint32_t served) noexcept {
        if (served < asked) {
            parts = std::max(1u, std::min(parts, served));
        } else if (asked == parts) {
            parts = std::min(parts * 2, kMostParts);
        }
    }
};

using HostTable = std::unordered_map<std::string, HostHabits>;

} // namespace bitscb3
