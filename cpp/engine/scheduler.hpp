// SPDX-License-Identifier: MIT
// scheduler.hpp - which jobs have their turn, and which requests begin.
// Threads: engine thread, Model::mutex held. Nothing blocks.
// Rules:   every FOREGROUND job runs; of the others only those of the highest level that has work,
//          as many as the settings allow, in turns of one time slice when more are waiting; files
//          in order; connections within the budget, the last one of a host kept for requested
//          ranges.
// Source:  BITS, BG_JOB_PRIORITY; "Life cycle of a BITS job".

#pragma once

#include "engine/host_habits.hpp"
#include "engine/model.hpp"
#include "engine/planner.hpp"

#include <vector>

namespace bitscb3 {

/// A request that is to begin; it is counted already in the job, the file and the host.
struct Start {
    JobPtr job;
    File* file;
    std::uint32_t generation; // of the file
    std::string origin;       // empty for file://
    Ask ask;
};

class Scheduler {
  public:
    explicit Scheduler(Model& model) : model_(model) {}

    /// Append what is to begin to `starts`. Returns when to look again if nothing happens before.
    [[nodiscard]] Instant run(std::vector<Start>& starts);
    /// A request ended or never began.
    /// `current`: the file did not restart meanwhile.
    void ended(const JobPtr& job, File& file, const std::string& origin, const Ask& ask,
               bool current);

    [[nodiscard]] HostHabits& habits_of(const std::string& origin) { return hosts_[origin]; }

  private:
    void give_turns(Instant now, Instant& next);
    void start_requests(const JobPtr& job, Instant now, Instant& next, std::vector<Start>& starts);
    [[nodiscard]] bool has_room(const File& file, const HostHabits& host) const noexcept;

    Model& model_;
    HostTable hosts_;
    std::uint32_t connections_ = 0; // all hosts together
};

} // namespace bitscb3
