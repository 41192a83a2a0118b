// SPDX-License-Identifier: MIT
// range_set.cpp - see range_set.hpp.

#include "base/range_set.hpp"

#include <iterator>

namespace bitscb3 {

namespace {

using Difference = std::vector<Range>::difference_type;

Difference diff(std::size_t n) noexcept {
    return static_cast<Difference>(n);
}

} // namespace

RangeSet::RangeSet(const RangeList& ranges) {
    for (const Range& range : ranges) insert(range);
}

void RangeSet::clear() noexcept {
    blocks_.clear();
    size_ = 0;
    bytes_ = 0;
}

std::uint64_t RangeSet::end() const noexcept {
    return blocks_.empty() ? 0 : blocks_.back().back().end();
}

RangeSet::Position RangeSet::first_touching(std::uint64_t offset) const noexcept {
    const auto block =
        std::partition_point(blocks_.begin(), blocks_.end(),
                             [offset](const Block& b) { return b.back().end() < offset; });
    if (block == blocks_.end()) return {blocks_.size(), 0};
    const auto range = std::partition_point(block->begin(), block->end(),
                                            [offset](const Range& r) { return r.end() < offset; });
    return {static_cast<std::size_t>(block - blocks_.begin()),
            static_cast<std::size_t>(range - block->begin())};
}

void RangeSet::step(Position& p) const noexcept {
    if (++p.index == blocks_[p.block].size()) {
        ++p.block;
        p.index = 0;
    }
}

void RangeSet::replace(Position from, Position to, const Range* with, std::size_t count) {
    if (blocks_.empty()) {
        blocks_.emplace_back(with, with + count);
        size_ = count;
        return;
    }
    if (at_end(from)) { // behind everything: grow the last block
        from = {blocks_.size() - 1, blocks_.back().size()};
        to = from;
    }
    if (to.block > from.block) { // whole blocks in between disappear
        Block& first = blocks_[from.block];
        size_ -= first.size() - from.index;
        first.resize(from.index);
        for (std::size_t b = from.block + 1; b < to.block; ++b) size_ -= blocks_[b].size();
        if (to.block < blocks_.size() && to.index > 0) {
            Block& last = blocks_[to.block];
            last.erase(last.begin(), last.begin() + diff(to.index));
            size_ -= to.index;
        }
        blocks_.erase(blocks_.begin() + diff(from.block + 1), blocks_.begin() + diff(to.block));
        to = {from.block, from.index};
    }
    Block& block = blocks_[from.block];
    const std::size_t old = to.index - from.index;
    const std::size_t kept = std::min(old, count);
    std::copy(with, with + kept, block.begin() + diff(from.index));
    if (old > count) {
        block.erase(block.begin() + diff(from.index + kept), block.begin() + diff(to.index));
    } else {
        block.insert(block.begin() + diff(from.index + kept), with + kept, with + count);
    }
    size_ = size_ - old + count;
    if (block.empty()) {
        blocks_.erase(blocks_.begin() + diff(from.block));
    } else if (block.size() > kBlock) {
        // Appending in order leaves full blocks behind; inserting in the middle halves them.
        const bool appended = from.block + 1 == blocks_.size() && from.index + 2 >= block.size();
        const std::size_t cut = appended ? block.size() - 1 : block.size() / 2;
        Block tail(block.begin() + diff(cut), block.end());
        block.resize(cut);
        if (appended) tail.reserve(kBlock + 2);
        blocks_.insert(blocks_.begin() + diff(from.block + 1), std::move(tail));
    }
}

void RangeSet::insert(Range range) {
    if (range.empty()) return;
    if (!blocks_.empty()) { // the common case: the next bytes of a stream
        Range& last = blocks_.back().back();
        if (last.end() == range.offset) {
            last.length += range.length;
            bytes_ += range.length;
            return;
        }
    }
    const Position from = first_touching(range.offset);
    Position to = from;
    std::uint64_t covered = 0;
    std::uint64_t begin = range.offset;
    std::uint64_t end = range.end();
    for (; !at_end(to) && at(to).offset <= end; step(to)) {
        begin = std::min(begin, at(to).offset);
        end = std::max(end, at(to).end());
        covered += at(to).length;
    }
    const Range merged = range_between(begin, end);
    replace(from, to, &merged, 1);
    bytes_ += merged.length - covered;
}

void RangeSet::insert(Range range, RangeList& added) {
    if (range.empty()) return;
    std::uint64_t from = range.offset;
    for (Position p = first_touching(range.offset); !at_end(p) && at(p).offset < range.end();
         step(p)) {
        if (at(p).offset > from) added.push_back(range_between(from, at(p).offset));
        from = std::max(from, at(p).end());
    }
    if (from < range.end()) added.push_back(range_between(from, range.end()));
    insert(range);
}

void RangeSet::insert(const RangeSet& other) {
    for (const Block& block : other.blocks_) {
        for (const Range& range : block) insert(range);
    }
}

void RangeSet::erase(Range range) {
    if (range.empty() || blocks_.empty()) return;
    Position from = first_touching(range.offset);
    if (!at_end(from) && at(from).end() == range.offset) step(from);
    Position to = from;
    std::uint64_t covered = 0;
    Range kept[2];
    std::size_t count = 0;
    for (; !at_end(to) && at(to).offset < range.end(); step(to)) {
        const Range found = at(to);
        covered += found.length;
        if (found.offset < range.offset) kept[count++] = range_between(found.offset, range.offset);
        if (found.end() > range.end()) kept[count++] = range_between(range.end(), found.end());
    }
    if (covered == 0) return;
    replace(from, to, kept, count);
    bytes_ -= covered;
    for (std::size_t i = 0; i < count; ++i) bytes_ += kept[i].length;
}

void RangeSet::erase(const RangeSet& other) {
    for (const Block& block : other.blocks_) {
        for (const Range& range : block) erase(range);
    }
}

Range RangeSet::containing(std::uint64_t offset) const noexcept {
    Position p = first_touching(offset);
    if (!at_end(p) && at(p).end() == offset) step(p);
    return !at_end(p) && at(p).offset <= offset ? at(p) : Range{offset, 0};
}

bool RangeSet::contains(Range range) const noexcept {
    return range.empty() || containing(range.offset).end() >= range.end();
}

bool RangeSet::contains(const RangeSet& other) const noexcept {
    if (other.bytes_ > bytes_) return false;
    for (const Block& block : other.blocks_) {
        for (const Range& range : block) {
            if (!contains(range)) return false;
        }
    }
    return true;
}

Range RangeSet::first_in(Range window) const noexcept {
    for (Position p = first_touching(window.offset); !at_end(p) && at(p).offset < window.end();
         step(p)) {
        const Range found = intersection(at(p), window);
        if (!found.empty()) return found;
    }
    return {window.end(), 0};
}

Range RangeSet::first_gap(Range window) const noexcept {
    const Range held = containing(window.offset);
    const std::uint64_t begin = held.empty() ? window.offset : held.end();
    if (begin >= window.end()) return {window.end(), 0};
    const Range next = first_in(range_between(begin, window.end()));
    return range_between(begin, next.empty() ? window.end() : next.offset);
}

RangeList RangeSet::ranges() const {
    RangeList out;
    out.reserve(size_);
    for (const Block& block : blocks_) out.insert(out.end(), block.begin(), block.end());
    return out;
}

RangeList RangeSet::ranges_in(Range window) const {
    RangeList out;
    for (Position p = first_touching(window.offset); !at_end(p) && at(p).offset < window.end();
         step(p)) {
        const Range found = intersection(at(p), window);
        if (!found.empty()) out.push_back(found);
    }
    return out;
}

RangeList RangeSet::gaps(Range window) const {
    RangeList out;
    std::uint64_t from = window.offset;
    for (Position p = first_touching(window.offset); !at_end(p) && at(p).offset < window.end();
         step(p)) {
        if (at(p).offset > from) out.push_back(range_between(from, at(p).offset));
        from = std::max(from, at(p).end());
    }
    if (from < window.end()) out.push_back(range_between(from, window.end()));
    return out;
}

bool operator==(const RangeSet& a, const RangeSet& b) noexcept {
    if (a.size_ != b.size_ || a.bytes_ != b.bytes_) return false;
    RangeSet::Position p{0, 0};
    RangeSet::Position q{0, 0};
    for (; !a.at_end(p); a.step(p), b.step(q)) {
        if (a.at(p) != b.at(q)) return false;
    }
    return true;
}

} // namespace bitscb3
