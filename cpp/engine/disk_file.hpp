// SPDX-License-Identifier: MIT
// disk_file.hpp - a temporary file that receives a download, and its way to the final name.
// Threads:   write() by the engine thread, sync() by the committer or by Complete; both are
//            positional or whole-file calls of the system and need no lock.
// Ownership: the open file is closed with the last shared_ptr; the name is removed only on
//            request.
// Errors:    an Error with context LOCAL_FILE.

#pragma once

#include "engine/error.hpp"
#include "engine/native_file.hpp"

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bitscb3 {

class DiskFile {
  public:
    DiskFile(NativeFile file, std::string path);
    DiskFile(const DiskFile&) = delete;
    DiskFile& operator=(const DiskFile&) = delete;
    ~DiskFile();

    /// Make and open `path`, empty. Mode 0600, on Windows the access its folder gives; no symbolic
    /// link followed; what is there already has to be what open() accepts.
    [[nodiscard]] static std::shared_ptr<DiskFile> create(const std::string& path, Error& error);
    /// Open what create() made earlier. Refuses anything but a regular file of this user with one
    /// name, and no symbolic link is followed. Windows: whose it is does not count, since servers
    /// have users of their own; nothing that is another file in disguise (a reparse point).
    [[nodiscard]] static std::shared_ptr<DiskFile> open(const std::string& path, Error& error);
    /// Make and open `path` as any program would, empty also when it was there: what
    /// HIGH_PERFORMANCE writes to. What is there already has to be what open() accepts.
    [[nodiscard]] static std::shared_ptr<DiskFile> overwrite(const std::string& path, Error& error);
    /// Whether the file that was born() then is not at `path` any more with `least` bytes: in its
    /// folder, which is there, is nothing of that name, or another file, or less of it.
    [[nodiscard]] static bool is_lost(const std::string& path, std::int64_t born = 0,
                                      std::uint64_t least = 0);

    [[nodiscard]] Error write(std::uint64_t offset, std::string_view bytes) noexcept;
    [[nodiscard]] Error resize(std::uint64_t size);
    /// Returns when the bytes are on the device.
    [[nodiscard]] Error sync();
    /// What a file at `local` is to have: the mode of the one that is there, or `mode`. Windows:
    /// the access stays; the mark of a file with holes goes.
    [[nodiscard]] Error take_place_of(const std::string& local, unsigned mode);
    /// Modification time. A file system without times keeps its own; that is no reason to fail.
    void set_time(std::time_t modified) noexcept;
    [[nodiscard]] std::uint64_t size() const noexcept;
    /// When it was made, in nanoseconds since 1970; 0 where the system does not tell. By that it is
    /// known from another file of its name.
    [[nodiscard]] std::int64_t born() const noexcept;
    [[nodiscard]] NativeFile native() const noexcept { return file_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    friend void sync_files(const std::vector<std::shared_ptr<DiskFile>>& files,
                           std::vector<Error>& errors);

    NativeFile file_;
    std::string path_;
    bool named_ = true; // on the device; set by create(), then of who calls sync_files()
#if defined(_WIN32)
    std::uint64_t end_ = 0; // of what was written; of the thread that writes
    bool sparse_ = false;
#endif
};

/// A name for a temporary file beside `local`: "BIT" + hex digits + ".tmp", as BITS names them.
[[nodiscard]] std::string temporary_name_beside(const std::string& local);
/// Whether `temporary` is such a name: no other file is written to, renamed or removed.
[[nodiscard]] bool is_temporary_name_beside(const std::string& temporary, const std::string& local);
/// Why a download to `local` cannot begin (folder missing or not writable, a folder of that name).
/// `folder` is one that was found to be good, and becomes that of `local`.
[[nodiscard]] Error check_destination(const std::string& local, std::string& folder);
/// Return when the bytes of every file, and the names of new ones, are on the device; `errors[i]`
/// is of `files[i]`, which may be null. Many files of one file system are synced together where the
/// system can do that.
void sync_files(const std::vector<std::shared_ptr<DiskFile>>& files, std::vector<Error>& errors);
/// The mode a new file of this process gets; of no meaning on Windows.
[[nodiscard]] unsigned mode_of_new_files() noexcept;

/// A finished temporary file and what becomes of it.
struct Publication {
    std::string temporary;
    std::string local;
    std::uint64_t size = 0;              // bytes of it that count
    std::optional<std::time_t> modified; // none keeps the time of the download
    bool synced = false;                 // its bytes are on the device already
    std::int64_t born = 0;               // the temporary file; 0: not known
};
/// Give the file its final name: sync; `mode`, or that of the file it replaces; modification time;
/// rename.
[[nodiscard]] Error publish_file(const Publication& file, unsigned mode);
/// Rename, also over another file.
[[nodiscard]] Error rename_file(const std::string& from, const std::string& to);
/// Make the renames in `folder` durable. On Windows each of them is when it returns.
[[nodiscard]] Error sync_folder(const std::string& folder);
[[nodiscard]] bool is_there(const std::string& path) noexcept;
/// True when nothing of that name is left.
[[nodiscard]] bool remove_file(const std::string& path) noexcept;

} // namespace bitscb3
