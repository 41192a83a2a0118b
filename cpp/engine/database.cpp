// SPDX-License-Identifier: MIT
// database.cpp - see database.hpp.

#include "engine/database.hpp"

#if defined(_WIN32)
#include "engine/path.hpp"
#endif

#include <sqlite3.h>

#include <utility>

namespace bitscb3 {

namespace {

[[noreturn]] void raise(sqlite3* handle, int code) {
    if (handle == nullptr) throw SqlError(code, sqlite3_errstr(code));
    throw SqlError(code, sqlite3_errmsg(handle), sqlite3_system_errno(handle));
}

} // namespace

void Checksum::add_number(std::int64_t value) noexcept {
    add(1);
    for (int shift = 0; shift < 64; shift += 8) {
        add(static_cast<unsigned char>(static_cast<std::uint64_t>(value) >> shift));
    }
}

void Checksum::add_bytes(std::string_view value) noexcept {
    add(2);
    for (const char byte : value) add(static_cast<unsigned char>(byte));
    add_number(static_cast<std::int64_t>(value.size()));
}

Statement::Statement(sqlite3* database, const char* sql) {
    const NoFork held;
    const int code =
        sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
    if (code != SQLITE_OK) raise(database, code);
}

Statement::~Statement() {
    const NoFork held;
    sqlite3_finalize(statement_);
}

Statement& Statement::restart() noexcept {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    parameter_ = 0;
    checksum_ = {};
    return *this;
}

Statement& Statement::bind(std::int64_t value) {
    checksum_.add_number(value);
    sqlite3_bind_int64(statement_, ++parameter_, value);
    return *this;
}

Statement& Statement::bind_text(std::string_view value) {
    checksum_.add_bytes(value);
    sqlite3_bind_text64(statement_, ++parameter_, value.data() != nullptr ? value.data() : "",
                        value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_blob(std::string_view value) {
    checksum_.add_bytes(value);
    sqlite3_bind_blob64(statement_, ++parameter_, value.empty() ? "" : value.data(), value.size(),
                        SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind_null() {
    checksum_.add_null();
    sqlite3_bind_null(statement_, ++parameter_);
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) raise(sqlite3_db_handle(statement_), code);
    return false;
}

void Statement::run() {
    while (step()) {
    }
    sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const noexcept {
    return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::bytes(int column) const noexcept {
    const void* data = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return {static_cast<const char*>(data), data != nullptr ? static_cast<std::size_t>(size) : 0};
}

bool Statement::is_null(int column) const noexcept {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

bool Statement::is_blob(int column) const noexcept {
    return sqlite3_column_type(statement_, column) == SQLITE_BLOB;
}

int Statement::columns() const noexcept {
    return sqlite3_column_count(statement_);
}

Statement& Statement::bind_checksum() {
    return bind(checksum_.value());
}

bool Statement::is_as_written() const noexcept {
    const int last = columns() - 1;
    if (is_null(last)) return true;
    Checksum found;
    for (int column = 0; column < last; ++column) {
        switch (sqlite3_column_type(statement_, column)) {
        case SQLITE_INTEGER:
            found.add_number(integer(column));
            break;
        case SQLITE_NULL:
            found.add_null();
            break;
        default:
            found.add_bytes(bytes(column));
        }
    }
    return found.value() == integer(last);
}

Database::Database(const std::string& path) {
    const NoFork held;
#if defined(_WIN32)
    constexpr const char* kFiles = "win32-longpath"; // SQLite's other one stops at 260 characters
    const std::string name = to_utf8(wide_path(path).c_str());
#else
    constexpr const char* kFiles = nullptr;
    const std::string& name = path;
#endif
    const int code = sqlite3_open_v2(name.c_str(), &handle_,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                         SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
                                     kFiles);
    if (code != SQLITE_OK) {
        const std::string text = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
        const int system = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
        sqlite3_close(handle_);
        throw SqlError(code, text, system);
    }
    sqlite3_busy_timeout(handle_, static_cast<int>(kPatience.count()));
    // Of a file that another program wrote only the tables count.
    for (const int off : {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
                          SQLITE_DBCONFIG_TRUSTED_SCHEMA}) {
        sqlite3_db_config(handle_, off, 0, nullptr);
    }
    enter();
}

Database::~Database() {
    const NoFork held;
    leave();
    sqlite3_close(std::exchange(handle_, nullptr));
}

/// So that SQLite does not take the parent's locks for the child's, which has none. The write-ahead
/// log stays as it is: the parent goes on with it.
void Database::let_go() noexcept {
    if (handle_ == nullptr) return;
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    while (sqlite3_stmt* statement = sqlite3_next_stmt(handle_, nullptr)) {
        sqlite3_finalize(statement);
    }
    sqlite3_close(handle_);
}

void Database::execute(const char* sql) {
    const NoFork held;
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) raise(handle_, code);
}

std::unique_ptr<Statement> Database::prepare(const char* sql) {
    return std::make_unique<Statement>(handle_, sql);
}

Transaction::Transaction(Database& database, Kind kind) : database_(&database) {
    database.execute(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
    if (database_ == nullptr) return;
    try {
        database_->execute("ROLLBACK");
    } catch (const SqlError&) {
        // SQLite rolled back by itself already.
    }
}

void Transaction::commit() {
    database_->execute("COMMIT");
    database_ = nullptr;
}

} // namespace bitscb3
