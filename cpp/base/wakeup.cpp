// SPDX-License-Identifier: MIT
// wakeup.cpp - see wakeup.hpp.

#include "base/wakeup.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#if defined(_WIN32)
#include <bitscb3/com.h>
#else
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/eventfd.h>
#endif
#endif

namespace bitscb3 {

namespace {

/// Milliseconds until `deadline`, rounded up; -1 when there is none. At most one day at a time.
[[maybe_unused]] int milliseconds_until(Instant deadline) noexcept {
    if (deadline == kForever) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<long long>(left.count(), 0, 86'400'000));
}

thread_local int interruption = -1; // of the calling thread; none

} // namespace

Wakeup::Interruption::Interruption(int descriptor) noexcept
    : before_(std::exchange(interruption, descriptor)) {}

Wakeup::Interruption::~Interruption() {
    interruption = before_;
}

#if defined(_WIN32)

namespace {

HANDLE handle_of(std::intptr_t value) noexcept {
    return reinterpret_cast<HANDLE>(value);
}

} // namespace

Wakeup::Wakeup() {
    HANDLE event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    if (event == nullptr) {
        throw std::system_error(static_cast<int>(GetLastError()), std::system_category(),
                                "CreateEvent");
    }
    read_ = write_ = reinterpret_cast<std::intptr_t>(event);
}

Wakeup::~Wakeup() {
    CloseHandle(handle_of(read_));
}

void Wakeup::signal() noexcept {
    SetEvent(handle_of(write_));
}

void Wakeup::reset() noexcept {
    ResetEvent(handle_of(read_));
}

Wakeup::Result Wakeup::wait(Instant deadline) noexcept {
    const int timeout = milliseconds_until(deadline);
    const DWORD found =
        WaitForSingleObject(handle_of(read_), timeout < 0 ? INFINITE : static_cast<DWORD>(timeout));
    return found == WAIT_OBJECT_0 ? Result::kSignalled : Result::kTimedOut;
}

#else

Wakeup::Wakeup() {
#if defined(__linux__)
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    read_ = write_ = fd;
#else
    int fds[2];
    if (pipe(fds) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    for (const int fd : fds) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    read_ = fds[0];
    write_ = fds[1];
#endif
}

Wakeup::~Wakeup() {
    close(static_cast<int>(read_));
    if (write_ != read_) close(static_cast<int>(write_));
}

void Wakeup::signal() noexcept {
    const std::uint64_t one = 1;
    // A full counter or pipe is signalled already; an interrupted write is repeated.
    while (write(static_cast<int>(write_), &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void Wakeup::reset() noexcept {
    std::uint64_t dump[8];
    ssize_t got = 0;
    do {
        got = read(static_cast<int>(read_), dump, sizeof dump);
    } while (got == static_cast<ssize_t>(sizeof dump) || (got < 0 && errno == EINTR));
}

Wakeup::Result Wakeup::wait(Instant deadline) noexcept {
    pollfd entries[] = {{static_cast<int>(read_), POLLIN, 0}, {interruption, POLLIN, 0}};
    const int found = poll(entries, 2, milliseconds_until(deadline)); // a negative one is ignored
    if (found == 0) return Result::kTimedOut;
    return found > 0 && entries[0].revents != 0 ? Result::kSignalled : Result::kInterrupted;
}

#endif

} // namespace bitscb3
