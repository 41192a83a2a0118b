// SPDX-License-Identifier: MIT
// http_range.hpp - the one place that knows HTTP's inclusive form of a range.
// Source: RFC 9110, sections 14.1.2 (Range) and 14.4 (Content-Range).

#pragma once

#include "base/range.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bitscb3 {

/// "0-99,200-299": the value of a Range header behind "bytes=". No range of `ranges` is empty.
[[nodiscard]] std::string to_http_ranges(const RangeList& ranges);

struct ContentRange {
    Range range;                        // empty for "*": nothing was satisfiable
    std::optional<std::uint64_t> total; // nothing for "*"
    friend bool operator==(const ContentRange&, const ContentRange&) = default;
};

/// The value of a Content-Range header; nothing when it is malformed, overflows or contradicts
/// itself.
[[nodiscard]] std::optional<ContentRange> to_content_range(std::string_view value) noexcept;

/// A decimal number that is the whole of `text`; nothing otherwise.
[[nodiscard]] std::optional<std::uint64_t> to_number(std::string_view text) noexcept;

/// The same for the size of a file: at most 2^63 - 1, more than any disk takes.
[[nodiscard]] std::optional<std::uint64_t> to_size(std::string_view text) noexcept;

/// Without the white space HTTP allows around a value.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// Equal, the case of ASCII letters left aside.
[[nodiscard]] bool same_text(std::string_view a, std::string_view b) noexcept;

} // namespace bitscb3
