// SPDX-License-Identifier: MIT
// range_blob.hpp - a RangeSet as bytes for the store: gaps and lengths as LEB128 numbers.
// Source: DWARF 4, section 7.6 (unsigned LEB128).

#pragma once

#include "base/range_set.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bitscb3 {

[[nodiscard]] std::string to_blob(const RangeSet& set);
/// Nothing when the bytes are not what to_blob() makes.
[[nodiscard]] std::optional<RangeSet> from_blob(std::string_view blob);

/// The same for ranges whose order matters, none of them empty.
[[nodiscard]] std::string list_to_blob(const RangeList& ranges);
[[nodiscard]] std::optional<RangeList> list_from_blob(std::string_view blob);

} // namespace bitscb3
