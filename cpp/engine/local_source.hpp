// SPDX-License-Identifier: MIT
// local_source.hpp - what a file:// source is before it is read: libcurl would wait for a pipe and
// never end with a device.

#pragma once

#include "engine/error.hpp"
#include "engine/response.hpp"

#include <string>

namespace bitscb3 {

/// Fill in the size and the modification time, in seconds with a fraction, of a regular file.
/// Errors: its folder or the file is not there, it may not be looked at, it is no regular file.
[[nodiscard]] Error look_at_source(const std::string& path, Validator& out);

} // namespace bitscb3
