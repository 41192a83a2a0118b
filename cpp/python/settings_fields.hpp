// SPDX-License-Identifier: MIT
// settings_fields.hpp - the fields of bitscb3_settings by name.

#pragma once

#include <bitscb3/engine.h>

#include <cstdint>
#include <iterator>

namespace bitscb3 {

struct SettingsField {
    const char* name;
    std::uint32_t bitscb3_settings::* field;
};

#define BITSCB3_FIELD(name) {#name, &bitscb3_settings::name}
inline constexpr SettingsField kSettingsFields[] = {
    BITSCB3_FIELD(background_jobs),
    BITSCB3_FIELD(files_per_job),
    BITSCB3_FIELD(connections),
    BITSCB3_FIELD(connections_per_host),
    BITSCB3_FIELD(connections_per_file),
    BITSCB3_FIELD(time_slice_ms),
    BITSCB3_FIELD(command_lines),
    BITSCB3_FIELD(minimum_retry_delay_s),
    BITSCB3_FIELD(no_progress_timeout_s),
    BITSCB3_FIELD(maximum_download_time_s),
    BITSCB3_FIELD(inactivity_timeout_s),
    BITSCB3_FIELD(notification_interval_ms),
    BITSCB3_FIELD(connect_timeout_s),
    BITSCB3_FIELD(stall_timeout_s),
    BITSCB3_FIELD(reconnects),
    BITSCB3_FIELD(head_first),
    BITSCB3_FIELD(require_ranges),
    BITSCB3_FIELD(redirects),
    BITSCB3_FIELD(merge_gap_bytes),
    BITSCB3_FIELD(jobs_per_user),
    BITSCB3_FIELD(jobs_per_machine),
    BITSCB3_FIELD(files_in_job),
    BITSCB3_FIELD(ranges_in_file),
    BITSCB3_FIELD(url_chars),
    BITSCB3_FIELD(path_chars),
};
#undef BITSCB3_FIELD
static_assert(sizeof(bitscb3_settings) == (1 + std::size(kSettingsFields)) * sizeof(std::uint32_t),
              "every field is listed");

} // namespace bitscb3
