// SPDX-License-Identifier: MIT
// planner.cpp - see planner.hpp.

#include "engine/planner.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kFirstPiece = 8 * kMiB;    // of a file of unknown size
constexpr std::uint64_t kSmallestPiece = 4 * kMiB; // of a file on several connections
constexpr std::uint64_t kLargestPiece = 128 * kMiB;
constexpr std::uint64_t kLocalSlice = 8 * kMiB;
constexpr std::uint64_t kSmallRange = 256 * 1024; // several such may share a request
/// What arrives before a new connection would bring anything, in passing.
constexpr std::uint64_t kWorthFinishing = 256 * 1024;
constexpr std::size_t kFewRanges = 8;          // fewer than that are asked for one by one
constexpr std::size_t kMostRangeChars = 3'500; // of a Range header; servers allow 4 to 16 KiB

/// The first run of `window` that is neither on disk nor asked for.
Range first_missing(const File& file, Range window) {
    while (!window.empty()) {
        const Range gap = file.filled.first_gap(window);
        if (gap.empty()) break;
        const Range free = file.in_flight.first_gap(gap);
        if (!free.empty()) return free;
        window = range_between(gap.end(), window.end());
    }
    return {};
}

/// How much of a gap one connection takes: large at first, smaller towards the end, so that the
/// connections of a file finish together.
std::uint64_t piece_of(const bitscb3_settings& settings, std::uint64_t missing) {
    if (settings.connections_per_file <= 1) return UINT64_MAX;
    const std::uint64_t share = missing / (2ull * settings.connections_per_file);
    return std::clamp(share, kSmallestPiece, kLargestPiece);
}

/// Take the next requested range off the queue: its first missing run, at most `most` bytes.
Range take_urgent(File& file, std::uint64_t most) {
    while (!file.urgent.empty()) {
        Range& front = file.urgent.front();
        Range run = first_missing(file, front);
        if (run.empty()) {
            file.urgent.pop_front();
            continue;
        }
        run.length = std::min(run.length, most);
        front = range_between(run.end(), front.end());
        if (front.empty()) file.urgent.pop_front();
        return run;
    }
    return {};
}

/// Join `next` to the last range of `ranges` when no more than `gap` bytes lie between them.
bool try_join(RangeList& ranges, const Range& next, std::uint64_t gap, std::uint64_t most) {
    if (ranges.empty()) return false;
    Range& last = ranges.back();
    if (next.offset < last.end() || next.offset - last.end() > gap) return false;
    if (next.end() - last.offset > most) return false;
    last.length = next.end() - last.offset;
    return true;
}

/// What is missing of the ranges of a request, in bytes.
struct Missing {
    std::uint64_t requested = 0;
    std::uint64_t others = 0;
};

Missing missing_of(const File& file, const RangeList& ranges) {
    Missing out;
    for (Range range : ranges) {
        if (file.size_known()) range = intersection(range, file.whole());
        for (const Range& gap : file.filled.gaps(range)) {
            out.others += gap.length;
            for (const Range& run : file.requested.ranges_in(gap)) {
                out.requested += run.length;
                out.others -= run.length;
            }
        }
    }
    return out;
}

RangeList plan_urgent(const bitscb3_settings& settings, File& file, const HostHabits& habits) {
    RangeList ranges;
    const std::uint64_t most = piece_of(settings, file.size());
    const std::size_t waiting = file.urgent.size();
    const std::size_t shared =
        std::max(waiting / std::max(1u, settings.connections_per_file), kFewRanges);
    const std::size_t parts =
        waiting < kFewRanges ? 1 : std::min<std::size_t>(shared, habits.parts());
    std::size_t chars = 0;
    while (!file.urgent.empty()) {
        const Range run = take_urgent(file, most);
        if (run.empty()) break;
        const bool joined = try_join(ranges, run, settings.merge_gap_bytes, most);
        const std::size_t cost = 2 * std::to_string(run.end()).size() + 2;
        const bool fits = ranges.empty() ||
                          (ranges.size() < parts && run.length <= kSmallRange &&
                           ranges.back().length <= kSmallRange && chars + cost <= kMostRangeChars);
        if (!joined && !fits) {
            file.urgent.push_front(run);
            break;
        }
        if (!joined) {
            ranges.push_back(run);
            chars += cost;
        }
        file.in_flight.insert(run);
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const Range& a, const Range& b) { return a.offset < b.offset; });
    RangeList merged;
    for (const Range& range : ranges) {
        if (!try_join(merged, range, settings.merge_gap_bytes, Ask::kToEnd)) {
            merged.push_back(range);
        }
    }
    return merged;
}

std::optional<Ask> plan_first_contact(const bitscb3_settings& settings, const Job& job,
                                      File& file) {
    Ask ask;
    if (file.transfers > 0) return std::nullopt; // one at a time until the size is known
    if (settings.head_first && !file.asked_head && !file.plain_get) {
        ask.head = true;
    } else if (file.plain_get) {
        ask.whole = true;
    } else if (const Range run = take_urgent(file, kFirstPiece); !run.empty()) {
        ask.urgent = true;
        ask.ranges.push_back(run);
    } else if (job.on_demand) {
        ask.probe = true;
        ask.ranges.push_back({0, 1});
    } else {
        const bool alone = settings.connections_per_file <= 1;
        ask.ranges.push_back({0, alone ? Ask::kToEnd : kFirstPiece});
    }
    if (!ask.probe) {
        for (const Range& range : ask.ranges) file.in_flight.insert(range);
    }
    return ask;
}

/// DYNAMIC_CONTENT, or a method of the client's own: one request, from the first byte.
std::optional<Ask> plan_fresh(const File& file) {
    if (file.transfers > 0) return std::nullopt;
    Ask ask;
    ask.whole = true;
    ask.fresh = true;
    return ask;
}

/// A file of this machine is copied in slices, between which the engine thread serves the others.
std::optional<Ask> plan_local(File& file) {
    if (file.transfers > 0) return std::nullopt;
    Ask ask;
    const Range window = file.size_known() ? file.whole() : Range{0, kLocalSlice};
    Range gap = first_missing(file, window);
    gap.length = std::min(gap.length, kLocalSlice);
    file.in_flight.insert(gap);
    ask.ranges.push_back(gap);
    return ask;
}

} // namespace

std::optional<Ask> plan(const bitscb3_settings& settings, const Job& job, File& file,
                        const HostHabits& habits) {
    if (file.complete()) return std::nullopt;
    if (job.is_unranged() && !file.local_source) return plan_fresh(file);
    if (file.local_source) return plan_local(file);
    if (!file.size_known()) return plan_first_contact(settings, job, file);
    Ask ask;
    if (file.doubted) { // one byte that every version has, to see which one the server has
        if (file.transfers > 0) return std::nullopt;
        ask.probe = true;
        ask.ranges.push_back({0, 1});
        return ask;
    }
    if (file.range_support == RangeSupport::kNo) {
        const bool wanted = !job.on_demand || !file.requests_filled();
        if (!wanted || file.transfers > 0) return std::nullopt;
        ask.whole = true;
        return ask;
    }
    ask.ranges = plan_urgent(settings, file, habits);
    if (!ask.ranges.empty()) {
        ask.urgent = true;
        ask.between = missing_of(file, ask.ranges).others;
        return ask;
    }
    if (job.on_demand || !file.pieces.empty()) return std::nullopt;
    Range gap = first_missing(file, range_between(file.position, file.size()));
    if (gap.empty()) gap = first_missing(file, range_between(0, file.position));
    if (gap.empty()) return std::nullopt;
    gap.length = std::min(gap.length, piece_of(settings, file.size() - file.filled.bytes()));
    file.in_flight.insert(gap);
    ask.ranges.push_back(gap);
    return ask;
}

void give_back(File& file, const Ask& ask) {
    for (const Range& range : ask.ranges) file.in_flight.erase(range);
    if (!ask.urgent) return;
    for (auto range = ask.ranges.rbegin(); range != ask.ranges.rend(); ++range) {
        Range wanted = *range;
        if (file.size_known()) wanted = intersection(wanted, file.whole());
        RangeList missing;
        for (const Range& gap : file.filled.gaps(wanted)) {
            const RangeList asked = file.requested.ranges_in(gap); // and not withdrawn meanwhile
            missing.insert(missing.end(), asked.begin(), asked.end());
        }
        file.urgent.insert(file.urgent.begin(), missing.begin(), missing.end());
    }
}

bool is_idle_work(const Job& job, const File& file, Ask& ask) {
    if (std::exchange(ask.withdrawn, file.withdrawn) == file.withdrawn) return false;
    if (ask.whole) return job.on_demand && file.requests_filled();
    if (!ask.urgent) return false;
    const Missing missing = missing_of(file, ask.ranges);
    if (missing.requested == 0) {
        ask.urgent = job.on_demand;
        return job.on_demand && missing.others > 0;
    }
    return missing.others > ask.between + kWorthFinishing;
}

} // namespace bitscb3
