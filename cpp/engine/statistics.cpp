// SPDX-License-Identifier: MIT
// statistics.cpp - see statistics.hpp.

#include "engine/statistics.hpp"

namespace bitscb3 {

bitscb3_statistics statistics_of(const Model& model) noexcept {
    bitscb3_statistics out = model.statistics;
    out.size = sizeof out;
    for (const JobPtr& job : model.leased) {
        if (!job->is_final()) ++out.jobs;
        if (job->is_running()) ++out.jobs_running;
        out.transfers_running += job->transfers;
    }
    return out;
}

} // namespace bitscb3
