// SPDX-License-Identifier: MIT
// file_view.hpp - what the service says of one file, read through the gate.
// Threads: any; nothing is kept.

#pragma once

#include "base/range_set.hpp"

#include <bitscb3/bits.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bitscb3 {

struct FileView {
    std::optional<RangeSet> filled; // nothing when the file has no random access
    std::string etag;               // of the last response; empty when unknown
    std::string last_modified;
};

[[nodiscard]] FileView read_file_view(IBackgroundCopyFile* file);

/// Whether the service has File6: byte ranges, since BITS 10.1.
[[nodiscard]] bool has_file6(IBackgroundCopyFile* file);

/// The cumulative filled ranges, or why they cannot be had.
[[nodiscard]] HRESULT read_filled(IBackgroundCopyFile* file, std::vector<BG_FILE_RANGE>& out);

/// Bytes; nothing before the first contact.
[[nodiscard]] std::optional<std::uint64_t> file_size(IBackgroundCopyFile* file);
/// Bytes that are here.
[[nodiscard]] std::uint64_t transferred_bytes(IBackgroundCopyFile* file);
/// Its size when every byte is here. `job_transferred`: they are, also where the service never
/// tells the size.
[[nodiscard]] std::optional<std::uint64_t> finished_size(IBackgroundCopyFile* file,
                                                         bool job_transferred);
/// Whether range events can come at all: over HTTP, and not made of pieces (AddFileWithRanges).
[[nodiscard]] bool reports_ranges(IBackgroundCopyFile* file);

/// RequestFileRanges; E_NOINTERFACE before BITS 10.1.
[[nodiscard]] HRESULT ask_for_ranges(IBackgroundCopyFile* file,
                                     const std::vector<BG_FILE_RANGE>& ranges);

} // namespace bitscb3
