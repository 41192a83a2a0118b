// SPDX-License-Identifier: MIT
// file_table.hpp - which file of a job a pointer from a callback is: IBackgroundCopyFile has no id.
// Threads:   one at a time, the reader of the queue. Calls the service when it meets an unknown
// pointer. Ownership: holds a reference of every pointer it knows, so none of them can come to mean
// another file. Source:    COM identity; where pointers differ from call to call (proxies), the
// names decide.

#pragma once

#include "base/com_ptr.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace bitscb3 {

class FileTable {
  public:
    explicit FileTable(ComPtr<IBackgroundCopyJob> job) : job_(std::move(job)) {}
    FileTable(const FileTable&) = delete;
    FileTable& operator=(const FileTable&) = delete;
    ~FileTable();

    /// Index of a pointer met before; costs one look-up.
    [[nodiscard]] std::optional<std::uint32_t> known(IBackgroundCopyFile* file) const;
    /// Index of any pointer of this job; asks the service and remembers.
    [[nodiscard]] std::optional<std::uint32_t> index_of(IBackgroundCopyFile* file);
    /// The file at `index`; empty when there is none.
    [[nodiscard]] ComPtr<IBackgroundCopyFile> at(std::uint32_t index);
    /// Number of files the job has.
    [[nodiscard]] std::size_t count();

  private:
    static constexpr std::size_t kMostKnown = 4096; // pointers; then all are forgotten

    void read_files();

    ComPtr<IBackgroundCopyJob> job_;
    std::vector<ComPtr<IBackgroundCopyFile>> files_; // in the order of the job
    std::unordered_map<IBackgroundCopyFile*, std::uint32_t> known_;
    std::vector<ComPtr<IBackgroundCopyFile>> held_; // the references of known_
};

} // namespace bitscb3
