// SPDX-License-Identifier: MIT
// new_file.hpp - what AddFile, AddFileSet and AddFileWithRanges take, checked and added.
// Source: BITS, BG_FILE_INFO and BG_FILE_RANGE.

#pragma once

#include "engine/model.hpp"

#include <string>
#include <vector>

namespace bitscb3 {

struct NewFile {
    std::string remote;
    std::string local;
    RangeList pieces; // none: the whole file
    bool http = true;
};

/// Whether `text` is a URL of good length that can be transferred. E_INVALIDARG.
[[nodiscard]] HRESULT check_remote(const bitscb3_settings& settings, LPCWSTR text,
                                   std::string& out);

/// What can be checked before the job is touched. Looks at the disk: not with the mutex held.
/// `folder`: as for check_destination().
[[nodiscard]] HRESULT check_new_file(const bitscb3_settings& settings, LPCWSTR remote,
                                     LPCWSTR local, NewFile& out, std::string& folder);

/// The pieces of AddFileWithRanges; BG_LENGTH_TO_EOF becomes a range that ends at kToEnd.
[[nodiscard]] HRESULT check_pieces(const bitscb3_settings& settings, DWORD count,
                                   const BG_FILE_RANGE* ranges, RangeList& out);

/// All of them or none. Mutex held.
[[nodiscard]] HRESULT add_files(Model& model, const JobPtr& job, std::vector<NewFile> files);

/// Whether `count` things exceed a limit of the settings that binds the caller: administrators are
/// exempt.
[[nodiscard]] bool exceeds(std::size_t count, std::uint32_t limit) noexcept;

} // namespace bitscb3
