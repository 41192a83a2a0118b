// SPDX-License-Identifier: MIT
// range.hpp - a half-open run of bytes [offset, offset + length) of one file.
// Units: bytes. Invariant kept by every producer: offset + length does not overflow.

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace bitscb3 {

struct Range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    [[nodiscard]] constexpr std::uint64_t end() const noexcept { return offset + length; }
    [[nodiscard]] constexpr bool empty() const noexcept { return length == 0; }
    [[nodiscard]] constexpr bool contains(const Range& other) const noexcept {
        return other.offset >= offset && other.end() <= end();
    }
    friend constexpr bool operator==(const Range&, const Range&) noexcept = default;
};

/// The bytes from `begin` up to `end`; empty when end <= begin.
[[nodiscard]] constexpr Range range_between(std::uint64_t begin, std::uint64_t end) noexcept {
    return {begin, end > begin ? end - begin : 0};
}

/// The bytes that are in both.
[[nodiscard]] constexpr Range intersection(const Range& a, const Range& b) noexcept {
    return range_between(std::max(a.offset, b.offset), std::min(a.end(), b.end()));
}

/// Sorted by offset, not overlapping, not touching, none empty.
using RangeList = std::vector<Range>;

} // namespace bitscb3
