// SPDX-License-Identifier: MIT
// file_table.hpp - which file of a job a pointer from a callback is: IBackgroundCopyFile has no id.
// Threads: one at a time, the reader of the queue. Calls the service for an unknown pointer.
// Ownership: holds a reference of every pointer it knows, so none can come to mean another file.
// Source: COM identity; where pointers differ from call to call (proxies), the names decide.

#pragma once

#include "client/file_list.hpp"
#include "client/held.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bitscb3 {

class FileTable {
  public:
    explicit FileTable(ComPtr<IBackgroundCopyJob> job, FileOrder order = FileOrder::kOldestFirst)
        : job_(std::move(job)), order_(order) {}
    FileTable(const FileTable&) = delete;
    FileTable& operator=(const FileTable&) = delete;
    ~FileTable();

    [[nodiscard]] FileOrder order() const noexcept { return order_; } // any thread
    /// Index of a pointer met before; costs one look-up.
    [[nodiscard]] std::optional<std::uint32_t> known(IBackgroundCopyFile* file) const;
    /// Index of any pointer of this job; asks the service and remembers.
    [[nodiscard]] std::optional<std::uint32_t> index_of(IBackgroundCopyFile* file);
    /// The file at `index`; empty when there is none.
    [[nodiscard]] Held<IBackgroundCopyFile> at(std::uint32_t index);
    /// Number of files the job has. Asks the service, whose files' pointers are the current ones
    /// from now on.
    [[nodiscard]] std::size_t count();
    /// Whether `file` is what the service last gave out as the file at `index`.
    [[nodiscard]] bool is_current(IBackgroundCopyFile* file, std::uint32_t index) const noexcept {
        return index < files_.size() && files_[index].get() == file;
    }
    /// Files whose current pointer became another one since the last call.
    [[nodiscard]] std::vector<std::uint32_t> take_replaced() {
        return std::exchange(replaced_, {});
    }

  private:
    static constexpr std::size_t kFewKnown = 4096; // pointers; that and some for each file

    void read_files();
    void remember(IBackgroundCopyFile* file, std::uint32_t index);

    ComPtr<IBackgroundCopyJob> job_;
    const FileOrder order_;
    FileList files_;
    std::unordered_map<IBackgroundCopyFile*, std::uint32_t> listed_; // files_ by pointer
    std::unordered_map<IBackgroundCopyFile*, std::uint32_t> known_;  // others that were met
    FileList held_;                                                  // the references of known_
    std::vector<std::uint32_t> replaced_;
};

} // namespace bitscb3
