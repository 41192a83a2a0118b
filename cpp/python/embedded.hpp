// SPDX-License-Identifier: MIT
// embedded.hpp - the embedded BITS as the bindings use it. A build for Windows may be without it:
// then embedded_absent.cpp stands in for embedded.cpp.
// Threads: with the GIL, unless a function says otherwise.

#pragma once

#include "python/common.hpp"
#include "python/service_options.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct bitscb3_clock;

namespace bitscb3 {

/// A clock that stands still until it is moved, for tests.
class EngineClock {
  public:
    EngineClock();
    [[nodiscard]] bitscb3_clock* get() const noexcept { return clock_.get(); }
    void advance(std::uint64_t milliseconds) const;

  private:
    struct Freer {
        void operator()(bitscb3_clock* clock) const noexcept;
    };
    const std::unique_ptr<bitscb3_clock, Freer> clock_;
};

namespace embedded {

[[nodiscard]] bool exists() noexcept;
/// Throws ComFailure.
[[nodiscard]] ServicePtr open(const ServiceOptions& options);
/// Stop its transfers; the jobs stay in the store. Without the GIL.
void close(IBackgroundCopyManager* manager);
void set_network(IBackgroundCopyManager* manager, std::uint32_t cost_state);
/// Bytes per second, 0: no limit; of all jobs together, and of one.
void set_rate_limit(IBackgroundCopyManager* manager, std::uint64_t rate);
[[nodiscard]] std::uint64_t rate_limit(IBackgroundCopyManager* manager);
void set_rate_limit(IBackgroundCopyJob* job, std::uint64_t rate);
[[nodiscard]] std::uint64_t rate_limit(IBackgroundCopyJob* job);
/// Bytes of bodies that arrived in this process.
[[nodiscard]] std::uint64_t received(IBackgroundCopyJob* job);
[[nodiscard]] std::uint64_t received(IBackgroundCopyFile* file);
/// By name; see bitscb3_statistics.
[[nodiscard]] std::map<std::string, std::uint64_t> statistics(IBackgroundCopyManager* manager);

/// A line of what libcurl says of a request.
struct LogLine {
    GUID job;
    std::string job_name;
    std::uint32_t file; // index
    std::string url;
    std::uint64_t transfer; // number of the request
    char kind;
    std::string text;
};
void set_log(IBackgroundCopyManager* manager, bool on);
/// Wait for lines, and take all there are; false once closed. Without the GIL.
[[nodiscard]] bool read_log(IBackgroundCopyManager* manager, std::vector<LogLine>& lines,
                            std::uint64_t& dropped);
/// Whether the environment or the system names authorities to trust.
[[nodiscard]] bool has_authorities() noexcept;
/// Of "libcurl", "sqlite" or "tls"; empty where there is none.
[[nodiscard]] std::string library_version(const char* library);

} // namespace embedded

} // namespace bitscb3
