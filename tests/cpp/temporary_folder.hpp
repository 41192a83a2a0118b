// SPDX-License-Identifier: MIT
// temporary_folder.hpp - a folder of its own for a test, removed with everything in it.

#pragma once

#include "base/guid.hpp"

#include <filesystem>
#include <string>
#include <system_error>

namespace bitscb3 {

class TemporaryFolder {
  public:
    TemporaryFolder()
        : path(std::filesystem::temp_directory_path() /
               ("bitscb3-test-" + to_string(make_guid()))) {
        std::filesystem::create_directory(path);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code none;
        std::filesystem::remove_all(path, none);
    }

    const std::filesystem::path path;
};

/// The file:// URL of an absolute path of plain characters.
inline std::string file_url(const std::filesystem::path& path) {
    const std::string name = path.generic_string();
    return (name.front() == '/' ? "file://" : "file:///") + name;
}

} // namespace bitscb3
