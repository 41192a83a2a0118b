// SPDX-License-Identifier: MIT
// system_bits.hpp - opens the door to the BITS service of Windows.
// Threads: any, with the gate (client/gate.hpp) open: its apartment is the one the proxies live in.

#pragma once

#include "base/com_ptr.hpp"
#include "client/quirks.hpp"

#include <string>

namespace bitscb3 {

struct SystemBits {
    ComPtr<IBackgroundCopyManager> manager;
    std::string name; // "BITS 10.3", or whose it is when it is not Windows'
    Quirks quirks;
};

/// The manager of the newest class that is registered; otherwise the code of what stands in the
/// way.
[[nodiscard]] HRESULT open_system_bits(SystemBits& out);

} // namespace bitscb3
