// SPDX-License-Identifier: MIT
// private_file.hpp - folders and files that only this user may enter or read, besides root or the
// system itself: the job store and its key. Of what is there already that is made sure: others lose
// the access they have, and what is another user's, a link or a file of two names is refused. On
// Windows what is there keeps the access it has.
// Threads: any.
// Errors:  an Error with context LOCAL_FILE; `action` goes into its text.

#pragma once

#include "engine/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bitscb3 {

/// Make the folder and those above it that are missing. A link to a folder will do.
[[nodiscard]] Error make_private_folder(const std::string& path, const char* action);
/// Make the file, empty, unless it is there. No link is followed.
[[nodiscard]] Error make_private_file(const std::string& path, const char* action);
/// Whether a file that others may have made there, if it is there, is one of this user's.
[[nodiscard]] Error check_private_file(const std::string& path, const char* action);
/// Make the file with all of `bytes` in it, on the device. When several do that at once one of them
/// counts, and nobody ever reads half a file. A failure shows when the file is read.
void publish_private_file(const std::string& path, std::string_view bytes);
/// The first `most` bytes of the file. No link is followed. Nothing, without an error, when there
/// is no such file.
[[nodiscard]] std::optional<std::string>
read_private_file(const std::string& path, std::size_t most, const char* action, Error& error);

} // namespace bitscb3
