// SPDX-License-Identifier: MIT
// error_adapter.hpp - IBackgroundCopyError over the engine's Error.

#pragma once

#include "base/com_ptr.hpp"
#include "engine/model.hpp"

#include <memory>

namespace bitscb3 {

class Engine;

/// A snapshot of the job's error; empty when `engine` is null.
[[nodiscard]] ComPtr<IBackgroundCopyError> make_error_object(std::shared_ptr<Engine> engine,
                                                             const JobPtr& job);

/// English text of a code for GetErrorDescription.
[[nodiscard]] HRESULT describe(HRESULT code, DWORD language, LPWSTR* out) noexcept;

} // namespace bitscb3
