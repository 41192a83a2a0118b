// SPDX-License-Identifier: MIT
// error_windows.cpp - the system's error numbers as the contract's codes, which have them inside.

#include "base/utf16.hpp"
#include "engine/error.hpp"

namespace bitscb3 {

namespace {

/// The system's sentence, in English where it has that, without its full stop.
std::string text_of(DWORD number) {
    constexpr DWORD kFlags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    constexpr DWORD kLanguages[] = {MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), 0};
    WCHAR buffer[512];
    DWORD size = 0;
    for (const DWORD language : kLanguages) {
        size = FormatMessageW(kFlags, nullptr, number, language, buffer, 511, nullptr);
        if (size != 0) break;
    }
    buffer[size] = 0;
    std::string text = to_utf8(buffer);
    text.erase(text.find_last_not_of(". \r\n") + 1);
    return text.empty() ? "error " + std::to_string(number) : text;
}

} // namespace

Error disk_error(unsigned long number, const char* action, const std::string& path) {
    // One of the two numbers for it, as BITS reports it.
    const DWORD one = number == ERROR_HANDLE_DISK_FULL ? ERROR_DISK_FULL : number;
    return {HRESULT_FROM_WIN32(one), BG_ERROR_CONTEXT_LOCAL_FILE, false,
            std::string("Cannot ") + action + " " + path + ": " + text_of(number) + "."};
}

} // namespace bitscb3
