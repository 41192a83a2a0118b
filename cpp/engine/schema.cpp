// SPDX-License-Identifier: MIT
// schema.cpp - see schema.hpp.

#include "engine/schema.hpp"

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <iterator>
#include <string>
#include <thread>

namespace bitscb3 {

namespace {

constexpr int kApplicationId = 0x42433331; // "BC31"

/// From nothing to version 1, from 1 to 2, and so on. A step that was released never changes.
constexpr const char* kSteps[] = {
    R"sql(
CREATE TABLE job (
    id BLOB PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    type INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state INTEGER NOT NULL,
    on_demand INTEGER NOT NULL,
    notify_flags INTEGER NOT NULL,
    notification_interval_ms INTEGER NOT NULL,
    minimum_retry_delay_s INTEGER NOT NULL,
    no_progress_timeout_s INTEGER NOT NULL,
    maximum_download_time_s INTEGER NOT NULL,
    error_count INTEGER NOT NULL,
    error_code INTEGER NOT NULL,
    error_context INTEGER NOT NULL,
    error_detail TEXT NOT NULL,
    error_file INTEGER,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    intent INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE file (
    job BLOB NOT NULL,
    file_index INTEGER NOT NULL,
    remote TEXT NOT NULL,
    local TEXT NOT NULL,
    temporary TEXT NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    size INTEGER,
    range_support INTEGER NOT NULL,
    filled BLOB NOT NULL,
    requested BLOB NOT NULL,
    headers TEXT NOT NULL,
    published INTEGER NOT NULL,
    PRIMARY KEY (job, file_index)
) WITHOUT ROWID;
CREATE INDEX job_intent ON job (intent) WHERE intent;
)sql",
    R"sql(
ALTER TABLE job ADD COLUMN resumed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN dynamic_content INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN high_performance INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN max_download_size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN cost_flags INTEGER NOT NULL DEFAULT 2147483903;
ALTER TABLE job ADD COLUMN notification_class BLOB NOT NULL DEFAULT
    x'00000000000000000000000000000000';
ALTER TABLE job ADD COLUMN peer_caching_flags INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN file_acl_flags INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN helper_token_flags INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN command_program TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN command_parameters TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN http BLOB NOT NULL DEFAULT x''; -- sealed
ALTER TABLE file ADD COLUMN pieces BLOB NOT NULL DEFAULT x'';
ALTER TABLE file ADD COLUMN validated INTEGER NOT NULL DEFAULT 0;
)sql",
    R"sql(
ALTER TABLE job ADD COLUMN rate_limit INTEGER NOT NULL DEFAULT 0; -- bytes per second
)sql",
    R"sql(
ALTER TABLE file ADD COLUMN home TEXT NOT NULL DEFAULT '';
-- From here on file.remote and file.headers may be BLOBs: sealed.
ALTER TABLE job ADD COLUMN checksum INTEGER; -- of what is before it; NULL: by an older version
ALTER TABLE file ADD COLUMN born INTEGER NOT NULL DEFAULT 0; -- the temporary file; 0: not known
ALTER TABLE file ADD COLUMN checksum INTEGER;
)sql",
};
constexpr std::int64_t kVersions = std::size(kSteps);

std::int64_t pragma(Database& database, const char* sql) {
    const auto statement = database.prepare(sql);
    return statement->step() ? statement->integer(0) : 0;
}

bool is_foreign(Database& database) {
    return pragma(database, "PRAGMA application_id") != kApplicationId &&
           (pragma(database, "PRAGMA user_version") != 0 ||
            pragma(database, "SELECT count(*) FROM sqlite_schema") != 0);
}

/// SQLite does not wait for others that open the database at the same time, as it does elsewhere.
void use_write_ahead_log(Database& database) {
    const auto deadline = std::chrono::steady_clock::now() + Database::kPatience;
    for (;;) {
        try {
            database.execute("PRAGMA journal_mode = WAL");
            return;
        } catch (const SqlError& error) {
            const bool busy = error.code() == SQLITE_BUSY;
            if (!busy || std::chrono::steady_clock::now() >= deadline) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

} // namespace

Error damaged(const std::string& path, const char* why) {
    return {BG_E_DATABASE_CORRUPT, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, false,
            "The job store " + path + " cannot be read (" + why +
                "). Move it away to begin with an empty one."};
}

Error prepare_schema(Database& database, const std::string& path) {
    {
        const Transaction look(database, Transaction::Kind::kRead); // another may make the tables
        if (is_foreign(database)) return damaged(path, "it is another program's database");
    }
    use_write_ahead_log(database);
    Transaction transaction(database, Transaction::Kind::kWrite);
    const std::int64_t version = pragma(database, "PRAGMA user_version");
    if (is_foreign(database)) return damaged(path, "it is another program's database");
    if (version == 0) {
        database.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    }
    if (version > kVersions) return damaged(path, "a later version of bitscb3 wrote it");
    {
        const auto check = database.prepare("PRAGMA quick_check(1)");
        if (!check->step() || check->bytes(0) != "ok") return damaged(path, "it is damaged");
    }
    if (version == kVersions) return {};
    for (std::int64_t next = version; next < kVersions; ++next) database.execute(kSteps[next]);
    database.execute(("PRAGMA user_version = " + std::to_string(kVersions)).c_str());
    transaction.commit();
    return {};
}

} // namespace bitscb3
