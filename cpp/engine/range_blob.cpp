// SPDX-License-Identifier: MIT
// range_blob.cpp - see range_blob.hpp.

#include "engine/range_blob.hpp"

#include <cstdint>

namespace bitscb3 {

namespace {

void append(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take(std::string_view& in) noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(in.front());
        in.remove_prefix(1);
        const std::uint64_t bits = byte & 0x7Fu;
        if (shift == 63 && bits > 1) return std::nullopt;
        if (byte == 0 && shift > 0) return std::nullopt; // longer than the number needs
        value |= bits << shift;
        if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
}

} // namespace

std::string to_blob(const RangeSet& set) {
    std::string out;
    std::uint64_t at = 0;
    for (const Range& range : set.ranges()) {
        append(out, range.offset - at);
        append(out, range.length);
        at = range.end();
    }
    return out;
}

std::optional<RangeSet> from_blob(std::string_view blob) {
    RangeSet set;
    std::uint64_t at = 0;
    while (!blob.empty()) {
        const auto gap = take(blob);
        const auto length = take(blob);
        if (!gap || !length || *length == 0 || *gap > UINT64_MAX - at) return std::nullopt;
        if (*gap == 0 && at > 0) return std::nullopt; // it touches the one before
        const std::uint64_t offset = at + *gap;
        if (*length > UINT64_MAX - offset) return std::nullopt;
        set.insert({offset, *length});
        at = offset + *length;
    }
    return set;
}

std::string list_to_blob(const RangeList& ranges) {
    std::string out;
    for (const Range& range : ranges) {
        append(out, range.offset);
        append(out, range.length);
    }
    return out;
}

std::optional<RangeList> list_from_blob(std::string_view blob) {
    RangeList ranges;
    while (!blob.empty()) {
        const auto offset = take(blob);
        const auto length = take(blob);
        if (!offset || !length || *length == 0 || *length > UINT64_MAX - *offset) {
            return std::nullopt;
        }
        ranges.push_back({*offset, *length});
    }
    return ranges;
}

} // namespace bitscb3
