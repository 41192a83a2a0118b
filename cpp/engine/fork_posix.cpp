// SPDX-License-Identifier: MIT
// fork_posix.cpp - fork.hpp by pthread_atfork.

#include "engine/fork.hpp"

#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <unordered_set>

namespace bitscb3 {

namespace {

struct Forks {
    std::mutex mutex; // the forking thread holds it over the fork
    std::condition_variable none;
    unsigned holders = 0; // threads that have a NoFork
    std::unordered_set<Inherited*> inherited;
};

thread_local unsigned depth = 0; // NoFork objects of this thread

Forks& forks() noexcept {
    static Forks* const all = [] {
        auto* made = new Forks; // as long as the process: threads may be here at its exit
        pthread_atfork(
            [] {
                std::unique_lock lock(forks().mutex);
                forks().none.wait(lock, [] { return forks().holders == 0; });
                lock.release();
            },
            [] { forks().mutex.unlock(); },
            [] {
                for (Inherited* one : forks().inherited) one->let_go();
                forks().inherited.clear();
                forks().mutex.unlock();
            });
        return made;
    }();
    return *all;
}

} // namespace

NoFork::NoFork() {
    if (depth++ > 0) return;
    const std::lock_guard lock(forks().mutex);
    ++forks().holders;
}

NoFork::~NoFork() {
    if (--depth > 0) return;
    const std::lock_guard lock(forks().mutex);
    if (--forks().holders == 0) forks().none.notify_all();
}

void Inherited::enter() {
    const std::lock_guard lock(forks().mutex);
    forks().inherited.insert(this);
}

void Inherited::leave() noexcept {
    const std::lock_guard lock(forks().mutex);
    forks().inherited.erase(this);
}

} // namespace bitscb3
