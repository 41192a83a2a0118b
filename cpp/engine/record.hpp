// SPDX-License-Identifier: MIT
// record.hpp - what the store keeps of a job and of a file; the engine's Job and File build on it.
// Threads: plain values.

#pragma once

#include "base/range_set.hpp"
#include "engine/error.hpp"
#include "engine/response.hpp"

#include <cstdint>
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
    std::string local;       // absolute path
    std::string temporary;   // absolute path; made with the first byte
    Validator validator;     // pinned at first contact; its size is the file's
    RangeSupport range_support = RangeSupport::kUnknown;
    RangeSet filled;        // on disk
    RangeSet requested;     // by RequestFileRanges, since the file was added
    std::string headers;    // of the last response
    bool published = false; // has its final name

    [[nodiscard]] bool size_known() const noexcept { return validator.size.has_value(); }
    [[nodiscard]] std::uint64_t size() const noexcept { return validator.size.value_or(0); }
    [[nodiscard]] Range whole() const noexcept { return {0, size()}; }
    [[nodiscard]] bool complete() const noexcept {
        return size_known() && filled.bytes() == size();
    }
};

/// What is being done to end the job: journalled before the first file is renamed or removed, so
/// that the next engine finishes what a crash interrupted.
enum class Intent : std::uint8_t { kNone, kComplete, kCancel };

struct JobRecord {
    GUID id{};
    std::string owner; // user id, decimal
    std::string name;
    std::string description;
    BG_JOB_TYPE type = BG_JOB_TYPE_DOWNLOAD;
    BG_JOB_PRIORITY priority = BG_JOB_PRIORITY_NORMAL;
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    bool on_demand = false;
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
};

} // namespace bitscb3
