// SPDX-License-Identifier: MIT
// error.hpp - what went wrong, as a value: the engine throws nothing across a thread.

#pragma once

#include <bitscb3/bits.h>

#include <string>

namespace bitscb3 {

struct Error {
    HRESULT code = S_OK;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    bool transient = false; // worth another try after the retry delay
    std::string detail;     // English, without secrets; may be empty

    explicit operator bool() const noexcept { return FAILED(code); }
};

/// The error of a failed system call on a local file. `action` and `path` go into the text.
[[nodiscard]] Error disk_error(int errno_value, const char* action, const std::string& path);

} // namespace bitscb3
