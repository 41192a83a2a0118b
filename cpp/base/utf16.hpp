// SPDX-License-Identifier: MIT
// utf16.hpp - the contract's UTF-16 strings to UTF-8 and back.
// Errors: ill-formed input becomes U+FFFD, never a refusal; is_utf8() tells beforehand.

#pragma once

#include <bitscb3/com.h>

#include <string>
#include <string_view>

namespace bitscb3 {

/// UTF-16 text as the contract has it; WCHAR is 16 bits on every system.
using WideString = std::basic_string<WCHAR>;

[[nodiscard]] std::string to_utf8(const WCHAR* text); // nullptr is the empty string
[[nodiscard]] WideString to_utf16(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Number of UTF-16 code units of `text`; 0 for nullptr.
[[nodiscard]] std::size_t length_of(const WCHAR* text) noexcept;

/// A copy of `text` from the task allocator, which the receiver frees; nullptr when out of memory.
[[nodiscard]] WCHAR* to_task_string(std::string_view text) noexcept;

} // namespace bitscb3
