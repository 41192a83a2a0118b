// SPDX-License-Identifier: MIT
// lease_posix.cpp - the lock file of lease.hpp.

#include "engine/lease.hpp"

#include <cerrno>
#include <fcntl.h>
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
    close(file_);
}

std::shared_ptr<LeaseFile> LeaseFile::open(const std::string& path, Error& error) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        const bool no_file = errno == EISDIR || errno == ELOOP;
        error = disk_error(errno, "open", path);
        if (no_file) error.detail += " Move it away: only locks of a program that runs are in it.";
        return nullptr;
    }
    return std::make_shared<LeaseFile>(fd);
}

bool LeaseFile::lock(long long place) noexcept {
    return set_lock(file_, F_WRLCK, place);
}

void LeaseFile::unlock(long long place) noexcept {
    (void)set_lock(file_, F_UNLCK, place);
}

} // namespace bitscb3
