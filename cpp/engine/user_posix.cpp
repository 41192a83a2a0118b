// SPDX-License-Identifier: MIT
// user_posix.cpp - see user.hpp.
// Source: XDG Base Directory Specification.

#include "engine/user.hpp"

#include <cstdlib>
#include <unistd.h>

namespace bitscb3 {

std::string user_id() {
    return std::to_string(geteuid());
}

bool is_administrator() noexcept {
    return geteuid() == 0;
}

std::string state_folder() {
    if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
        return state;
    }
    const char* home = std::getenv("HOME");
    return home != nullptr && *home == '/' ? std::string(home) + "/.local/state" : "";
}

} // namespace bitscb3
