// SPDX-License-Identifier: MIT
// error_adapter.hpp - IBackgroundCopyError over the engine's Error.

#pragma once

#include "base/com_ptr.hpp"
#include "engine/model.hpp"

#include <memory>

namespace bitscb3 {

class Engine;

/// Tells of `error`, whatever becomes of the job; empty when `engine` is null. The mutex is taken.
[[nodiscard]] ComPtr<IBackgroundCopyError> make_error_object(std::shared_ptr<Engine> engine,
                                                             const JobPtr& job, ErrorRecord error);

/// English text of a code for GetErrorDescription.
[[nodiscard]] HRESULT describe(HRESULT code, DWORD language, LPWSTR* out) noexcept;

} // namespace bitscb3
