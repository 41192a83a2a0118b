// SPDX-License-Identifier: MIT
// verbose_log.hpp - what libcurl says of the transfers, kept for whoever reads it.
// Threads: any. take() blocks; put() never does for long.
// Memory:  bounded: the oldest lines make room for new ones and are counted.
// Secrets: lines are redacted before they come here; see redaction.hpp.

#pragma once

#include "base/guid.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace bitscb3 {

/// The request a line is about.
struct LogSource {
    GUID job{};
    std::string job_name;
    std::uint32_t file = 0; // index in the job
    std::string url;        // redacted
    std::uint64_t number = 0;
};

struct LogLine {
    std::shared_ptr<const LogSource> source;
    char kind = '*'; // as curl -v has it: '*' words, '>' a request's head, '<' a response's
    std::string text;
};

class VerboseLog {
  public:
    struct Batch {
        std::deque<LogLine> lines; // in the order in which they were said
        std::uint64_t dropped = 0; // lines before them that found no room
    };

    /// Whether lines are wanted. Requests that began before it was turned on say nothing.
    void turn(bool on) noexcept { on_.store(on, std::memory_order_relaxed); }
    [[nodiscard]] bool is_on() const noexcept { return on_.load(std::memory_order_relaxed); }
    /// The number of the next request, from 1.
    [[nodiscard]] std::uint64_t next_number() noexcept {
        return last_number_.fetch_add(1, std::memory_order_relaxed) + 1;
    }

    void put(LogLine line);
    /// Wait for lines and take all there are; false: it was closed and everything was taken.
    [[nodiscard]] bool take(Batch& out);
    /// Nothing is put any more.
    void close();

  private:
    std::atomic<bool> on_{false};               // a hint; nothing is published by it
    std::atomic<std::uint64_t> last_number_{0}; // only counted
    std::mutex mutex_;                          // guards what follows
    std::condition_variable changed_;
    Batch batch_;
    bool closed_ = false;
};

} // namespace bitscb3
