// SPDX-License-Identifier: MIT
// range_set.hpp - a set of bytes, kept as merged ranges.
// Threads: none of its own; the owner guards it.
// Memory:  16 bytes a range and little more; nothing while empty.
// Cost:    sorted blocks of at most kBlock ranges: insert and erase take a binary search over the
//          blocks, one inside the block and a short move; appending in order is constant.

#pragma once

#include "base/range.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bitscb3 {

class RangeSet {
  public:
    RangeSet() = default;
    explicit RangeSet(const RangeList& ranges);

    /// Add the bytes of `range`. Touching and overlapping ranges become one.
    void insert(Range range);
    /// Add the bytes of `range` and append to `added` those that were not in the set, in order.
    void insert(Range range, RangeList& added);
    void insert(const RangeSet& other);
    /// Take the bytes of `range` out.
    void erase(Range range);
    void erase(const RangeSet& other);
    void clear() noexcept;

    [[nodiscard]] bool empty() const noexcept { return blocks_.empty(); }
    /// Number of merged ranges.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Number of bytes in the set.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    /// One past the last byte of the set; 0 when empty.
    [[nodiscard]] std::uint64_t end() const noexcept;

    [[nodiscard]] bool contains(Range range) const noexcept;
    [[nodiscard]] bool contains(const RangeSet& other) const noexcept;
    /// The merged range that holds the byte at `offset`; empty when that byte is not in the set.
    [[nodiscard]] Range containing(std::uint64_t offset) const noexcept;
    /// The first run of bytes of the set inside `window`; empty when there is none.
    [[nodiscard]] Range first_in(Range window) const noexcept;
    /// The first run of bytes inside `window` that is not in the set; empty when there is none.
    [[nodiscard]] Range first_gap(Range window) const noexcept;

    [[nodiscard]] RangeList ranges() const;
    [[nodiscard]] RangeList ranges_in(Range window) const;
    [[nodiscard]] RangeList gaps(Range window) const;

    friend bool operator==(const RangeSet& a, const RangeSet& b) noexcept;

  private:
    static constexpr std::size_t kBlock = 256;
    // Ascending, not empty, at most kBlock ranges; every block lies before the next one.
    using Block = std::vector<Range>;
    struct Position {
        std::size_t block;
        std::size_t index;
    };

    /// The first range that ends at or after `offset` (touching counts); {blocks_.size(), 0} if
    /// none.
    [[nodiscard]] Position first_touching(std::uint64_t offset) const noexcept;
    [[nodiscard]] bool at_end(Position p) const noexcept { return p.block == blocks_.size(); }
    [[nodiscard]] const Range& at(Position p) const noexcept { return blocks_[p.block][p.index]; }
    void step(Position& p) const noexcept;
    /// Replace the ranges [from, to) by `with` (at most two ranges, in order).
    void replace(Position from, Position to, const Range* with, std::size_t count);

    std::vector<Block> blocks_;
    std::size_t size_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace bitscb3
