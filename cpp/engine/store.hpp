// SPDX-License-Identifier: MIT
// store.hpp - the jobs on disk: one SQLite file in write-ahead mode, in a folder of its own (0700).
// Threads: one Store belongs to one thread at a time; several Stores may be open on one folder,
//          also in several processes.
// Promise: after a crash the store may know less than the disk holds, never more (see
//          committer.hpp).
// Errors:  SqlError; open_store() gives an Error.

#pragma once

#include "base/guid.hpp"
#include "engine/database.hpp"
#include "engine/record.hpp"
#include "engine/seal.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitscb3 {

/// A job and those of its files that matter to the caller.
struct StoredJob {
    JobRecord job;
    std::vector<FileRecord> files;
};

class Store {
  public:
    /// `seal` opens and closes what is secret in a job.
    Store(const std::string& path, const Seal& seal);

    /// Write the job's row and the rows of `files`; other files of the job stay as they are.
    void save(const StoredJob& changed);
    void remove(const GUID& id);
    [[nodiscard]] std::optional<StoredJob> load(const GUID& id);
    [[nodiscard]] std::vector<GUID> ids();
    /// Look at every row; throws SqlError when one is not as it was written.
    void check();
    /// Jobs that were not modified after `time`.
    [[nodiscard]] std::vector<GUID> untouched_since(FileTime time);
    /// Jobs whose Complete was interrupted.
    [[nodiscard]] std::vector<GUID> ending();
    [[nodiscard]] Database& database() noexcept { return database_; }

  private:
    /// The ids that `statement` gives.
    [[nodiscard]] static std::vector<GUID> listed(Statement& statement);
    [[nodiscard]] FileRecord read_file(const JobRecord& job) const; // the row load_files_ is on
    /// A text that may be a secret, and back: `what` tells those of a job apart. Nothing is lost
    /// but with the key; then it is empty.
    void bind_secret(Statement& statement, const std::string& text, const GUID& job,
                     std::string_view what) const;
    [[nodiscard]] std::string secret(const Statement& statement, int column, const GUID& job,
                                     std::string_view what) const;
    [[nodiscard]] std::string sealed(const HttpOptions& options, const GUID& job) const;
    [[nodiscard]] std::shared_ptr<const HttpOptions> unsealed(std::string_view blob,
                                                              const GUID& job) const;

    Database database_;
    const Seal seal_;
    std::unique_ptr<Statement> save_job_, save_file_, remove_job_, remove_files_, load_job_,
        load_files_, ids_, ending_, untouched_;
};

/// The folder used when the caller names none; empty when there is no home.
[[nodiscard]] std::string default_store_folder();
/// Make the folder and the files in it where missing and bring the schema up to date.
/// `path` becomes the database's. E: BG_E_DATABASE_CORRUPT when it is no store or damaged.
[[nodiscard]] Error prepare_store(const std::string& folder, std::string& path);
/// What a failure of the database at `path` means to who opens the store.
[[nodiscard]] Error unusable(const SqlError& error, const std::string& path);

} // namespace bitscb3
