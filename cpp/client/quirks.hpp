// SPDX-License-Identifier: MIT
// quirks.hpp - how a service that imitates BITS differs from it, where asking it does not tell.

#pragma once

#include "client/file_list.hpp"

namespace bitscb3 {

/// As BITS is; windows/system_bits.cpp has the one that differs.
struct Quirks {
    FileOrder order = FileOrder::kOldestFirst;
    bool overwrites_uploads = false; // Complete() puts what it fetched over the file to go up
    bool accepts_idly = false;       // answers S_OK to calls that then have no effect
    bool empties_failed = false;     // a file that failed is shown as one of 0 bytes, all here
    bool lists_ended = false;        // EnumJobs() has jobs that are completed or cancelled
};

} // namespace bitscb3
