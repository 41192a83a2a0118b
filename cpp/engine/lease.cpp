// SPDX-License-Identifier: MIT
// lease.cpp - see lease.hpp.

#include "engine/lease.hpp"

#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace bitscb3 {

namespace {

#if defined(F_OFD_SETLK)
constexpr int kSetLock = F_OFD_SETLK;
#else
constexpr int kSetLock = F_SETLK;
#endif

/// Ids are random, so half of one is a place no other job of the store has.
long long place_of(const GUID& id) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, id.Data4, sizeof value);
    return static_cast<long long>(value >> 2);
}

} // namespace

Lease& Lease::operator=(Lease&& other) noexcept {
    if (this != &other) {
        release();
        file_ = std::move(other.file_);
        place_ = other.place_;
    }
    return *this;
}

void Lease::release() noexcept {
    if (const auto file = std::exchange(file_, nullptr)) (void)file->set_lock(F_UNLCK, place_);
}

LeaseFile::~LeaseFile() {
    close(fd_);
}

std::shared_ptr<LeaseFile> LeaseFile::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? nullptr : std::make_shared<LeaseFile>(fd);
}

bool LeaseFile::set_lock(short type, long long place) noexcept {
    struct flock lock{};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = place;
    lock.l_len = 1;
    return fcntl(fd_, kSetLock, &lock) == 0;
}

Lease LeaseFile::try_acquire(const GUID& id) noexcept {
    const long long place = place_of(id);
    if (!set_lock(F_WRLCK, place)) return {};
    return {shared_from_this(), place};
}

} // namespace bitscb3
