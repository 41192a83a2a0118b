// SPDX-License-Identifier: MIT
// command_line.hpp - the program that SetNotifyCmdLine names.
// Threads: run_command() on a notifier thread; it blocks until the program ends.
// Source:  BITS, SetNotifyCmdLine; posix_spawn(3); the parameters are split as Windows programs do.

#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bitscb3 {

struct CommandLine {
    std::string program; // absolute path; no search, no shell
    std::string parameters;
};

/// Double quotes hold words together; `\"` is a quote, and backslashes before a quote count by two.
[[nodiscard]] std::vector<std::string> split_parameters(const std::string& parameters);

/// Start the program with the environment of this process and wait for it; true when it ended with
/// exit code 0. When `give_up` returns true, the program is left to itself.
[[nodiscard]] bool run_command(const CommandLine& command, const std::function<bool()>& give_up);

} // namespace bitscb3
