// SPDX-License-Identifier: MIT
// manager_adapter.hpp - IBackgroundCopyManager over the engine, and the way back from it.

#pragma once

#include "base/com_ptr.hpp"
#include "engine/engine.hpp"

#include <memory>

namespace bitscb3 {

[[nodiscard]] ComPtr<IBackgroundCopyManager> make_manager_object(std::shared_ptr<Engine> engine);
/// The engine behind a manager; null when the manager is not the embedded BITS.
[[nodiscard]] std::shared_ptr<Engine> engine_of(IBackgroundCopyManager* manager);

} // namespace bitscb3
