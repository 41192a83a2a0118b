// SPDX-License-Identifier: MIT
// database.hpp - SQLite as values: a connection, prepared statements, a transaction.
// Threads: one connection belongs to one thread at a time.
// Errors:  SqlError, caught inside the engine before it can cross a thread or the contract.
// Forks:   wait while SQLite works or a transaction is open; statements run inside of one, or of a
//          NoFork. A forked child has no connection.

#pragma once

#include "engine/fork.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace bitscb3 {

class SqlError : public std::runtime_error {
  public:
    SqlError(int code, const std::string& text, int system = 0)
        : std::runtime_error(text), code_(code), system_(system) {}
    /// SQLite's primary result code.
    [[nodiscard]] int code() const noexcept { return code_ & 0xFF; }
    /// The system's number, where a call of its failed; else 0.
    [[nodiscard]] int system() const noexcept { return system_; }

  private:
    int code_;
    int system_;
};

/// Of a row's values, to find a page of the disk that is not what was written. FNV-1a.
class Checksum {
  public:
    void add_number(std::int64_t value) noexcept;
    void add_bytes(std::string_view value) noexcept;
    void add_null() noexcept { add(0); }
    [[nodiscard]] std::int64_t value() const noexcept { return static_cast<std::int64_t>(value_); }

  private:
    void add(unsigned char byte) noexcept { value_ = (value_ ^ byte) * 0x100000001B3; }
    std::uint64_t value_ = 0xCBF29CE484222325;
};

class Statement {
  public:
    Statement(sqlite3* database, const char* sql);
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    /// Forget the row and the values of the run before; then bind from the first parameter on.
    Statement& restart() noexcept;
    Statement& bind(std::int64_t value);
    Statement& bind_text(std::string_view value);
    Statement& bind_blob(std::string_view value);
    Statement& bind_null();
    /// True while there is a row.
    [[nodiscard]] bool step();
    /// Run to the end, no row expected.
    void run();

    [[nodiscard]] std::int64_t integer(int column) const noexcept;
    [[nodiscard]] std::string_view bytes(int column) const noexcept; // text or blob, until step()
    [[nodiscard]] bool is_null(int column) const noexcept;
    [[nodiscard]] bool is_blob(int column) const noexcept;
    [[nodiscard]] int columns() const noexcept;

    /// Bind a checksum of the values bound since restart().
    Statement& bind_checksum();
    /// Whether the last column has the checksum of those before it, or none.
    [[nodiscard]] bool is_as_written() const noexcept;

  private:
    sqlite3_stmt* statement_ = nullptr;
    int parameter_ = 0;
    Checksum checksum_;
};

class Database final : Inherited {
  public:
    static constexpr std::chrono::milliseconds kPatience{10'000}; // with others' locks

    /// Open or make the file at `path`; it must exist already when its mode matters.
    explicit Database(const std::string& path);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    void execute(const char* sql);
    [[nodiscard]] std::unique_ptr<Statement> prepare(const char* sql);

  private:
    void let_go() noexcept override;

    sqlite3* handle_ = nullptr;
};

/// Rolled back unless committed.
class Transaction {
  public:
    enum class Kind { kRead, kWrite };
    Transaction(Database& database, Kind kind);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

  private:
    const NoFork held_;
    Database* database_;
};

} // namespace bitscb3
