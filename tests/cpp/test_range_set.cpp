// SPDX-License-Identifier: MIT
// test_range_set.cpp - RangeSet against a plain array of bytes.

#include "base/range_set.hpp"
#include "engine/layout.hpp"

#include <doctest/doctest.h>

#include <bitset>
#include <random>

using namespace bitscb3;

namespace {

constexpr std::size_t kBytes = 4096;

/// The obvious set: one bit for each byte.
struct Model {
    std::bitset<kBytes> bits;

    void put(Range range, bool value) {
        for (std::uint64_t i = range.offset; i < range.end(); ++i) bits[i] = value;
    }
    [[nodiscard]] RangeList runs(Range window, bool value) const {
        RangeList out;
        for (std::uint64_t i = window.offset; i < window.end(); ++i) {
            if (bits[i] != value) continue;
            if (!out.empty() && out.back().end() == i) {
                ++out.back().length;
            } else {
                out.push_back({i, 1});
            }
        }
        return out;
    }
};

RangeList merged(const RangeSet& set) {
    return set.ranges();
}

} // namespace

// After any sequence of inserts and erases every question is answered as by an array of bytes.
TEST_CASE("any sequence of changes") {
    std::mt19937 random(20261123);
    const auto number = [&](std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
    };
    for (int round = 0; round < 60; ++round) {
        RangeSet set;
        Model model;
        const std::uint64_t longest = 1 + number(round % 3 == 0 ? 3 : 120);
        for (int step = 0; step < 400; ++step) {
            const std::uint64_t offset = number(kBytes - 1);
            const Range range =
                range_between(offset, std::min<std::uint64_t>(kBytes, offset + number(longest)));
            if (number(3) == 0) {
                set.erase(range);
                model.put(range, false);
            } else {
                RangeList added;
                const RangeList expected = model.runs(range, false);
                set.insert(range, added);
                REQUIRE(added == expected);
                model.put(range, true);
            }
            const std::uint64_t from = number(kBytes - 1);
            const Range window =
                range_between(from, std::min<std::uint64_t>(kBytes, from + number(500)));
            REQUIRE(set.gaps(window) == model.runs(window, false));
            REQUIRE(set.ranges_in(window) == model.runs(window, true));
            REQUIRE(set.contains(window) == model.runs(window, false).empty());
            const RangeList gaps = model.runs(window, false);
            const Range first = set.first_gap(window);
            REQUIRE((gaps.empty() ? first.empty() : first == gaps.front()));
            const RangeList held = model.runs(window, true);
            const Range found = set.first_in(window);
            REQUIRE((held.empty() ? found.empty() : found == held.front()));
        }
        const RangeList all = model.runs({0, kBytes}, true);
        REQUIRE(merged(set) == all);
        REQUIRE(set.size() == all.size());
        REQUIRE(set.bytes() == model.bits.count());
        REQUIRE(set.end() == (all.empty() ? 0 : all.back().end()));
        REQUIRE(set == RangeSet(all));
        REQUIRE(set.contains(RangeSet(all)));
    }
}

// Thousands of scattered ranges, enough for many blocks, merge into one when the gaps are filled.
TEST_CASE("many blocks") {
    RangeSet set;
    constexpr std::uint64_t kCount = 20'000;
    for (std::uint64_t i = 0; i < kCount; ++i) set.insert({((i * 7919) % kCount) * 10, 5});
    CHECK(set.size() == kCount);
    CHECK(set.bytes() == kCount * 5);
    for (std::uint64_t i = 0; i < kCount; ++i) set.insert({i * 10 + 5, 5});
    CHECK(merged(set) == RangeList{{0, kCount * 10}});
    set.erase({0, kCount * 10});
    CHECK(set.empty());
}

// Ranges that touch become one, and an empty range changes nothing.
TEST_CASE("touching and empty ranges") {
    RangeSet set;
    set.insert({10, 10});
    set.insert({0, 10});
    set.insert({50, 5});
    set.insert({30, 0});
    CHECK(merged(set) == RangeList{{0, 20}, {50, 5}});
    CHECK(set.containing(19) == Range{0, 20});
    CHECK(set.containing(20).empty());
}

// The largest offsets of the contract are ordinary offsets.
TEST_CASE("offsets up to 2^64 - 1") {
    RangeSet set;
    set.insert({UINT64_MAX - 10, 10});
    CHECK(set.end() == UINT64_MAX);
    CHECK(set.first_gap({0, UINT64_MAX}) == Range{0, UINT64_MAX - 10});
    set.erase({UINT64_MAX - 5, 5});
    CHECK(merged(set) == RangeList{{UINT64_MAX - 10, 5}});
}

// Pieces of a remote file lie one after another in the local one, in the order they are given in.
TEST_CASE("layout") {
    const RangeList pieces = {{900, 100}, {100, 100}, range_between(2000, UINT64_MAX)};
    const Layout layout(pieces, 2050);
    CHECK(Layout::bytes_of(pieces, 2050) == 250);
    RangeList places; // where the parts of a remote range lie
    const auto place = [&](const Range& part, std::uint64_t local) {
        places.push_back({local, part.length});
        return true;
    };
    CHECK(layout.each({150, 800}, place)); // parts in order of the pieces
    CHECK(places == RangeList{{0, 50}, {150, 50}});
    places.clear();
    CHECK(layout.each({0, 50}, place));
    CHECK(places.empty());
    CHECK(layout.each({2040, 100}, place));
    CHECK(places == RangeList{{240, 10}});
    CHECK(layout.end_of(RangeSet(RangeList{{100, 20}})) == 120);
    CHECK(layout.end_of(RangeSet(RangeList{{950, 10}})) == 60);
    CHECK(Layout().end_of(RangeSet(RangeList{{950, 10}})) == 960);
    CHECK_FALSE(layout.each({100, 10}, [](const Range&, std::uint64_t) { return false; }));
}
