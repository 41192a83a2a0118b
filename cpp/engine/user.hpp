// SPDX-License-Identifier: MIT
// user.hpp - who runs this process.
// Threads: any.

#pragma once

#include <string>

namespace bitscb3 {

/// What the owner of a job is known by: the number of the user, on Windows the SID. It is the
/// process's; an impersonating thread counts as its process.
[[nodiscard]] std::string user_id();
/// Root, or an elevated administrator: the owner of every job, and exempt from limits.
[[nodiscard]] bool is_administrator() noexcept;
/// Where programs keep the state of this user, which only this user can enter; empty when that is
/// not known.
[[nodiscard]] std::string state_folder();

} // namespace bitscb3
