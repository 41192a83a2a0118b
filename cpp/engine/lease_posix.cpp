// SPDX-License-Identifier: MIT
// lease_posix.cpp - the lock file of lease.hpp.

#include "engine/lease.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitscb3 {

namespace {

#if defined(F_OFD_SETLK)
constexpr int kSetLock = F_OFD_SETLK;
#else
constexpr int kSetLock = F_SETLK;
#endif

bool set_lock(int descriptor, short type, long long place) noexcept {
    struct flock lock{};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = place;
    lock.l_len = 1;
    return fcntl(descriptor, kSetLock, &lock) == 0;
}

} // namespace

LeaseFile::~LeaseFile() {
    const NoFork held;
    leave();
    let_go();
}

void LeaseFile::let_go() noexcept {
    if (file_ >= 0) close(file_);
    file_ = -1;
}

std::shared_ptr<LeaseFile> LeaseFile::open(const std::string& path, Error& error) {
    const NoFork held;
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        const bool no_file = errno == EISDIR || errno == ELOOP;
        error = disk_error(errno, "open", path);
        if (no_file) error.detail += " Move it away: only locks of a program that runs are in it.";
        return nullptr;
    }
    auto file = std::make_shared<LeaseFile>(fd);
    struct stat found{};
    const bool ours = fstat(fd, &found) == 0 && S_ISREG(found.st_mode) &&
                      found.st_uid == geteuid() && found.st_nlink == 1;
    if (!ours) error = disk_error(EPERM, "trust", path);
    return ours ? file : nullptr;
}

bool LeaseFile::lock(long long place) noexcept {
    return set_lock(file_, F_WRLCK, place);
}

void LeaseFile::unlock(long long place) noexcept {
    (void)set_lock(file_, F_UNLCK, place);
}

} // namespace bitscb3
