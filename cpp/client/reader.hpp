// SPDX-License-Identifier: MIT
// reader.hpp - turns what the slots left behind into staged events and settled requests.
// Threads: drain() and refresh() by one thread at a time, the leader (pump.hpp). They call the
//          service without the mutex and take it for moments in between.
// Promise: from attaching on, every filled byte is reported exactly once, before the file's
//          kFileTransferred; after a restart kFileRestarted comes first and counting starts over.
//          The queue hints, the service knows: after a loss or a doubt the filled set is read.

#pragma once

#include "client/pump_state.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace bitscb3 {

class Reader {
  public:
    explicit Reader(PumpState& state) : state_(state) {}

    /// Handle everything that is present. Returns whether there was something.
    bool drain();
    /// Look at the service itself: every byte filled and every state reached is staged afterwards.
    void refresh(const JobStreamPtr& stream);
    /// Give a request to the service, or fail it. Any thread; not with the mutex.
    void issue(const JobStreamPtr& stream, const RequestPtr& request);

  private:
    /// What a drain has to look at in one job.
    struct Look {
        bool state = false;     // the job's state
        bool again = false;     // whether its progress moved, and if so at its files
        bool files = false;     // which of its files are finished
        bool ranges = false;    // the filled ranges of every file
        std::uint32_t bits = 0; // JobBits the callback raised
    };
    using Looks = std::map<JobStreamPtr, Look>;

    [[nodiscard]] Looks take_inbox();
    void take_records(Looks& looks);
    void look(const JobStreamPtr& stream, Look look);
    /// What happened to the job that its callback was not told of?
    void look_again(const JobStreamPtr& stream, Look& look);
    /// Begin files anew whose objects the service replaced.
    void note_replaced(const JobStreamPtr& stream);
    void reconcile(const JobStreamPtr& stream, std::uint32_t file);
    void report_progress(const JobStreamPtr& stream, std::uint32_t file,
                         IBackgroundCopyFile* object);
    void reconcile_all(const JobStreamPtr& stream);
    void read_state(const JobStreamPtr& stream, std::uint32_t bits, bool look_at_files);
    void find_finished_files(const JobStreamPtr& stream, bool job_transferred,
                             std::vector<std::uint32_t>& finished);
    /// The service does not answer: who waits is told; who listens, when it never will.
    void note_unanswered(const JobStreamPtr& stream, HRESULT why);
    void advance_held(const JobStreamPtr& stream, BG_JOB_STATE state);

    PumpState& state_;
    std::vector<RangeRecord> records_;
    std::vector<SignalStack::Signal> signals_;
};

} // namespace bitscb3
