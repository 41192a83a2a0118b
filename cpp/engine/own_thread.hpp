// SPDX-License-Identifier: MIT
// own_thread.hpp - starts a thread that no signal handler ever runs in, so that signals reach the
// program's own threads and interrupt their waits.
// Source: pthread_sigmask(3): a thread inherits the mask of the one that starts it.

#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace bitscb3 {

template<class Work>
[[nodiscard]] std::thread start_own_thread(Work&& work) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(std::forward<Work>(work));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

} // namespace bitscb3
