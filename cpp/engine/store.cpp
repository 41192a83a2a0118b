// SPDX-License-Identifier: MIT
// store.cpp - see store.hpp.

#include "engine/store.hpp"

#include "engine/disk_file.hpp"
#include "engine/path.hpp"
#include "engine/private_file.hpp"
#include "engine/range_blob.hpp"
#include "engine/schema.hpp"
#include "engine/user.hpp"

#include <sqlite3.h>

#include <cstring>

namespace bitscb3 {

namespace {

std::string_view blob_of(const GUID& id) noexcept {
    return {reinterpret_cast<const char*>(&id), sizeof id};
}

constexpr std::string_view kRemote = "remote";
constexpr std::string_view kHeaders = "headers";
constexpr std::string_view kProgram = "program";
constexpr std::string_view kParameters = "parameters";

/// A signed URL is a key to what it names.
bool may_be_signed(std::string_view url) noexcept {
    return url.find('?') != std::string_view::npos;
}

/// What a sealed text belongs to.
std::string about(const GUID& job, std::string_view what) {
    return std::string(blob_of(job)).append(what);
}

GUID guid_of(std::string_view blob) {
    if (blob.size() != sizeof(GUID)) throw SqlError(SQLITE_CORRUPT, "a job has a malformed id");
    GUID id;
    std::memcpy(&id, blob.data(), sizeof id);
    return id;
}

RangeSet ranges_of(std::string_view blob) {
    auto set = from_blob(blob);
    if (!set) throw SqlError(SQLITE_CORRUPT, "a file has malformed ranges");
    return std::move(*set);
}

void check_row(const Statement& row) {
    if (!row.is_as_written()) throw SqlError(SQLITE_CORRUPT, "a row is not as it was written");
}

/// A stored number as one of the values up to `last`: it may index a table.
template<class Value>
Value value_up_to(Value last, std::int64_t number) {
    if (number < 0 || number > static_cast<std::int64_t>(last)) {
        throw SqlError(SQLITE_CORRUPT, "a job has a value that does not exist");
    }
    return static_cast<Value>(number);
}

/// What the engine relies on between the rows of a job.
void check_files(const StoredJob& stored) {
    const std::optional<std::uint32_t>& of_error = stored.job.error_file;
    bool good = !of_error || *of_error < stored.files.size();
    for (std::size_t i = 0; i < stored.files.size(); ++i) {
        const FileRecord& file = stored.files[i];
        good = good && file.index == i;
        good = good && (!file.size_known() || file.filled.end() <= file.size());
    }
    if (!good) throw SqlError(SQLITE_CORRUPT, "the files of a job do not fit together");
}

/// A running job is stored as one that waits: nothing runs it when it is read again.
BG_JOB_STATE stored_state(BG_JOB_STATE state) noexcept {
    const bool running = state == BG_JOB_STATE_CONNECTING || state == BG_JOB_STATE_TRANSFERRING;
    return running ? BG_JOB_STATE_QUEUED : state;
}

} // namespace

Error unusable(const SqlError& error, const std::string& path) {
    switch (error.code()) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return damaged(path, error.what());
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return disk_error(fault::kDenied, "write to the job store", path);
    case SQLITE_FULL:
        return disk_error(fault::kFull, "write to the job store", path);
    case SQLITE_CANTOPEN:
        if (error.system() != 0) return disk_error(error.system(), "open the job store", path);
        break;
    case SQLITE_IOERR:
        if (error.system() == 0) return disk_error(fault::kDevice, "use the job store", path);
        return disk_error(error.system(), "use the job store", path);
    }
    return {E_FAIL, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, false,
            "The job store " + path + " cannot be used: " + error.what() + "."};
}

std::string default_store_folder() {
    const std::string state = state_folder();
    return state.empty() ? state : joined(state, "bitscb3");
}

Error prepare_store(const std::string& folder, std::string& path) {
    if (Error error = make_private_folder(folder, "make the folder of the job store"); error) {
        return error;
    }
    path = joined(without_links(folder), "jobs.sqlite");
    // SQLite gives its write-ahead files the mode of the database, so that is set first.
    if (Error error = make_private_file(path, "open the job store"); error) return error;
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        if (Error error = check_private_file(path + suffix, "open the job store"); error) {
            return error;
        }
    }
    try {
        Database database(path);
        return prepare_schema(database, path);
    } catch (const SqlError& error) {
        return unusable(error, path);
    }
}

Store::Store(const std::string& path, const Seal& seal) : database_(path), seal_(seal) {
    database_.execute("PRAGMA synchronous = FULL");
    save_job_ = database_.prepare("INSERT OR REPLACE INTO job VALUES "
                                  "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
                                  "?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    save_file_ = database_.prepare(
        "INSERT OR REPLACE INTO file VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    remove_job_ = database_.prepare("DELETE FROM job WHERE id = ?");
    remove_files_ = database_.prepare("DELETE FROM file WHERE job = ?");
    load_job_ = database_.prepare("SELECT * FROM job WHERE id = ?");
    load_files_ = database_.prepare("SELECT * FROM file WHERE job = ? ORDER BY file_index");
    ids_ = database_.prepare("SELECT id FROM job ORDER BY created");
    ending_ = database_.prepare("SELECT id FROM job WHERE intent");
    untouched_ = database_.prepare("SELECT id FROM job WHERE modified <= ?");
}

std::string Store::sealed(const HttpOptions& options, const GUID& job) const {
    return options == *HttpOptions::none() ? std::string()
                                           : seal_.close(to_bytes(options), blob_of(job));
}

std::shared_ptr<const HttpOptions> Store::unsealed(std::string_view blob, const GUID& job) const {
    // Without the key they are lost, and the server will say what it misses.
    const auto bytes = seal_.open(blob, blob_of(job));
    auto options = bytes ? from_bytes(*bytes) : std::nullopt;
    return options ? std::make_shared<const HttpOptions>(std::move(*options)) : HttpOptions::none();
}

void Store::bind_secret(Statement& statement, const std::string& text, const GUID& job,
                        std::string_view what) const {
    statement.bind_blob(text.empty() ? text : seal_.close(text, about(job, what)));
}

/// What an earlier version wrote is a text, in clear.
std::string Store::secret(const Statement& statement, int column, const GUID& job,
                          std::string_view what) const {
    const std::string_view found = statement.bytes(column);
    if (!statement.is_blob(column)) return std::string(found);
    return seal_.open(found, about(job, what)).value_or(std::string());
}

void Store::save(const StoredJob& changed) {
    const JobRecord& job = changed.job;
    save_job_->restart()
        .bind_blob(blob_of(job.id))
        .bind_text(job.owner)
        .bind_text(job.name)
        .bind_text(job.description)
        .bind(job.type)
        .bind(job.priority)
        .bind(stored_state(job.state))
        .bind(job.on_demand)
        .bind(job.notify_flags)
        .bind(job.notification_interval_ms)
        .bind(job.minimum_retry_delay_s)
        .bind(job.no_progress_timeout_s)
        .bind(job.maximum_download_time_s)
        .bind(job.error_count)
        .bind(job.error.code)
        .bind(job.error.context)
        .bind_text(job.error.detail);
    job.error_file ? save_job_->bind(*job.error_file) : save_job_->bind_null();
    save_job_->bind(static_cast<std::int64_t>(job.created))
        .bind(static_cast<std::int64_t>(job.modified))
        .bind(static_cast<std::int64_t>(job.transferred))
        .bind(static_cast<std::uint32_t>(job.intent))
        .bind(job.resumed)
        .bind(job.dynamic_content)
        .bind(job.high_performance)
        .bind(static_cast<std::int64_t>(job.max_download_size))
        .bind(job.cost_flags)
        .bind_blob(blob_of(job.notification_class))
        .bind(job.peer_caching_flags)
        .bind(job.file_acl_flags)
        .bind(job.helper_token_flags);
    bind_secret(*save_job_, job.command_program, job.id, kProgram);
    bind_secret(*save_job_, job.command_parameters, job.id, kParameters);
    save_job_->bind_blob(sealed(*job.http, job.id))
        .bind(static_cast<std::int64_t>(job.rate_limit))
        .bind_checksum()
        .run();
    for (const FileRecord& file : changed.files) {
        save_file_->restart().bind_blob(blob_of(job.id)).bind(file.index);
        if (may_be_signed(file.remote)) {
            bind_secret(*save_file_, file.remote, job.id, kRemote);
        } else {
            save_file_->bind_text(file.remote);
        }
        save_file_->bind_text(file.local)
            .bind_text(file.temporary)
            .bind_text(file.validator.etag)
            .bind_text(file.validator.last_modified);
        file.size_known() ? save_file_->bind(static_cast<std::int64_t>(file.size()))
                          : save_file_->bind_null();
        save_file_->bind(static_cast<std::int64_t>(file.range_support))
            .bind_blob(to_blob(file.filled))
            .bind_blob(to_blob(file.requested));
        bind_secret(*save_file_, file.headers, job.id, kHeaders); // cookies, and where they led
        save_file_->bind(file.published)
            .bind_blob(list_to_blob(file.pieces))
            .bind(file.validated)
            .bind_text(file.home)
            .bind(file.born)
            .bind_checksum()
            .run();
    }
}

void Store::remove(const GUID& id) {
    remove_files_->restart().bind_blob(blob_of(id)).run();
    remove_job_->restart().bind_blob(blob_of(id)).run();
}

namespace {

/// A row that is refused is let go of, too: its statement would keep the snapshot.
struct Restarted {
    Statement& statement;
    ~Restarted() { statement.restart(); }
};

} // namespace

std::optional<StoredJob> Store::load(const GUID& id) {
    const Transaction snapshot(database_, Transaction::Kind::kRead); // both tables at one moment
    const Restarted job_row{*load_job_};
    const Restarted file_rows{*load_files_};
    if (!load_job_->restart().bind_blob(blob_of(id)).step()) return std::nullopt;
    check_row(*load_job_);
    StoredJob out;
    JobRecord& job = out.job;
    int column = 0;
    const auto text = [&] { return std::string(load_job_->bytes(column++)); };
    const auto number = [&] { return load_job_->integer(column++); };
    const auto count = [&] { return static_cast<std::uint32_t>(number()); };
    job.id = guid_of(load_job_->bytes(column++));
    job.owner = text();
    job.name = text();
    job.description = text();
    job.type = value_up_to(BG_JOB_TYPE_DOWNLOAD, number());
    job.priority = value_up_to(BG_JOB_PRIORITY_LOW, number());
    job.state = value_up_to(BG_JOB_STATE_CANCELLED, number());
    job.on_demand = number() != 0;
    job.notify_flags = count();
    job.notification_interval_ms = count();
    job.minimum_retry_delay_s = count();
    job.no_progress_timeout_s = count();
    job.maximum_download_time_s = count();
    job.error_count = count();
    job.error.code = static_cast<HRESULT>(number());
    job.error.context = value_up_to(BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK, number());
    job.error.detail = text();
    if (!load_job_->is_null(column)) {
        job.error_file = static_cast<std::uint32_t>(load_job_->integer(column));
    }
    ++column;
    job.created = static_cast<FileTime>(number());
    job.modified = static_cast<FileTime>(number());
    job.transferred = static_cast<FileTime>(number());
    job.intent = value_up_to(Intent::kCancel, number());
    job.resumed = number() != 0;
    job.dynamic_content = number() != 0;
    job.high_performance = number() != 0;
    job.max_download_size = static_cast<std::uint64_t>(number());
    job.cost_flags = count();
    job.notification_class = guid_of(load_job_->bytes(column++));
    job.peer_caching_flags = count();
    job.file_acl_flags = count();
    job.helper_token_flags = count();
    job.command_program = secret(*load_job_, column++, job.id, kProgram);
    job.command_parameters = secret(*load_job_, column++, job.id, kParameters);
    job.http = unsealed(load_job_->bytes(column++), job.id);
    job.rate_limit = static_cast<std::uint64_t>(number());
    load_files_->restart().bind_blob(blob_of(id));
    while (load_files_->step()) out.files.push_back(read_file(job));
    check_files(out);
    return out;
}

FileRecord Store::read_file(const JobRecord& job) const {
    check_row(*load_files_);
    FileRecord file;
    int column = 1; // behind the job's id
    const auto text = [&] { return std::string(load_files_->bytes(column++)); };
    file.index = static_cast<std::uint32_t>(load_files_->integer(column++));
    file.remote = secret(*load_files_, column++, job.id, kRemote);
    file.local = text();
    file.temporary = text();
    const bool direct = job.high_performance && file.temporary == file.local;
    if (!direct && !is_temporary_name_beside(file.temporary, file.local)) {
        throw SqlError(SQLITE_CORRUPT, "a file has a malformed temporary name");
    }
    file.validator.etag = text();
    file.validator.last_modified = text();
    if (!load_files_->is_null(column)) {
        file.validator.size = value_up_to<std::uint64_t>(INT64_MAX, load_files_->integer(column));
    }
    ++column;
    file.range_support = value_up_to(RangeSupport::kNo, load_files_->integer(column++));
    file.filled = ranges_of(load_files_->bytes(column++));
    file.requested = ranges_of(load_files_->bytes(column++));
    file.headers = secret(*load_files_, column++, job.id, kHeaders);
    file.published = load_files_->integer(column++) != 0;
    auto pieces = list_from_blob(load_files_->bytes(column++));
    if (!pieces) throw SqlError(SQLITE_CORRUPT, "a file has malformed pieces");
    file.pieces = std::move(*pieces);
    file.validated = load_files_->integer(column++) != 0;
    file.home = text();
    file.born = load_files_->integer(column++);
    return file;
}

std::vector<GUID> Store::listed(Statement& statement) {
    std::vector<GUID> out;
    while (statement.step()) out.push_back(guid_of(statement.bytes(0)));
    statement.restart();
    return out;
}

void Store::check() {
    const NoFork held;
    for (const char* rows : {"SELECT * FROM job", "SELECT * FROM file"}) {
        const auto statement = database_.prepare(rows);
        while (statement->step()) check_row(*statement);
    }
    // What an older version wrote has no checksum: there it counts whether the values can be.
    const auto older = database_.prepare("SELECT id FROM job WHERE checksum IS NULL UNION "
                                         "SELECT job FROM file WHERE checksum IS NULL");
    for (const GUID& id : listed(*older)) (void)load(id);
}

std::vector<GUID> Store::ids() {
    const NoFork held;
    return listed(ids_->restart());
}

std::vector<GUID> Store::ending() {
    const NoFork held;
    return listed(ending_->restart());
}

std::vector<GUID> Store::untouched_since(FileTime time) {
    const NoFork held;
    return listed(untouched_->restart().bind(static_cast<std::int64_t>(time)));
}

} // namespace bitscb3
