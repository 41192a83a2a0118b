// SPDX-License-Identifier: MIT
// range_set.cpp - what an insert into a set of scattered ranges costs, and an append in order.
// Prints JSON: nanoseconds an insert by number of ranges in the set, medians of several runs.

#include "base/range_set.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <random>
#include <vector>

using namespace bitscb3;

namespace {

constexpr int kRuns = 5;
constexpr std::uint64_t kApart = 64 * 1024; // bytes from one range to the next

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Nanoseconds for each of `ranges`, inserted into `set`.
double insert(RangeSet& set, const std::vector<Range>& ranges) {
    const auto began = std::chrono::steady_clock::now();
    for (const Range& range : ranges) set.insert(range);
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - began;
    return spent.count() / static_cast<double>(ranges.size());
}

/// The last tenth of `count` ranges that do not touch, in random order.
double scattered(std::size_t count) {
    std::vector<std::uint64_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    std::vector<double> runs;
    for (unsigned run = 0; run < kRuns; ++run) {
        std::shuffle(order.begin(), order.end(), std::mt19937_64(run));
        std::vector<Range> ranges;
        for (const std::uint64_t place : order) ranges.push_back({place * kApart, kApart / 2});
        RangeSet set;
        const auto last = ranges.begin() + static_cast<std::ptrdiff_t>(count - count / 10);
        insert(set, {ranges.begin(), last});
        runs.push_back(insert(set, {last, ranges.end()}));
    }
    return median(runs);
}

/// Each behind the one before, with a gap (`gap`) or without.
double in_order(std::size_t count, bool gap) {
    std::vector<double> runs;
    for (int run = 0; run < kRuns; ++run) {
        std::vector<Range> ranges;
        for (std::uint64_t i = 0; i < count; ++i) {
            ranges.push_back({i * kApart, gap ? kApart / 2 : kApart});
        }
        RangeSet set;
        runs.push_back(insert(set, ranges));
    }
    return median(runs);
}

} // namespace

int main() {
    std::printf("{\"scattered\": {\"100000\": %.1f, \"1000000\": %.1f}, "
                "\"in order, apart\": {\"1000000\": %.1f}, "
                "\"in order, touching\": {\"1000000\": %.1f}}\n",
                scattered(100'000), scattered(1'000'000), in_order(1'000'000, true),
                in_order(1'000'000, false));
}
