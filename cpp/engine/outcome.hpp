// SPDX-License-Identifier: MIT
// outcome.hpp - what a status or a transport fault means for the job: one table.

#pragma once

#include "engine/error.hpp"

#include <curl/curl.h>

namespace bitscb3 {

/// The error of a response whose status is neither 200 nor 206.
[[nodiscard]] Error status_error(int status);

/// The error of a request that libcurl could not finish. `reason` is libcurl's text.
[[nodiscard]] Error transport_error(CURLcode code, const char* reason);

/// The size of the file is needed and not told.
[[nodiscard]] Error no_size();

/// Revoked certificates are to be refused, and the engine has no list of them.
[[nodiscard]] Error no_revocation_list();

/// A response that contradicts HTTP or itself; `reason` says how.
[[nodiscard]] Error invalid_response(const char* reason);

} // namespace bitscb3
