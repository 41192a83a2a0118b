// SPDX-License-Identifier: MIT
// path_posix.cpp - see path.hpp.

#include "engine/path.hpp"

#include <cstdlib>
#include <memory>

namespace bitscb3 {

bool is_separator(char c) noexcept {
    return c == '/';
}

bool is_absolute(std::string_view path) noexcept {
    return !path.empty() && path.front() == '/';
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string without_links(const std::string& folder) {
    const std::unique_ptr<char, void (*)(void*)> found(realpath(folder.c_str(), nullptr), &free);
    return found ? std::string(found.get()) : folder;
}

std::string joined(std::string folder, std::string_view name) {
    if (folder != "/") folder += '/';
    return folder.append(name);
}

std::string trimmed_folder(std::string folder) {
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    return folder;
}

} // namespace bitscb3
