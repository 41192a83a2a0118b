// SPDX-License-Identifier: MIT
// layout.hpp - where the bytes of a remote file lie in the local one: at their own place, or, with
// AddFileWithRanges, piece after piece in the order in which the pieces were given.
// Threads: a plain value.

#pragma once

#include "base/range_set.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace bitscb3 {

class Layout {
  public:
    /// Every byte at its own place.
    Layout() = default;
    /// `pieces` of a file of `size` bytes; one that reaches beyond the end stops there.
    Layout(const RangeList& pieces, std::uint64_t size) {
        std::uint64_t local = 0;
        for (const Range& piece : pieces) {
            const Range part = intersection(piece, {0, size});
            parts_.push_back({part, local});
            local += part.length;
        }
        is_identity_ = pieces.empty();
    }

    /// Bytes of all `pieces` together.
    [[nodiscard]] static std::uint64_t bytes_of(const RangeList& pieces,
                                                std::uint64_t size) noexcept {
        std::uint64_t sum = 0;
        for (const Range& piece : pieces) sum += intersection(piece, {0, size}).length;
        return sum;
    }

    /// Call `place(part, local)` for each part of `remote` that has a place, in order of the
    /// pieces, until it returns false. Returns whether it never did.
    template<class Place>
    bool each(const Range& remote, Place&& place) const {
        if (is_identity_) return place(remote, remote.offset);
        for (const Part& piece : parts_) {
            const Range part = intersection(piece.remote, remote);
            if (part.empty()) continue;
            if (!place(part, piece.local + (part.offset - piece.remote.offset))) return false;
        }
        return true;
    }

    /// How long the local file is at least once `filled` bytes of the remote one are in it.
    [[nodiscard]] std::uint64_t end_of(const RangeSet& filled) const {
        if (is_identity_) return filled.end();
        std::uint64_t end = 0;
        for (const Range& range : filled.ranges()) {
            each(range, [&end](const Range& part, std::uint64_t local) {
                end = std::max(end, local + part.length);
                return true;
            });
        }
        return end;
    }

  private:
    struct Part {
        Range remote;
        std::uint64_t local;
    };
    std::vector<Part> parts_;
    bool is_identity_ = true;
};

} // namespace bitscb3
