// SPDX-License-Identifier: MIT
// failure.hpp - why something failed, read from a BITS service and kept.
// Threads: a value; read_failure() from any thread, it calls the service.

#pragma once

#include "client/file_list.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bitscb3 {

struct Failure {
    HRESULT code = S_OK;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    std::optional<std::uint32_t> file; // index in the job
    std::string description;           // English; may be empty
    std::string context_description;
    std::string protocol; // "http", "file" or empty
};

/// A failure that has only a code.
[[nodiscard]] Failure failure_of(HRESULT code);

/// The job's current error; nothing when it has none.
[[nodiscard]] std::optional<Failure> read_failure(IBackgroundCopyJob* job, FileOrder order);

} // namespace bitscb3
