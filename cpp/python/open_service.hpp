// SPDX-License-Identifier: MIT
// open_service.hpp - chooses between the two ways to a BITS service.
// Threads: with the GIL.

#pragma once

#include "python/common.hpp"
#include "python/service_options.hpp"

namespace bitscb3 {

/// "auto": the system's BITS where it can be reached, else the embedded one. Throws ComFailure.
[[nodiscard]] ServicePtr open_service(const ServiceOptions& options);

} // namespace bitscb3
