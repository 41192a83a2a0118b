// SPDX-License-Identifier: MIT
// lease.cpp - see lease.hpp.

#include "engine/lease.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

namespace bitscb3 {

namespace {

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
    if (const auto file = std::exchange(file_, nullptr)) file->unlock(place_);
}

Lease LeaseFile::try_acquire(const GUID& id) noexcept {
    const long long place = place_of(id);
    if (!lock(place)) return {};
    return {shared_from_this(), place};
}

} // namespace bitscb3
