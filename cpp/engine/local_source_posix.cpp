// SPDX-License-Identifier: MIT
// local_source_posix.cpp - see local_source.hpp.

#include "engine/local_source.hpp"

#include <cerrno>
#include <sys/stat.h>

namespace bitscb3 {

Error look_at_source(const std::string& path, Validator& out) {
    struct stat found{};
    const bool there = stat(path.c_str(), &found) == 0;
    if (!there || !S_ISREG(found.st_mode)) {
        Error error = disk_error(there ? EISDIR : errno, "read", path);
        if (!there && errno == ENOENT) error.code = HRESULT_FROM_WIN32(2u /* FILE_NOT_FOUND */);
        if (there) error.detail = "Cannot read " + path + ": it is not a regular file.";
        error.context = BG_ERROR_CONTEXT_REMOTE_FILE;
        return error;
    }
#if defined(__APPLE__)
    const timespec& time = found.st_mtimespec;
#else
    const timespec& time = found.st_mtim;
#endif
    out.size = static_cast<std::uint64_t>(found.st_size);
    out.last_modified = std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
    return {};
}

} // namespace bitscb3
