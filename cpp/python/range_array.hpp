// SPDX-License-Identifier: MIT
// range_array.hpp - ranges as Python sees them: read-only, a buffer of {u64 offset, u64 length}.

#pragma once

#include "base/range.hpp"

#include <pybind11/pybind11.h>

#include <utility>

namespace bitscb3 {

struct RangeArray {
    explicit RangeArray(RangeList list) : ranges(std::move(list)) {}
    const RangeList ranges;
};

/// A bitscb3.ranges.Range.
[[nodiscard]] pybind11::object make_range(const Range& range);

} // namespace bitscb3
