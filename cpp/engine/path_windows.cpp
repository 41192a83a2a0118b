// SPDX-License-Identifier: MIT
// path_windows.cpp - see path.hpp.

#include "engine/path.hpp"

namespace bitscb3 {

namespace {

constexpr const char* kSeparators = "/\\";

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Length of "C:\"; 0 when the path does not begin so.
std::size_t drive_root(std::string_view path) noexcept {
    const bool drive =
        path.size() >= 3 && is_letter(path[0]) && path[1] == ':' && is_separator(path[2]);
    return drive ? 3 : 0;
}

/// Whether it begins as \\server\share does.
bool is_on_server(std::string_view path) noexcept {
    if (path.size() < 5 || !is_separator(path[0]) || !is_separator(path[1])) return false;
    const std::size_t end = path.find_first_of(kSeparators, 2);
    if (end == std::string_view::npos || end == 2 || end + 1 == path.size()) return false;
    const std::string_view server = path.substr(2, end - 2);
    return server != "." && server != "?" && !is_separator(path[end + 1]);
}

} // namespace

bool is_separator(char c) noexcept {
    return c == '/' || c == '\\';
}

bool is_absolute(std::string_view path) noexcept {
    return drive_root(path) != 0 || is_on_server(path);
}

std::string folder_of(const std::string& path) {
    const std::size_t end = path.find_last_of(kSeparators);
    const std::size_t root = drive_root(path);
    return path.substr(0, end != std::string::npos && end < root ? root : end);
}

std::string without_links(const std::string& folder) {
    return folder; // SQLite does not look there
}

std::string joined(std::string folder, std::string_view name) {
    if (folder.empty() || !is_separator(folder.back())) folder += '\\';
    return folder.append(name);
}

std::string trimmed_folder(std::string folder) {
    while (folder.size() > drive_root(folder) && is_separator(folder.back())) folder.pop_back();
    return folder;
}

WideString wide_path(const std::string& path) {
    const WideString given = to_utf16(path);
    // Resolves "." and "..", turns / into \: what follows the prefix is taken to the letter.
    WideString full(given.size() + 2, L'\0');
    for (;;) {
        const DWORD room = static_cast<DWORD>(full.size());
        const DWORD length = GetFullPathNameW(given.c_str(), room, full.data(), nullptr);
        full.resize(length);
        if (length == 0) return given; // the call it is for will tell
        if (length < room) break;
    }
    const WideString begin = full.substr(0, 4);
    if (begin == L"\\\\.\\" || begin == L"\\\\?\\") return full; // a device, such as NUL
    if (begin.substr(0, 2) == L"\\\\") return L"\\\\?\\UNC" + full.substr(1);
    return L"\\\\?\\" + full;
}

} // namespace bitscb3
