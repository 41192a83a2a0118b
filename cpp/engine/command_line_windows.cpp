// SPDX-License-Identifier: MIT
// command_line_windows.cpp - runs the program of command_line.hpp. Its parameters are a command
// line already.
// Source: CreateProcess.

#include "base/utf16.hpp"
#include "engine/command_line.hpp"
#include "engine/native_file.hpp"

namespace bitscb3 {

namespace {

constexpr DWORD kLookMs = 20; // at give_up()

} // namespace

bool run_command(const CommandLine& command, const std::function<bool()>& give_up) {
    const WideString program = to_utf16(command.program);
    WideString parameters = to_utf16(command.parameters); // CreateProcess writes to it
    STARTUPINFOW startup = {};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION started = {};
    // Without a console of its own and without that of this process: it gets no input.
    if (CreateProcessW(program.c_str(), parameters.empty() ? nullptr : parameters.data(), nullptr,
                       nullptr, FALSE, CREATE_NO_WINDOW, nullptr, nullptr, &startup,
                       &started) == 0) {
        return false;
    }
    const Handle thread(started.hThread);
    const Handle process(started.hProcess);
    while (!give_up()) {
        if (WaitForSingleObject(process.get(), kLookMs) == WAIT_TIMEOUT) continue;
        DWORD code = 1;
        return GetExitCodeProcess(process.get(), &code) != 0 && code == 0;
    }
    return true;
}

} // namespace bitscb3
