// SPDX-License-Identifier: MIT
// fork_windows.cpp - fork.hpp where there is none.

#include "engine/fork.hpp"

namespace bitscb3 {

NoFork::NoFork() = default;
NoFork::~NoFork() = default;
Inherited::Inherited() = default;
Inherited::~Inherited() = default;

} // namespace bitscb3
