// SPDX-License-Identifier: MIT
// http_range.cpp - see http_range.hpp.

#include "engine/http_range.hpp"

#include <algorithm>
#include <charconv>

namespace bitscb3 {

std::string to_http_ranges(const RangeList& ranges) {
    std::string out;
    for (const Range& range : ranges) {
        if (!out.empty()) out.push_back(',');
        out += std::to_string(range.offset) + "-" + std::to_string(range.end() - 1);
    }
    return out;
}

std::optional<std::uint64_t> to_number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::uint64_t> to_size(std::string_view text) noexcept {
    const auto value = to_number(text);
    return value && *value <= INT64_MAX ? value : std::nullopt;
}

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool same_text(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<ContentRange> to_content_range(std::string_view value) noexcept {
    value = trimmed(value);
    const auto space = value.find(' ');
    if (space == std::string_view::npos || !same_text(value.substr(0, space), "bytes")) {
        return std::nullopt;
    }
    value = trimmed(value.substr(space));
    const auto slash = value.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view span = value.substr(0, slash);
    const std::string_view total = value.substr(slash + 1);
    ContentRange out;
    if (total != "*") {
        out.total = to_size(total);
        if (!out.total) return std::nullopt;
    }
    if (span == "*") return out.total ? std::optional(out) : std::nullopt;
    const auto dash = span.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = to_size(span.substr(0, dash));
    const auto last = to_size(span.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    if (out.total && *last >= *out.total) return std::nullopt;
    out.range = range_between(*first, *last + 1);
    return out;
}

} // namespace bitscb3
