// SPDX-License-Identifier: MIT
// outcome.hpp - what a status, a fault of the connection or a finding of the engine means for the
// job: one table (outcome.cpp), to which rows are added.
// Threads: pure functions.

#pragma once

#include "engine/error.hpp"

#include <curl/curl.h>

#include <cstdint>
#include <string>

namespace bitscb3 {

/// What the engine finds itself; libcurl and the status line say nothing of it.
enum class Finding {
    kNoSize,              // the size is needed and not told
    kNoRanges,            // ranges are needed and not served
    kBeyondEnd,           // a wanted range is not in the file
    kKeepsChanging,       // another version again and again
    kInvalidResponse,     // it contradicts HTTP or itself
    kTooLarge,            // MAX_DOWNLOAD_SIZE
    kInvalidProxyList,    // SetProxySettings
    kNoAuthorities,       // a server is to be verified, and nobody is trusted
    kNoRevocationList,    // revoked certificates are to be refused, and none are known
    kNoJudge,             // the certificate callback is gone with its process
    kCertificateDeclined, // by the callback, whose code counts
    kContentRejected,     // SetValidationState(FALSE)
    kNoNetwork,
    kNetworkTooDear, // not one of the job's cost flags
    kTimeSpent,      // maximum download time
    kUrlLost,        // it was sealed with another key
};

/// A line of a head is longer than libcurl takes: CURLE_TOO_LARGE, which libcurl 8.6 brought.
inline constexpr auto kTooLarge = static_cast<CURLcode>(100);

/// `detail` is said in place of the row's text, when given.
[[nodiscard]] Error finding_error(Finding finding, std::string detail = {});

/// The error of a response whose status is neither 200 nor 206. `retry_after_s`: of its Retry-After
/// header, 0 for none; more than a day counts as a day.
[[nodiscard]] Error status_error(int status, std::uint64_t retry_after_s = 0);

/// The error of a request that libcurl could not finish. `reason` is libcurl's text.
[[nodiscard]] Error transport_error(CURLcode code, const char* reason);

} // namespace bitscb3
