// SPDX-License-Identifier: MIT
// error.hpp - what went wrong, as a value: the engine throws nothing across a thread.

#pragma once

#include <bitscb3/bits.h>

#include <cerrno>
#include <cstdint>
#include <string>

namespace bitscb3 {

struct Error {
    HRESULT code = S_OK;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    bool transient = false;          // worth another try after the retry delay
    std::string detail;              // English, without secrets; may be empty
    std::uint32_t retry_after_s = 0; // the server asks for so much patience

    explicit operator bool() const noexcept { return FAILED(code); }
};

/// Numbers of the system for what is wrong without a failed call.
namespace fault {
#if defined(_WIN32)
inline constexpr unsigned long kNotFound = ERROR_FILE_NOT_FOUND;
inline constexpr unsigned long kDenied = ERROR_ACCESS_DENIED;
inline constexpr unsigned long kNoFile = ERROR_ACCESS_DENIED; // a folder, or not on a disk
inline constexpr unsigned long kFull = ERROR_DISK_FULL;
inline constexpr unsigned long kDevice = ERROR_IO_DEVICE;
#else
inline constexpr int kNotFound = ENOENT;
inline constexpr int kDenied = EACCES;
inline constexpr int kNoFile = EISDIR;
inline constexpr int kFull = ENOSPC;
inline constexpr int kDevice = EIO;
#endif
} // namespace fault

/// The error of a failed system call on a local file. `number` is errno, on Windows what
/// GetLastError() gives; `action` and `path` go into the text.
#if defined(_WIN32)
[[nodiscard]] Error disk_error(unsigned long number, const char* action, const std::string& path);
#else
[[nodiscard]] Error disk_error(int number, const char* action, const std::string& path);
#endif

} // namespace bitscb3
