// SPDX-License-Identifier: MIT
// entry.hpp - the way in for tests in C++: as bitscb3_create_manager(), with a clock they drive.

#pragma once

#include "base/clock.hpp"
#include "base/com_ptr.hpp"
#include "engine/error.hpp"

#include <bitscb3/engine.h>

namespace bitscb3 {

/// Empty with `error` filled when it cannot be made. `clock` outlives the engine.
[[nodiscard]] ComPtr<IBackgroundCopyManager> make_manager(const bitscb3_options& options,
                                                          Clock& clock, Error& error);

} // namespace bitscb3
