// SPDX-License-Identifier: MIT
// record.hpp - what the store keeps of a job and of a file; the engine's Job and File build on it.
// Threads: plain values.

#pragma once

#include "base/range_set.hpp"
#include "engine/error.hpp"
#include "engine/http_options.hpp"
#include "engine/layout.hpp"
#include "engine/response.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace bitscb3 {

/// FILETIME as one number: 100 ns ticks since 1601-01-01 UTC; 0: has not happened.
using FileTime = std::uint64_t;

enum class RangeSupport : std::uint8_t {
    kUnknown, // no contact yet
    kYes,
    kNo, // the server sends whole bodies only: read through, in order
};

struct FileRecord {
    std::uint32_t index = 0; // in the job
    std::string remote;      // URL
    std::string home;        // origin of the one the client named; empty: that of `remote`
    std::string local;       // absolute path
    std::string temporary;   // absolute path; made with the first byte
    std::int64_t born = 0;   // DiskFile::born() of it
    Validator validator;     // pinned at first contact; its size is the file's
    RangeSupport range_support = RangeSupport::kUnknown;
    RangeSet filled;        // on disk
    RangeSet requested;     // by RequestFileRanges or AddFileWithRanges, since the file was added
    RangeList pieces;       // of AddFileWithRanges, in the order of the local file; none: all of it
    std::string headers;    // of the last response
    bool published = false; // has its final name
    bool validated = false; // SetValidationState(TRUE)

    [[nodiscard]] bool size_known() const noexcept { return validator.size.has_value(); }
    [[nodiscard]] std::uint64_t size() const noexcept { return validator.size.value_or(0); }
    [[nodiscard]] Range whole() const noexcept { return {0, size()}; }
    /// How much of the remote file is to be here in the end. The size has to be known.
    [[nodiscard]] std::uint64_t wanted_bytes() const noexcept {
        return pieces.empty() ? size() : Layout::bytes_of(pieces, size());
    }
    [[nodiscard]] bool complete() const noexcept {
        return size_known() && filled.bytes() == wanted_bytes();
    }
};

/// What is being done to end the job: journalled before the first file is renamed or removed, so
/// that the next engine finishes what a crash interrupted.
enum class Intent : std::uint8_t { kNone, kComplete, kCancel };

/// An error and the file it is of.
struct ErrorRecord {
    Error error;
    std::optional<std::uint32_t> file; // index
};

struct JobRecord {
    GUID id{};
    std::string owner; // user id, decimal
    std::string name;
    std::string description;
    BG_JOB_TYPE type = BG_JOB_TYPE_DOWNLOAD;
    BG_JOB_PRIORITY priority = BG_JOB_PRIORITY_NORMAL;
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    bool resumed = false; // at least once
    bool on_demand = false;
    bool dynamic_content = false;
    bool high_performance = false;
    std::uint64_t max_download_size = 0; // bytes; 0: none
    std::uint64_t rate_limit = 0;        // bytes per second; 0: none
    std::uint32_t cost_flags = BITS_COST_STATE_TRANSFER_ALWAYS;
    GUID notification_class{};
    std::uint32_t peer_caching_flags = 0;
    std::uint32_t file_acl_flags = 0;
    std::uint32_t helper_token_flags = 0;
    std::string command_program; // SetNotifyCmdLine; empty: none
    std::string command_parameters;
    std::shared_ptr<const HttpOptions> http = HttpOptions::none(); // never null
    std::uint32_t notify_flags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR;
    std::uint32_t notification_interval_ms = 0;
    std::uint32_t minimum_retry_delay_s = 0;
    std::uint32_t no_progress_timeout_s = 0;
    std::uint32_t maximum_download_time_s = 0;
    std::uint32_t error_count = 0;
    Error error;                             // of ERROR and TRANSIENT_ERROR
    std::optional<std::uint32_t> error_file; // index
    FileTime created = 0;
    FileTime modified = 0;
    FileTime transferred = 0;
    Intent intent = Intent::kNone;

    [[nodiscard]] ErrorRecord error_record() const { return {error, error_file}; }
};

} // namespace bitscb3
