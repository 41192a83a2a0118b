// SPDX-License-Identifier: MIT
// verbose_log.cpp - see verbose_log.hpp.

#include "engine/verbose_log.hpp"

#include <utility>

namespace bitscb3 {

namespace {

constexpr std::size_t kMostLines = 8192; // of one TLS request there are about 50

} // namespace

void VerboseLog::put(LogLine line) {
    LogLine oldest; // freed without the mutex
    const std::lock_guard lock(mutex_);
    if (closed_ || !is_on()) return;
    if (batch_.lines.size() == kMostLines) {
        oldest = std::move(batch_.lines.front());
        batch_.lines.pop_front();
        ++batch_.dropped;
    }
    batch_.lines.push_back(std::move(line));
    changed_.notify_one();
}

bool VerboseLog::take(Batch& out) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !batch_.lines.empty(); });
    out = std::exchange(batch_, {});
    return !out.lines.empty();
}

void VerboseLog::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

} // namespace bitscb3
