// SPDX-License-Identifier: MIT
// file_adapter.hpp - IBackgroundCopyFile to File6 over a file of the model.
// Identity: one object for each generation of the file is handed to callbacks, so that a client
//           that knows its files by pointer meets an unknown one after a restart.

#pragma once

#include "base/com_ptr.hpp"
#include "engine/model.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace bitscb3 {

class Engine;

/// Empty when `engine` is null, or the file is of another generation than asked for.
[[nodiscard]] ComPtr<IBackgroundCopyFile>
make_file_object(std::shared_ptr<Engine> engine, const JobPtr& job, std::uint32_t index,
                 std::optional<std::uint32_t> generation = std::nullopt);

/// Bytes of bodies that arrived for the file, see bitscb3/engine.h. E_NOINTERFACE for a file that
/// is not the embedded BITS'.
[[nodiscard]] HRESULT received_of(IBackgroundCopyFile* file, std::uint64_t* out);
/// bitscb3_cancel_ranges().
[[nodiscard]] HRESULT cancel_ranges(IBackgroundCopyFile* file, DWORD count,
                                    const BG_FILE_RANGE* ranges);

} // namespace bitscb3
