// SPDX-License-Identifier: MIT
// fork_windows.cpp - fork.hpp where there is none.

#include "engine/fork.hpp"

namespace bitscb3 {

NoFork::NoFork() = default;
NoFork::~NoFork() = default;
void Inherited::enter() {}
void Inherited::leave() noexcept {}

} // namespace bitscb3
