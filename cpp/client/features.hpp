// SPDX-License-Identifier: MIT
// features.hpp - what a BITS service can do, found out by asking it.
// Threads: any; calls the service through the gate.

#pragma once

#include <bitscb3/bits.h>

#include <map>
#include <string>

namespace bitscb3 {

/// By the name of an interface, "job5" for IBackgroundCopyJob5; "callback3": range events;
/// "on_demand": jobs that transfer what is asked for.
using Features = std::map<std::string, bool>;

/// All of them present, as the embedded BITS has them.
[[nodiscard]] Features every_feature();

/// Makes a job that is never resumed, with a file in the folder of temporary files, and cancels it.
/// Returns the code of the step that failed.
[[nodiscard]] HRESULT find_features(IBackgroundCopyManager* manager, Features& out);

} // namespace bitscb3
