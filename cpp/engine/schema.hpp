// SPDX-License-Identifier: MIT
// schema.hpp - the tables of the job store, and the way from each version of them to the next.
// Threads: as Database.

#pragma once

#include "engine/database.hpp"
#include "engine/error.hpp"

#include <string>

namespace bitscb3 {

/// The error of a store that is no store or not a whole one. `why` completes "cannot be read".
[[nodiscard]] Error damaged(const std::string& path, const char* why);

/// Make the tables in an empty database; check another one and bring it up to date.
/// `path` is for messages. Throws SqlError.
[[nodiscard]] Error prepare_schema(Database& database, const std::string& path);

} // namespace bitscb3
