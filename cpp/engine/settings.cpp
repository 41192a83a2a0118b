// SPDX-License-Identifier: MIT
// settings.cpp - the two profiles of numbers, side by side.

#include <bitscb3/engine.h>

#include <cstdint>

namespace {

struct Row {
    std::uint32_t bitscb3_settings::* field;
    std::uint32_t bits;
    std::uint32_t own;
};

constexpr Row kRows[] = {
    {&bitscb3_settings::background_jobs, 1, 8},
    {&bitscb3_settings::files_per_job, 1, 16},
    {&bitscb3_settings::connections, 16, 32},
    {&bitscb3_settings::connections_per_host, 16, 8},
    {&bitscb3_settings::connections_per_file, 1, 4},
    {&bitscb3_settings::time_slice_ms, 300'000, 300'000},
    {&bitscb3_settings::command_lines, 0, 0},
    {&bitscb3_settings::minimum_retry_delay_s, 600, 5},
    {&bitscb3_settings::no_progress_timeout_s, 1'209'600, 60},
    {&bitscb3_settings::maximum_download_time_s, 7'776'000, 7'776'000},
    {&bitscb3_settings::inactivity_timeout_s, 7'776'000, 7'776'000},
    {&bitscb3_settings::notification_interval_ms, 500, 0},
    {&bitscb3_settings::connect_timeout_s, 30, 15},
    {&bitscb3_settings::stall_timeout_s, 120, 20},
    {&bitscb3_settings::reconnects, 0, 4},
    {&bitscb3_settings::head_first, 1, 0},
    {&bitscb3_settings::require_ranges, 1, 0},
    {&bitscb3_settings::redirects, 10, 10},
    {&bitscb3_settings::merge_gap_bytes, 0, 0},
    {&bitscb3_settings::jobs_per_user, 60, BITSCB3_NO_LIMIT},
    {&bitscb3_settings::jobs_per_machine, 300, BITSCB3_NO_LIMIT},
    {&bitscb3_settings::files_in_job, 200, BITSCB3_NO_LIMIT},
    {&bitscb3_settings::ranges_in_file, 500, BITSCB3_NO_LIMIT},
    {&bitscb3_settings::url_chars, 2'200, 65'536},
    {&bitscb3_settings::path_chars, 260, 4'095},
};

void fill(bitscb3_settings* out, std::uint32_t Row::* profile) {
    *out = {};
    out->size = sizeof *out;
    for (const Row& row : kRows) out->*row.field = row.*profile;
}

} // namespace

extern "C" void bitscb3_settings_bits(bitscb3_settings* out) {
    fill(out, &Row::bits);
}

extern "C" void bitscb3_settings_default(bitscb3_settings* out) {
    fill(out, &Row::own);
}
