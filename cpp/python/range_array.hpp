// SPDX-License-Identifier: MIT
// range_array.hpp - ranges as Python sees them: read-only, a buffer of {u64 offset, u64 length}.

#pragma once

#include "base/range.hpp"

#include <utility>

namespace bitscb3 {

struct RangeArray {
    explicit RangeArray(RangeList list) : ranges(std::move(list)) {}
    const RangeList ranges;
};

} // namespace bitscb3
