// SPDX-License-Identifier: MIT
// statistics_fields.hpp - the fields of bitscb3_statistics by name.

#pragma once

#include <bitscb3/engine.h>

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace bitscb3 {

struct StatisticsField {
    const char* name;
    std::uint64_t bitscb3_statistics::* field;
};

#define BITSCB3_FIELD(name) {#name, &bitscb3_statistics::name}
inline constexpr StatisticsField kStatisticsFields[] = {
    BITSCB3_FIELD(bytes_received),
    BITSCB3_FIELD(bytes_written),
    BITSCB3_FIELD(requests_sent),
    BITSCB3_FIELD(requests_succeeded),
    BITSCB3_FIELD(requests_failed),
    BITSCB3_FIELD(connections_opened),
    BITSCB3_FIELD(reconnects),
    BITSCB3_FIELD(retries),
    BITSCB3_FIELD(restarts),
    BITSCB3_FIELD(range_events),
    BITSCB3_FIELD(ranges_delivered),
    BITSCB3_FIELD(commits),
    BITSCB3_FIELD(jobs),
    BITSCB3_FIELD(jobs_running),
    BITSCB3_FIELD(transfers_running),
    BITSCB3_FIELD(transfers_paused),
};
#undef BITSCB3_FIELD
static_assert(sizeof(bitscb3_statistics) ==
                  offsetof(bitscb3_statistics, bytes_received) +
                      std::size(kStatisticsFields) * sizeof(std::uint64_t),
              "every field is listed");

} // namespace bitscb3
