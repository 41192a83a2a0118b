// SPDX-License-Identifier: MIT
// own_thread.hpp - starts a thread that no signal handler ever runs in, so that signals reach the
// program's own threads and interrupt their waits; debuggers and profilers show its name.
// Source: pthread_sigmask(3): a thread inherits the mask of the one that starts it.

#pragma once

#include <thread>
#include <utility>

#if !defined(_WIN32)
#include <csignal>
#endif

namespace bitscb3 {

/// `name` is a literal of at most 15 characters, as Linux keeps no more.
#if defined(_WIN32)
void name_this_thread(const char* name) noexcept;

template<class Work>
[[nodiscard]] std::thread start_own_thread(const char* name, Work&& work) {
    return std::thread([name, work = std::forward<Work>(work)]() mutable {
        name_this_thread(name);
        work();
    });
}
#else
template<class Work>
[[nodiscard]] std::thread start_own_thread([[maybe_unused]] const char* name, Work&& work) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(std::forward<Work>(work));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
#if defined(__linux__)
    pthread_setname_np(thread.native_handle(), name);
#endif
    return thread;
}
#endif

} // namespace bitscb3
