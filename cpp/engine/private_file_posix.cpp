// SPDX-License-Identifier: MIT
// private_file_posix.cpp - see private_file.hpp.

#include "engine/disk_file.hpp"
#include "engine/path.hpp"
#include "engine/private_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitscb3 {

Error make_private_folder(const std::string& path, const char* action) {
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const std::string part = path.substr(0, slash);
        if (mkdir(part.c_str(), 0700) == 0) {
            (void)sync_folder(folder_of(part)); // one that cannot be read keeps its own time
        } else if (errno != EEXIST) {
            return disk_error(errno, action, part);
        }
        if (slash == std::string::npos) return {};
    }
}

Error make_private_file(const std::string& path, const char* action) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return {};
    }
    if (errno != EEXIST) return disk_error(errno, action, path);
    // It is not opened: close() takes away every lock this process has on a file, also those that
    // SQLite holds for another manager, and the next process would take its log away.
    struct stat found{};
    if (lstat(path.c_str(), &found) != 0) return disk_error(errno, action, path);
    if (!S_ISREG(found.st_mode)) {
        const int number = S_ISLNK(found.st_mode)   ? ELOOP
                           : S_ISDIR(found.st_mode) ? EISDIR
                                                    : EINVAL;
        Error error = disk_error(number, action, path);
        error.detail += " Move it away: a file is to be there.";
        return error;
    }
    if (faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
        return disk_error(errno, action, path);
    }
    return {};
}

void publish_private_file(const std::string& path, std::string_view bytes) {
    std::string fresh = path + ".XXXXXX";
    const int fd = mkostemp(fresh.data(), O_CLOEXEC); // 0600
    if (fd < 0) return;
    const bool whole =
        write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
        fsync(fd) == 0;
    close(fd);
    if (whole) (void)link(fresh.c_str(), path.c_str());
    (void)unlink(fresh.c_str());
    (void)sync_folder(folder_of(path));
}

std::optional<std::string> read_private_file(const std::string& path, std::size_t most,
                                             const char* action, Error& error) {
    const int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT) error = disk_error(errno, action, path);
        return std::nullopt;
    }
    std::string bytes(most, '\0');
    const ssize_t got = pread(fd, bytes.data(), bytes.size(), 0);
    close(fd);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

} // namespace bitscb3
