// SPDX-License-Identifier: MIT
// engine_run.hpp - the embedded BITS, open as long as the program runs, with a clock the target
// drives. Threads: the target's one.

#pragma once

#include "../cpp/temporary_folder.hpp"
#include "base/clock.hpp"
#include "base/utf16.hpp"
#include "engine/entry.hpp"
#include "fuzz.hpp"

#include <bitscb3/bits.h>
#include <bitscb3/engine.h>

namespace bitscb3 {

class EngineRun {
  public:
    EngineRun() {
        bitscb3_settings settings = {};
        bitscb3_settings_bits(&settings);
        settings.command_lines = 1;        // to be set; no target runs a job that has one
        settings.inactivity_timeout_s = 0; // the clock goes far
        const std::string store = (folder / "store").string();
        bitscb3_options options = {};
        options.size = sizeof options;
        options.store = store.c_str();
        options.settings = &settings;
        Error error;
        manager = make_manager(options, clock, error);
        LAW(manager);
    }
    EngineRun(const EngineRun&) = delete;
    EngineRun& operator=(const EngineRun&) = delete;
    ~EngineRun() { bitscb3_close_manager(manager.get()); }

  private:
    const TemporaryFolder temporary_;

  public:
    const std::filesystem::path& folder = temporary_.path;
    DrivenClock clock;
    ComPtr<IBackgroundCopyManager> manager;
};

inline EngineRun& run() {
    static EngineRun one;
    return one;
}

} // namespace bitscb3
