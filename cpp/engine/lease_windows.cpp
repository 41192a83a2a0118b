// SPDX-License-Identifier: MIT
// lease_windows.cpp - the lock file of lease.hpp.

#include "engine/lease.hpp"
#include "engine/path.hpp"
#include "engine/private_file.hpp"

namespace bitscb3 {

namespace {

OVERLAPPED at(long long place) noexcept {
    OVERLAPPED out = {};
    out.Offset = static_cast<DWORD>(place & 0xFFFFFFFF);
    out.OffsetHigh = static_cast<DWORD>(place >> 32);
    return out;
}

} // namespace

void LeaseFile::let_go() noexcept {} // nothing forks

LeaseFile::~LeaseFile() {
    CloseHandle(file_);
}

std::shared_ptr<LeaseFile> LeaseFile::open(const std::string& path, Error& error) {
    error = make_private_file(path, "open");
    if (error) return nullptr;
    const HANDLE file =
        CreateFileW(wide_path(path).c_str(), GENERIC_READ | GENERIC_WRITE, kShareAll, nullptr,
                    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        error = disk_error(GetLastError(), "open", path);
        return nullptr;
    }
    return std::make_shared<LeaseFile>(file);
}

bool LeaseFile::lock(long long place) noexcept {
    OVERLAPPED range = at(place);
    return LockFileEx(file_, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
                      &range) != 0;
}

void LeaseFile::unlock(long long place) noexcept {
    OVERLAPPED range = at(place);
    UnlockFileEx(file_, 0, 1, 0, &range);
}

} // namespace bitscb3
