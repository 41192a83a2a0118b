// SPDX-License-Identifier: MIT
// command_line_posix.cpp - runs the program of command_line.hpp.

#include "engine/command_line.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>

extern char** environ;

namespace bitscb3 {

namespace {

constexpr std::chrono::milliseconds kLook(20); // waitpid() takes no time-out

/// What the child gets of this process: no input, no blocked signal, no handler.
class SpawnOptions {
  public:
    SpawnOptions() {
        posix_spawnattr_init(&attributes);
        posix_spawn_file_actions_init(&actions);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    SpawnOptions(const SpawnOptions&) = delete;
    SpawnOptions& operator=(const SpawnOptions&) = delete;
    ~SpawnOptions() {
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
    }

    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
};

} // namespace

bool run_command(const CommandLine& command, const std::function<bool()>& give_up) {
    std::vector<std::string> words = split_parameters(command.parameters);
    if (words.empty()) words.push_back(command.program);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const SpawnOptions options;
    pid_t child = 0;
    if (posix_spawn(&child, command.program.c_str(), &options.actions, &options.attributes,
                    arguments.data(), environ) != 0) {
        return false;
    }
    int status = 0;
    while (!give_up()) {
        const pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (ended < 0) return true; // this process leaves its children to the system
        std::this_thread::sleep_for(kLook);
    }
    std::thread([child] { (void)waitpid(child, nullptr, 0); }).detach(); // the system wants that
    return true;
}

} // namespace bitscb3
