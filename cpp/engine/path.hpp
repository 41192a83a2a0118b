// SPDX-License-Identifier: MIT
// path.hpp - names of files, as UTF-8, in the form this system has them: /a/b, or on Windows C:\a\b
// and \\server\share\b, where / does as well as \.
// Threads: any; nothing here looks at the disk.
// Source:  Naming Files, Paths, and Namespaces (Windows).

#pragma once

#include "base/utf16.hpp"

#include <string>
#include <string_view>

namespace bitscb3 {

[[nodiscard]] bool is_separator(char c) noexcept;
/// Whether the name means the same file in every process. The namespaces of devices (\\.\ and \\?\)
/// are no part of it.
[[nodiscard]] bool is_absolute(std::string_view path) noexcept;
/// The folder part of an absolute path.
[[nodiscard]] std::string folder_of(const std::string& path);
/// `folder`, which is there, by a name without links: SQLite follows none, also above a file.
[[nodiscard]] std::string without_links(const std::string& folder);
[[nodiscard]] std::string joined(std::string folder, std::string_view name);
/// A folder's name without separators at its end, unless they mean the root.
[[nodiscard]] std::string trimmed_folder(std::string folder);

#if defined(_WIN32)
/// For the system's functions: no limit of 260 characters, no character with a meaning.
[[nodiscard]] WideString wide_path(const std::string& path);
#endif

} // namespace bitscb3
