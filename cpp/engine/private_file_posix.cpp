// SPDX-License-Identifier: MIT
// private_file_posix.cpp - see private_file.hpp.

#include "engine/disk_file.hpp"
#include "engine/path.hpp"
#include "engine/private_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitscb3 {

namespace {

constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;
constexpr mode_t kForOthers = S_IRWXG | S_IRWXO;
constexpr const char* kNotOurs =
    "it is another user's, is no regular file, or has a second name (a hard link)";

class Descriptor {
  public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        const int why = errno; // of the call this was for
        if (fd_ >= 0) close(fd_);
        errno = why;
    }
    [[nodiscard]] int get() const noexcept { return fd_; }

  private:
    int fd_;
};

Error distrusted(const std::string& path, const char* why) {
    Error error = disk_error(EPERM, "trust", path);
    error.detail = "The job store is not safe in " + path + ": " + why + ".";
    return error;
}

/// Another user who could write there would decide what this one downloads, and to where. In a
/// folder that was this user's alone from the beginning nobody did so before it was looked at.
Error check_folder(const std::string& path, const char* action) {
    struct stat found{};
    if (lstat(path.c_str(), &found) == 0 && S_ISLNK(found.st_mode) && found.st_uid != geteuid() &&
        found.st_uid != 0) {
        return distrusted(path, "it is a link of another user's");
    }
    const Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || fstat(folder.get(), &found) != 0) {
        return disk_error(errno, action, path);
    }
    if (found.st_uid != geteuid()) {
        return distrusted(path, "the folder belongs to another user; name a folder inside it");
    }
    if ((found.st_mode & kWritableByOthers) == 0) return {};
    if ((found.st_mode & S_ISVTX) != 0) {
        return distrusted(path, "the folder is shared with other users; name a folder inside it");
    }
    const mode_t mode = found.st_mode & 07777 & ~kWritableByOthers;
    if (fchmod(folder.get(), mode) != 0) return disk_error(errno, action, path);
    if (fstat(folder.get(), &found) != 0 || (found.st_mode & kWritableByOthers) != 0) {
        return distrusted(path, "other users may write to it");
    }
    return {};
}

/// Whether it is a regular file of this user with one name.
bool is_ours(const struct stat& found) noexcept {
    return S_ISREG(found.st_mode) && found.st_uid == geteuid() && found.st_nlink == 1;
}

/// Unless something has that name. It never has two names at once, which who reads it would refuse.
bool rename_to_free(const std::string& from, const std::string& to) {
#if defined(RENAME_NOREPLACE)
    const int result = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
#elif defined(RENAME_EXCL)
    const int result = renamex_np(from.c_str(), to.c_str(), RENAME_EXCL);
#else
    errno = ENOSYS;
    const int result = -1;
#endif
    if (result == 0) return true;
    if (errno != ENOSYS && errno != EINVAL && errno != ENOTSUP) return false;
    // A file system without it. The file has two names for a moment.
    if (link(from.c_str(), to.c_str()) != 0) return false;
    (void)unlink(from.c_str());
    return true;
}

} // namespace

Error make_private_folder(const std::string& path, const char* action) {
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const std::string part = path.substr(0, slash);
        if (mkdir(part.c_str(), 0700) == 0) {
            (void)sync_folder(folder_of(part)); // one that cannot be read keeps its own time
        } else if (errno != EEXIST) {
            return disk_error(errno, action, part);
        }
        if (slash == std::string::npos) return check_folder(path, action);
    }
}

Error make_private_file(const std::string& path, const char* action) {
    const Descriptor made(
        open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (made.get() >= 0) return {};
    if (errno != EEXIST) return disk_error(errno, action, path);
    return check_private_file(path, action);
}

Error check_private_file(const std::string& path, const char* action) {
    // It is not opened: close() takes away every lock this process has on a file, also those that
    // SQLite holds for another manager, and the next process would take its log away.
    struct stat found{};
    if (lstat(path.c_str(), &found) != 0) {
        return errno == ENOENT ? Error() : disk_error(errno, action, path);
    }
    if (S_ISLNK(found.st_mode) || S_ISDIR(found.st_mode)) {
        Error error = disk_error(S_ISLNK(found.st_mode) ? ELOOP : EISDIR, action, path);
        error.detail += " Move it away: a file is to be there.";
        return error;
    }
    if (!is_ours(found)) return distrusted(path, kNotOurs);
    if (faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
        return errno == ENOENT ? Error() : disk_error(errno, action, path); // SQLite removed it
    }
    // By its name, as nobody else may put another file there.
    if ((found.st_mode & kForOthers) != 0) (void)chmod(path.c_str(), found.st_mode & S_IRWXU);
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
    if (!whole || !rename_to_free(fresh, path)) (void)unlink(fresh.c_str());
    (void)sync_folder(folder_of(path));
}

std::optional<std::string> read_private_file(const std::string& path, std::size_t most,
                                             const char* action, Error& error) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat found{};
    if (file.get() < 0 || fstat(file.get(), &found) != 0) {
        if (errno != ENOENT) error = disk_error(errno, action, path);
        return std::nullopt;
    }
    if (!is_ours(found)) {
        error = distrusted(path, kNotOurs);
        return std::nullopt;
    }
    if ((found.st_mode & kForOthers) != 0) (void)fchmod(file.get(), found.st_mode & S_IRWXU);
    std::string bytes(most, '\0');
    const ssize_t got = pread(file.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

} // namespace bitscb3
