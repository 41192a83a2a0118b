// SPDX-License-Identifier: MIT
// statistics.hpp - what an engine did and does, in numbers.
// Threads: Model::mutex held; whoever does something counts it in Model::statistics.

#pragma once

#include "engine/model.hpp"

namespace bitscb3 {

/// The counters, with the gauges of this moment.
[[nodiscard]] bitscb3_statistics statistics_of(const Model& model) noexcept;

} // namespace bitscb3
